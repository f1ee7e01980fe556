import type { Kysely } from 'kysely';
import type { Database } from '../storage/schema.ts';
import { transact } from '../storage/transaction.ts';

/** What is stored of a room's versions; its text is the document's. */
export interface StoredVersion {
  version: number;
  /** Up to this versions may have been told. */
  reserved: number;
  /** Of the text that has this version; null: more may have been told since. */
  fingerprint: string | null;
  sourceId: string | null;
  memberId: string | null;
}

export interface WholeTextStore {
  find(roomId: string): Promise<StoredVersion | undefined>;
  /** Does nothing for a room that is gone. */
  save(roomId: string, stored: StoredVersion): Promise<void>;
}

/** The SQL of whole texts' versions. */
export function createWholeTextStore(db: Kysely<Database>): WholeTextStore {
  return {
    async find(roomId) {
      const row = await db.selectFrom('whole_texts').selectAll().where('room_id', '=', roomId).executeTakeFirst();
      if (row === undefined) return undefined;
      const { version, reserved, fingerprint, source_id, member_id } = row;
      const sourceId = source_id === null ? null : (JSON.parse(source_id) as string);
      return { version, reserved, fingerprint, sourceId, memberId: member_id };
    },

    async save(roomId, { version, reserved, fingerprint, sourceId, memberId }) {
      const values = {
        version,
        reserved,
        fingerprint,
        source_id: sourceId === null ? null : JSON.stringify(sourceId),
        member_id: memberId,
      };
      await transact(db, async (tx) => {
        const room = await tx.selectFrom('rooms').select('id').where('id', '=', roomId).executeTakeFirst();
        if (room === undefined) return;
        const { numUpdatedRows } = await tx
          .updateTable('whole_texts')
          .set(values)
          .where('room_id', '=', roomId)
          .executeTakeFirst();
        // MySQL counts what was changed, not what was found.
        if (numUpdatedRows > 0n) return;
        const present = await tx
          .selectFrom('whole_texts')
          .select('version')
          .where('room_id', '=', roomId)
          .executeTakeFirst();
        if (present === undefined)
          await tx
            .insertInto('whole_texts')
            .values({ room_id: roomId, ...values })
            .execute();
      });
    },
  };
}
