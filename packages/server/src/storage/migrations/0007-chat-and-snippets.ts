import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { columnsOf } from '../columns.ts';
import { createIndex, tablesOf } from '../migration-steps.ts';
import type { StorageKind } from '../schema.ts';

/** What is said in rooms, and what is shown. The first table of messages was never written to, so it is made anew. */
export function chatAndSnippets(kind: StorageKind): Migration {
  const { id, line, text, integer, blob } = columnsOf(kind);
  return {
    async up(db: Kysely<unknown>) {
      const { tableOfRoom } = tablesOf(db, kind);

      await db.schema.dropTable('messages').ifExists().execute();
      await tableOfRoom('messages')
        .addColumn('seq', integer, (column) => column.notNull())
        .addColumn('id', id, (column) => column.notNull().unique())
        .addColumn('member_id', id)
        .addColumn('member_name', line, (column) => column.notNull())
        .addColumn('type', line, (column) => column.notNull())
        .addColumn('text', text, (column) => column.notNull())
        .addColumn('search_text', text, (column) => column.notNull())
        .addColumn('reply_to', id)
        .addColumn('thread_id', id)
        .addColumn('mentions', text, (column) => column.notNull())
        .addColumn('created_at', integer, (column) => column.notNull())
        .addColumn('edited_at', integer)
        .addColumn('deleted_at', integer)
        .addPrimaryKeyConstraint('messages_key', ['room_id', 'seq'])
        .execute();
      await createIndex(db, kind, {
        table: 'messages',
        name: 'messages_of_thread',
        columns: ['thread_id', 'seq'],
      });

      await tableOfRoom('snippets')
        .addColumn('id', id, (column) => column.notNull())
        .addColumn('member_id', id)
        .addColumn('member_name', line, (column) => column.notNull())
        .addColumn('file_name', text, (column) => column.notNull())
        .addColumn('path', text, (column) => column.notNull())
        .addColumn('content', blob, (column) => column.notNull())
        .addColumn('bytes', integer, (column) => column.notNull())
        .addColumn('pushed_at', integer, (column) => column.notNull())
        .addPrimaryKeyConstraint('snippets_key', ['room_id', 'id'])
        .execute();
    },
  };
}
