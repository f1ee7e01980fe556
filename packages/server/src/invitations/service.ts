import { type Invitation, limits, ProblemError } from '@coderoom/protocol';
import type { AccountService } from '../accounts/service.ts';
import type { AccountRow } from '../accounts/store.ts';
import type { BanService } from '../bans/service.ts';
import { assertMay, type Caller } from '../caller.ts';
import type { FriendService } from '../friends/service.ts';
import type { AccountSockets } from '../gateway/account-sockets.ts';
import { isId } from '../identifiers.ts';
import type { InvitationRow, InvitationStore } from './store.ts';

/** Invitations of friends into rooms. One is worth a password and a place past the lobby, once. */
export interface InvitationService {
  /** By the owner. Fails with `sign_in_required` for guests, `not_friends` or `banned`. The same again changes nothing. */
  invite(caller: Caller, accountId: string): Promise<Invitation>;
  isInvited(roomId: string, accountId: string): Promise<boolean>;
  /** They are in, or may not be any more. */
  use(roomId: string, accountId: string): Promise<void>;
  list(accountId: string): Promise<Invitation[]>;
  decline(accountId: string, invitationId: string): Promise<void>;
  /** Two are friends no more: what one invited the other to is worth nothing. */
  forgetBetween(accountId: string, otherId: string): Promise<void>;
}

export interface InvitationServiceOptions {
  store: InvitationStore;
  accounts: Pick<AccountService, 'find' | 'findMany' | 'describePerson'>;
  friends: Pick<FriendService, 'areFriends'>;
  bans: Pick<BanService, 'isBanned'>;
  sockets: Pick<AccountSockets, 'send'>;
  createId(): string;
  now(): number;
}

export function createInvitationService(options: InvitationServiceOptions): InvitationService {
  const { store, accounts, friends, bans, sockets, createId, now } = options;

  const describe = (
    { id, roomId, createdAt }: InvitationRow,
    from: AccountRow,
    room: { title: string; language: string },
  ): Invitation => ({
    id,
    // Not its code: who is invited joins by the id, and passes nothing on.
    room: { id: roomId, title: room.title, language: room.language },
    from: accounts.describePerson(from),
    createdAt: new Date(createdAt).toISOString(),
  });

  async function forget({ id, accountId }: InvitationRow): Promise<void> {
    await store.delete(id);
    sockets.send(accountId, 'invitation:removed', { invitationId: id });
  }

  return {
    async invite(caller, accountId) {
      assertMay('settle', caller);
      const { room, member } = caller;
      const host = member.accountId === null ? undefined : await accounts.find(member.accountId);
      if (host === undefined) throw new ProblemError('sign_in_required');
      if (!(await friends.areFriends(host.id, accountId))) throw new ProblemError('not_friends');
      if (await bans.isBanned(room.id, { accountId, address: null })) throw new ProblemError('banned');
      const [ofRoom, ofAccount] = await Promise.all([store.countOfRoom(room.id), store.countOfAccount(accountId)]);
      if (ofRoom >= limits.invitationsPerRoom || ofAccount >= limits.invitationsPerAccount) {
        throw new ProblemError('too_many_people');
      }
      const row = { id: createId(), roomId: room.id, accountId, fromId: host.id, createdAt: now() };
      const outcome = await store.insert(row);
      if (outcome === 'gone') throw new ProblemError('person_not_found');
      const stored = outcome === 'invited' ? row : await store.find(room.id, accountId);
      const invitation = describe(stored ?? row, host, room);
      if (outcome === 'invited') sockets.send(accountId, 'invitation:received', { invitation });
      return invitation;
    },

    isInvited: async (roomId, accountId) => (await store.find(roomId, accountId)) !== undefined,

    async use(roomId, accountId) {
      const invitation = await store.find(roomId, accountId);
      if (invitation !== undefined) await forget(invitation);
    },

    async list(accountId) {
      const rows = await store.listOfAccount(accountId);
      const hosts = new Map((await accounts.findMany(rows.map(({ fromId }) => fromId))).map((host) => [host.id, host]));
      return rows.flatMap((row) => {
        const host = hosts.get(row.fromId);
        return host === undefined ? [] : [describe(row, host, row)];
      });
    },

    async decline(accountId, invitationId) {
      const invitations = isId(invitationId) ? await store.listOfAccount(accountId) : [];
      const invitation = invitations.find(({ id }) => id === invitationId);
      if (invitation === undefined) throw new ProblemError('invitation_not_found');
      await forget(invitation);
    },

    async forgetBetween(accountId, otherId) {
      for (const [from, to] of [
        [accountId, otherId],
        [otherId, accountId],
      ] as const) {
        for (const invitation of await store.listBetween(from, to)) await forget(invitation);
      }
    },
  };
}
