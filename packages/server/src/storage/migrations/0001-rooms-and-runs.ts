import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { columnsOf } from '../columns.ts';
import { createIndex, tablesOf } from '../migration-steps.ts';
import type { StorageKind } from '../schema.ts';

/** Rooms and what belongs to them, accounts, and the answers kept for Idempotency-Keys. */
export function roomsAndRuns(kind: StorageKind): Migration {
  const { id, line, text, integer, blob } = columnsOf(kind);

  return {
    async up(db: Kysely<unknown>) {
      const { table, tableOfRoom } = tablesOf(db, kind);

      await table('accounts')
        .addColumn('id', id, (column) => column.primaryKey())
        .addColumn('email', line, (column) => column.unique())
        .addColumn('name', line, (column) => column.notNull())
        .addColumn('picture', text)
        .addColumn('password_hash', line)
        .addColumn('created_at', integer, (column) => column.notNull())
        .execute();

      await table('rooms')
        .addColumn('id', id, (column) => column.primaryKey())
        .addColumn('code', id, (column) => column.notNull().unique())
        .addColumn('title', line, (column) => column.notNull())
        .addColumn('language', line, (column) => column.notNull())
        .addColumn('visibility', line, (column) => column.notNull())
        .addColumn('capacity', integer, (column) => column.notNull())
        .addColumn('status', line, (column) => column.notNull())
        .addColumn('created_at', integer, (column) => column.notNull())
        .addColumn('ended_at', integer)
        .execute();

      await tableOfRoom('members')
        .addColumn('id', id, (column) => column.primaryKey())
        .addColumn('account_id', id)
        .addColumn('name', line, (column) => column.notNull())
        .addColumn('color', line, (column) => column.notNull())
        .addColumn('role', line, (column) => column.notNull())
        .addColumn('joined_at', integer, (column) => column.notNull())
        .addColumn('removed_at', integer)
        .execute();
      await createIndex(db, kind, { table: 'members', name: 'members_of_room', columns: ['room_id', 'joined_at'] });
      await createIndex(db, kind, { table: 'members', name: 'members_of_account', columns: ['account_id'] });

      await tableOfRoom('documents')
        .addPrimaryKeyConstraint('documents_key', ['room_id'])
        .addColumn('snapshot_seq', integer, (column) => column.notNull())
        .addColumn('updated_at', integer, (column) => column.notNull())
        .execute();

      await tableOfRoom('document_snapshots')
        .addColumn('seq', integer, (column) => column.notNull())
        .addColumn('piece', integer, (column) => column.notNull())
        .addColumn('data', blob, (column) => column.notNull())
        .addPrimaryKeyConstraint('document_snapshots_key', ['room_id', 'seq', 'piece'])
        .execute();

      await tableOfRoom('document_updates')
        .addColumn('seq', integer, (column) => column.notNull())
        .addColumn('at', integer, (column) => column.notNull())
        .addColumn('member_id', id)
        .addColumn('data', blob, (column) => column.notNull())
        .addPrimaryKeyConstraint('document_updates_key', ['room_id', 'seq'])
        .execute();

      await tableOfRoom('messages')
        .addColumn('id', id, (column) => column.primaryKey())
        .addColumn('member_id', id, (column) => column.notNull())
        .addColumn('member_name', line, (column) => column.notNull())
        .addColumn('seq', integer, (column) => column.notNull())
        .addColumn('type', line, (column) => column.notNull())
        .addColumn('text', text, (column) => column.notNull())
        .addColumn('reply_to', id)
        .addColumn('created_at', integer, (column) => column.notNull())
        .addColumn('edited_at', integer)
        .addUniqueConstraint('messages_of_room', ['room_id', 'seq'])
        .execute();

      await tableOfRoom('runs')
        .addColumn('id', id, (column) => column.primaryKey())
        .addColumn('member_id', id, (column) => column.notNull())
        .addColumn('member_name', line, (column) => column.notNull())
        .addColumn('language', line, (column) => column.notNull())
        .addColumn('entry', line, (column) => column.notNull())
        .addColumn('state', line, (column) => column.notNull())
        .addColumn('created_at', integer, (column) => column.notNull())
        .addColumn('result', text)
        .execute();
      await createIndex(db, kind, { table: 'runs', name: 'runs_of_room', columns: ['room_id', 'id'] });
      await createIndex(db, kind, { table: 'runs', name: 'runs_by_state', columns: ['state'] });

      await table('idempotency_keys')
        .addColumn('key_hash', id, (column) => column.primaryKey())
        .addColumn('fingerprint', text, (column) => column.notNull())
        .addColumn('claimed_at', integer, (column) => column.notNull())
        .addColumn('status', integer)
        .addColumn('body', text)
        .execute();
      await createIndex(db, kind, {
        table: 'idempotency_keys',
        name: 'idempotency_keys_by_time',
        columns: ['claimed_at'],
      });
    },
  };
}
