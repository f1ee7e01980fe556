import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { columnsOf } from '../columns.ts';
import { addColumns, createIndex, tablesOf } from '../migration-steps.ts';
import type { StorageKind } from '../schema.ts';

/** Signing in: what accounts lacked, who they are elsewhere, sessions with their refresh tokens, and the audit log. */
export function accountsAndSessions(kind: StorageKind): Migration {
  const { id, line, text, integer } = columnsOf(kind);

  return {
    async up(db: Kysely<unknown>) {
      const { table } = tablesOf(db, kind);

      await addColumns(db, 'accounts', [
        { name: 'email_verified', type: integer, notNull: 0 },
        { name: 'github_username', type: line },
        { name: 'leetcode_username', type: line },
        { name: 'codeforces_username', type: line },
        { name: 'updated_at', type: integer, notNull: 0 },
        { name: 'name_key', type: id, notNull: '' },
      ]);
      await createIndex(db, kind, { table: 'accounts', name: 'accounts_by_name', columns: ['name_key', 'id'] });

      await table('identities')
        .addColumn('id', id, (column) => column.primaryKey())
        .addColumn('account_id', id, (column) => column.notNull())
        .addColumn('issuer', text, (column) => column.notNull())
        .addColumn('subject', text, (column) => column.notNull())
        .addColumn('created_at', integer, (column) => column.notNull())
        .addForeignKeyConstraint('identities_account', ['account_id'], 'accounts', ['id'], (key) =>
          key.onDelete('cascade'),
        )
        .execute();
      await createIndex(db, kind, { table: 'identities', name: 'identities_of_account', columns: ['account_id'] });

      await table('sessions')
        .addColumn('id', id, (column) => column.primaryKey())
        .addColumn('account_id', id, (column) => column.notNull())
        .addColumn('created_at', integer, (column) => column.notNull())
        .addColumn('last_used_at', integer, (column) => column.notNull())
        .addColumn('expires_at', integer, (column) => column.notNull())
        .addColumn('ended_at', integer)
        .addColumn('address', line, (column) => column.notNull())
        .addColumn('user_agent', line, (column) => column.notNull())
        .addForeignKeyConstraint('sessions_account', ['account_id'], 'accounts', ['id'], (key) =>
          key.onDelete('cascade'),
        )
        .execute();
      await createIndex(db, kind, {
        table: 'sessions',
        name: 'sessions_of_account',
        columns: ['account_id', 'last_used_at'],
      });
      await createIndex(db, kind, { table: 'sessions', name: 'sessions_by_expiry', columns: ['expires_at'] });

      await table('refresh_tokens')
        .addColumn('token_hash', id, (column) => column.primaryKey())
        .addColumn('session_id', id, (column) => column.notNull())
        .addColumn('created_at', integer, (column) => column.notNull())
        .addColumn('expires_at', integer, (column) => column.notNull())
        .addColumn('used_at', integer)
        .addForeignKeyConstraint('refresh_tokens_session', ['session_id'], 'sessions', ['id'], (key) =>
          key.onDelete('cascade'),
        )
        .execute();
      await createIndex(db, kind, {
        table: 'refresh_tokens',
        name: 'refresh_tokens_of_session',
        columns: ['session_id'],
      });
      await createIndex(db, kind, {
        table: 'refresh_tokens',
        name: 'refresh_tokens_by_expiry',
        columns: ['expires_at'],
      });

      // No foreign keys: what was done to an account or a room is to be read for as long as the entry is kept.
      await table('audit_entries')
        .addColumn('id', id, (column) => column.primaryKey())
        .addColumn('at', integer, (column) => column.notNull())
        .addColumn('kind', line, (column) => column.notNull())
        .addColumn('account_id', id)
        .addColumn('room_id', id)
        .addColumn('actor', line, (column) => column.notNull())
        .addColumn('address', line)
        .addColumn('details', text, (column) => column.notNull())
        .execute();
      await createIndex(db, kind, {
        table: 'audit_entries',
        name: 'audit_entries_of_account',
        columns: ['account_id', 'id'],
      });
      await createIndex(db, kind, {
        table: 'audit_entries',
        name: 'audit_entries_of_room',
        columns: ['room_id', 'id'],
      });
      await createIndex(db, kind, { table: 'audit_entries', name: 'audit_entries_by_time', columns: ['at'] });
    },
  };
}
