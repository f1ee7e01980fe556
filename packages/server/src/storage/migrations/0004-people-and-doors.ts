import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { columnsOf } from '../columns.ts';
import { addColumns, createIndex, tablesOf } from '../migration-steps.ts';
import type { StorageKind } from '../schema.ts';

/** Who comes into rooms and how: descriptions, passwords, view links, the list, bans, knocks, friends, invitations. */
export function peopleAndDoors(kind: StorageKind): Migration {
  const { id, line, integer } = columnsOf(kind);
  const description = sql`varchar(500)`;

  return {
    async up(db: Kysely<unknown>) {
      const { table, tableOfRoom } = tablesOf(db, kind);
      const index = (name: string, of: string, columns: string[], unique = false) =>
        createIndex(db, kind, { table: of, name, columns, unique });

      await addColumns(db, 'rooms', [
        { name: 'description', type: description, notNull: '' },
        { name: 'password_hash', type: line },
        { name: 'lobby', type: integer, notNull: 0 },
        { name: 'view_code', type: id },
        { name: 'id_is_known', type: integer, notNull: 0 },
        { name: 'last_active_at', type: integer, notNull: 0 },
        { name: 'guests_only', type: integer, notNull: 1 },
        { name: 'listed', type: integer, notNull: 0 },
      ]);
      // Rooms from before have been used until now, for all that is known.
      await sql`update rooms set last_active_at = ${Date.now()} where last_active_at = 0`.execute(db);
      await index('rooms_by_view_code', 'rooms', ['view_code'], true);
      await index('rooms_listed', 'rooms', ['listed', 'last_active_at', 'id']);
      await index('rooms_listed_by_language', 'rooms', ['listed', 'language', 'last_active_at', 'id']);
      await index('rooms_by_retention', 'rooms', ['guests_only', 'last_active_at']);

      await addColumns(db, 'members', [{ name: 'address', type: line }]);
      await index('members_once_per_account', 'members', ['room_id', 'account_id'], true);

      await tableOfRoom('room_words')
        .addColumn('word', id, (column) => column.notNull())
        .addPrimaryKeyConstraint('room_words_key', ['word', 'room_id'])
        .execute();
      await index('room_words_of_room', 'room_words', ['room_id', 'word']);

      await tableOfRoom('room_bans')
        .addColumn('id', id, (column) => column.primaryKey())
        .addColumn('account_id', id)
        .addColumn('address', id)
        .addColumn('name', line, (column) => column.notNull())
        .addColumn('created_at', integer, (column) => column.notNull())
        .execute();
      await index('room_bans_of_account', 'room_bans', ['room_id', 'account_id'], true);
      await index('room_bans_of_address', 'room_bans', ['room_id', 'address'], true);

      await tableOfRoom('knocks')
        .addColumn('id', id, (column) => column.primaryKey())
        .addColumn('account_id', id)
        .addColumn('session_id', id)
        .addColumn('name', line, (column) => column.notNull())
        .addColumn('role', line, (column) => column.notNull())
        .addColumn('reason', line, (column) => column.notNull())
        .addColumn('address', line, (column) => column.notNull())
        .addColumn('state', line, (column) => column.notNull())
        .addColumn('member_id', id)
        .addColumn('created_at', integer, (column) => column.notNull())
        .execute();
      await index('knocks_of_room', 'knocks', ['room_id', 'state']);
      await index('knocks_by_state', 'knocks', ['state', 'created_at']);

      await table('friendships')
        .addColumn('low_id', id, (column) => column.notNull())
        .addColumn('high_id', id, (column) => column.notNull())
        .addColumn('state', line, (column) => column.notNull())
        .addColumn('asked_by', id, (column) => column.notNull())
        .addColumn('since', integer, (column) => column.notNull())
        .addPrimaryKeyConstraint('friendships_key', ['low_id', 'high_id'])
        .addForeignKeyConstraint('friendships_low', ['low_id'], 'accounts', ['id'], (key) => key.onDelete('cascade'))
        .addForeignKeyConstraint('friendships_high', ['high_id'], 'accounts', ['id'], (key) => key.onDelete('cascade'))
        .execute();
      await index('friendships_of_high', 'friendships', ['high_id']);

      await table('blocks')
        .addColumn('blocker_id', id, (column) => column.notNull())
        .addColumn('blocked_id', id, (column) => column.notNull())
        .addColumn('created_at', integer, (column) => column.notNull())
        .addPrimaryKeyConstraint('blocks_key', ['blocker_id', 'blocked_id'])
        .addForeignKeyConstraint('blocks_by', ['blocker_id'], 'accounts', ['id'], (key) => key.onDelete('cascade'))
        .addForeignKeyConstraint('blocks_of', ['blocked_id'], 'accounts', ['id'], (key) => key.onDelete('cascade'))
        .execute();
      await index('blocks_of_blocked', 'blocks', ['blocked_id']);

      await tableOfRoom('invitations')
        .addColumn('id', id, (column) => column.primaryKey())
        .addColumn('account_id', id, (column) => column.notNull())
        .addColumn('from_id', id, (column) => column.notNull())
        .addColumn('created_at', integer, (column) => column.notNull())
        .addForeignKeyConstraint('invitations_to', ['account_id'], 'accounts', ['id'], (key) => key.onDelete('cascade'))
        .addForeignKeyConstraint('invitations_from', ['from_id'], 'accounts', ['id'], (key) => key.onDelete('cascade'))
        .execute();
      await index('invitations_once', 'invitations', ['room_id', 'account_id'], true);
      await index('invitations_of_account', 'invitations', ['account_id', 'id']);
    },
  };
}
