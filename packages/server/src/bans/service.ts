import { type Ban, limits, ProblemError } from '@coderoom/protocol';
import type { AuditService } from '../audit/service.ts';
import { assertMay, type Caller } from '../caller.ts';
import { network } from '../gateway/rate-limits.ts';
import type { BanRow, BanStore } from './store.ts';

/**
 * Who may not come into a room any more: an account, or, of guests, everybody without an account who comes from the
 * same network address. Members who are in already stay.
 */
export interface BanService {
  isBanned(roomId: string, who: Banned): Promise<boolean>;
  /** Does nothing for a guest whose address was never known. */
  add(roomId: string, name: string, who: Banned): Promise<void>;
  /** Hears of every new ban in a room. Returns how to stop that. */
  watch(roomId: string, listener: () => void): () => void;
  list(caller: Caller): Promise<Ban[]>;
  lift(caller: Caller, banId: string): Promise<void>;
}

/** By the account where there is one, and else by the address. */
interface Banned {
  accountId: string | null;
  address: string | null;
}

export interface BanServiceOptions {
  store: BanStore;
  audit: Pick<AuditService, 'record'>;
  createId(): string;
  now(): number;
}

export function createBanService({ store, audit, createId, now }: BanServiceOptions): BanService {
  const watchers = new Map<string, Set<() => void>>();

  return {
    async isBanned(roomId, { accountId, address }) {
      if (accountId !== null) return (await store.findOfAccount(roomId, accountId)) !== undefined;
      return address !== null && (await store.findOfAddress(roomId, network(address))) !== undefined;
    },

    async add(roomId, name, { accountId, address }) {
      if (accountId === null && address === null) return;
      const bans = await store.list(roomId);
      // The oldest gives way: whoever comes with ever new addresses is not to be kept out by a list.
      for (const { id } of bans.slice(limits.bansPerRoom - 1)) await store.delete(roomId, id);
      await store.insert({
        id: createId(),
        roomId,
        accountId,
        address: accountId === null && address !== null ? network(address) : null,
        name,
        createdAt: now(),
      });
      for (const listener of watchers.get(roomId) ?? []) listener();
    },

    watch(roomId, listener) {
      const ofRoom = watchers.get(roomId) ?? new Set();
      watchers.set(roomId, ofRoom.add(listener));
      return () => {
        ofRoom.delete(listener);
        if (ofRoom.size === 0 && watchers.get(roomId) === ofRoom) watchers.delete(roomId);
      };
    },

    async list(caller) {
      assertMay('settle', caller);
      return (await store.list(caller.room.id)).map(describe);
    },

    async lift(caller, banId) {
      assertMay('settle', caller);
      const ban = await store.delete(caller.room.id, banId);
      if (ban === undefined) throw new ProblemError('ban_not_found');
      await audit.record({
        kind: 'member:unbanned',
        roomId: caller.room.id,
        actor: caller.member.name,
        details: { name: ban.name },
      });
    },
  };
}

function describe({ id, name, accountId, address, createdAt }: BanRow): Ban {
  const by = accountId === null ? 'address' : 'account';
  return { id, name, by, accountId, address, createdAt: new Date(createdAt).toISOString() };
}
