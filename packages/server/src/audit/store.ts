import type { AuditKind } from '@coderoom/protocol';
import type { Kysely } from 'kysely';
import type { Database } from '../storage/schema.ts';

/** An entry of the audit log as stored; `at` is in milliseconds since the epoch. */
export interface AuditRow {
  id: string;
  at: number;
  kind: AuditKind;
  accountId: string | null;
  roomId: string | null;
  actor: string;
  address: string | null;
  details: AuditDetails;
}

/** What else is to be known, flat; never a secret. */
export type AuditDetails = Record<string, string | number | boolean | null>;

/** Entries older than `before`, an entry's id, at most `limit`, newest first. */
export interface AuditPage {
  before?: string | undefined;
  limit: number;
}

export interface AuditStore {
  insert(entry: AuditRow): Promise<void>;
  ofAccount(accountId: string, page: AuditPage): Promise<AuditRow[]>;
  ofRoom(roomId: string, page: AuditPage): Promise<AuditRow[]>;
  /** Forgets what is about the account and about no room. */
  forgetAccount(accountId: string): Promise<void>;
  /** Forgets what is older. */
  sweep(before: number): Promise<void>;
}

/** The SQL of the audit log. */
export function createAuditStore(db: Kysely<Database>): AuditStore {
  async function list(column: 'account_id' | 'room_id', id: string, { before, limit }: AuditPage): Promise<AuditRow[]> {
    let page = db
      .selectFrom('audit_entries')
      .select(['id', 'at', 'kind', 'account_id as accountId', 'room_id as roomId', 'actor', 'address', 'details'])
      .where(column, '=', id)
      .orderBy('id', 'desc')
      .limit(limit);
    if (before !== undefined) page = page.where('id', '<', before);
    const rows = await page.execute();
    return rows.map((row) => ({
      ...row,
      kind: row.kind as AuditKind,
      details: JSON.parse(row.details) as AuditDetails,
    }));
  }

  return {
    async insert({ id, at, kind, accountId, roomId, actor, address, details }) {
      await db
        .insertInto('audit_entries')
        .values({
          id,
          at,
          kind,
          account_id: accountId,
          room_id: roomId,
          actor,
          address,
          details: JSON.stringify(details),
        })
        .execute();
    },
    ofAccount: (accountId, page) => list('account_id', accountId, page),
    ofRoom: (roomId, page) => list('room_id', roomId, page),
    async forgetAccount(accountId) {
      await db.deleteFrom('audit_entries').where('account_id', '=', accountId).where('room_id', 'is', null).execute();
    },
    async sweep(before) {
      await db.deleteFrom('audit_entries').where('at', '<', before).execute();
    },
  };
}
