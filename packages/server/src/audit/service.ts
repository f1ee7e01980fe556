import { type AuditEntry, type AuditKind, limits } from '@coderoom/protocol';
import type { AuditDetails, AuditPage, AuditRow, AuditStore } from './store.ts';

/** The audit log: security-relevant acts, written once they are done, read by whom they concern. */
export interface AuditService {
  /**
   * Resolves when the act is written down. Never fails: an act that is done is not undone because it could not be
   * logged; that goes to the server's own log then.
   */
  record(act: AuditAct): Promise<void>;
  ofAccount(accountId: string, page: PageRequest): Promise<AuditEntries>;
  ofRoom(roomId: string, page: PageRequest): Promise<AuditEntries>;
  /** Forgets what concerns an account that is gone and nobody else. */
  forgetAccount(accountId: string): Promise<void>;
  /** Forgets entries after their time. */
  sweep(): Promise<void>;
}

/** It is shown to the holder of the account, to the owner of the room, or to both. */
interface AuditAct {
  kind: AuditKind;
  accountId?: string | null;
  roomId?: string;
  /** The name, as it is now, of who did it. */
  actor: string;
  /** From where, where that is known. */
  address?: string;
  /** What else is to be known, never a secret. */
  details?: AuditDetails;
}

interface PageRequest {
  before?: string;
  limit?: number;
}

interface AuditEntries {
  items: AuditEntry[];
  /** What to ask for next; null: there are no older ones. */
  next: string | null;
}

export interface AuditServiceOptions {
  store: AuditStore;
  createId(): string;
  now(): number;
  logger: { error(details: object, message: string): void };
}

export function createAuditService({ store, createId, now, logger }: AuditServiceOptions): AuditService {
  async function readPage(
    read: (page: AuditPage) => Promise<AuditRow[]>,
    { before, limit = limits.auditPageDefault }: PageRequest,
  ): Promise<AuditEntries> {
    const rows = await read({ before, limit: limit + 1 });
    const items = rows.slice(0, limit);
    return { items: items.map(describe), next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  return {
    async record({ kind, accountId = null, roomId = null, actor, address = null, details = {} }) {
      try {
        await store.insert({ id: createId(), at: now(), kind, accountId, roomId, actor, address, details });
      } catch (error) {
        logger.error({ err: error, act: kind, accountId, roomId }, 'an act could not be written to the audit log');
      }
    },
    ofAccount: (accountId, request) => readPage((page) => store.ofAccount(accountId, page), request),
    ofRoom: (roomId, request) => readPage((page) => store.ofRoom(roomId, page), request),
    forgetAccount: (accountId) => store.forgetAccount(accountId),
    sweep: () => store.sweep(now() - limits.auditKeepMs),
  };
}

function describe({ id, at, kind, actor, address, details }: AuditRow): AuditEntry {
  return { id, at: new Date(at).toISOString(), kind, actor, address, details };
}
