import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  connectDocument,
  createRoom,
  joinRoom,
  request,
  type ServerProcess,
  startDatabases,
  startFaultProxy,
  startServer,
  until,
} from '@coderoom/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import type { StorageKind } from '../src/storage/schema.ts';
import { isLeftOut, storageKinds } from './storage-fixtures.ts';

const databases = startDatabases();
afterAll(() => databases.stop());

/** A database that can be made to answer nobody. */
interface Frail {
  env: Record<string, string>;
  fail(server: ServerProcess): void;
  recover(): void;
}

async function prepare(kind: StorageKind, stack: AsyncDisposableStack): Promise<Frail> {
  if (kind === 'sqlite') {
    let lock: DatabaseSync | undefined;
    return {
      env: {},
      fail({ dataDir }) {
        lock = new DatabaseSync(join(dataDir, 'coderoom.db'));
        lock.exec('begin immediate');
      },
      recover: () => lock?.close(),
    };
  }
  const database = await databases.createDatabase(kind);
  stack.defer(() => database.drop());
  const url = new URL(database.url);
  const proxy = stack.use(await startFaultProxy(`http://127.0.0.1:${url.port}`));
  url.port = new URL(proxy.url).port;
  return {
    env: { DATABASE_URL: url.href },
    fail() {
      proxy.stall();
      proxy.cut();
    },
    recover: () => proxy.resume(),
  };
}

async function syncMetric(url: string, name: string): Promise<number> {
  const { body } = await request(url, '/metrics');
  return Number(new RegExp(`^coderoom_sync_${name} (.+)$`, 'm').exec(body as string)?.[1]);
}

describe.each(storageKinds)('while %s is away', (kind) => {
  it.skipIf(isLeftOut(kind))(
    'SYNC-76 people go on writing and nothing is called durable; afterwards all of it is, and is there after kill -9',
    { timeout: 120_000 },
    async () => {
      await using stack = new AsyncDisposableStack();
      const frail = await prepare(kind, stack);
      await using server = await startServer({ env: { EXECUTION: 'off', ...frail.env } });
      const { room, token } = await createRoom(server.url, { language: 'python' });
      const tokens = [token, (await joinRoom(server.url, room.id)).token];
      const people = tokens.map((of) => stack.use(connectDocument(server.url, room.id, of, { acks: true })));
      const [one, other] = people as [(typeof people)[number], (typeof people)[number]];
      for (const person of people) await person.synced();
      one.file('main.py').insert(0, '# before\n');
      await one.saved();

      frail.fail(server);
      const durableBefore = people.map((person) => person.durable());
      for (let index = 0; index < 100; index++) {
        one.file('main.py').insert(0, `# one ${index}\n`);
        other.file('main.py').insert(0, `# other ${index}\n`);
      }
      await until('both to have all of it', () => {
        const [text, same] = people.map((person) => person.file('main.py').toString());
        return text === same && text?.includes('# one 99\n') && text.includes('# other 99\n');
      });
      await until('the server to notice', async () => (await syncMetric(server.url, 'storage_failing')) === 1, {
        timeoutMs: 40_000,
      });
      expect(await syncMetric(server.url, 'pending_bytes')).toBeGreaterThan(0);
      expect(await syncMetric(server.url, 'pending_ms')).toBeGreaterThan(1000);
      expect(people.map((person) => person.durable())).toEqual(durableBefore);
      expect(people.every(({ provider }) => provider.wsconnected)).toBe(true);
      const path = `/api/v2/rooms/${room.id}/files/main.py`;
      const refused = await request(server.url, path, { method: 'PUT', token, body: { text: 'all anew' } });
      expect(refused.status).toBe(503);

      frail.recover();
      await until('all acks', () => people.every((person) => person.durable() >= person.sent()), { timeoutMs: 30_000 });
      const said = server
        .output()
        .split('\n')
        .find((line) => line.includes('updates are not stored'));
      expect(JSON.parse(said ?? '{}'), 'the log tells why').toMatchObject({ err: { message: expect.any(String) } });
      const text = one.file('main.py').toString();
      await server.kill();
      const next = await server.restart();
      using newcomer = connectDocument(next.url, room.id, token);
      await newcomer.synced();
      expect(newcomer.file('main.py').toString()).toBe(text);
    },
  );
});
