import { connectDocument, createRoom, type DocumentClient, joinRoom, request, until } from '@coderoom/testkit';
import { expect, it } from 'vitest';
import { openApp } from './running-app.ts';

const letters = 40;
const readers = 3;

it('METRIC-1 count edits, deliveries and bytes of the sync engine, its open rooms and sockets, as they were', async () => {
  await using app = await openApp({ EXECUTION: 'off' });
  const read = async () => {
    const { body } = await request(app.url, '/metrics');
    const lines = (body as string).matchAll(/^(?:coderoom_sync_|nodejs_)(\w+) (.+)$/gm);
    return Object.fromEntries(Array.from(lines, ([, name, value]) => [name, Number(value)])) as Record<string, number>;
  };
  expect(await read()).toMatchObject({ rooms_open: 0, sockets: 0, edits_total: 0, deliveries_total: 0 });
  const { room, token } = await createRoom(app.url);
  using author = connectDocument(app.url, room.id, token, { acks: true });
  await author.synced();
  const others: DocumentClient[] = [];
  await using stack = new AsyncDisposableStack();
  for (let reader = 0; reader < readers; reader++) {
    const joined = stack.use(connectDocument(app.url, room.id, (await joinRoom(app.url, room.id)).token));
    await joined.synced();
    others.push(joined);
  }
  const before = await read();
  expect(before).toMatchObject({ rooms_open: 1, sockets: 1 + readers });

  const text = author.file('main.py');
  for (let letter = 1; letter <= letters; letter++) {
    text.insert(0, 'x');
    // One by one: what comes together is told together.
    await until('all to have it', () => others.every((other) => other.file('main.py').length === text.length));
  }
  await author.saved();
  const after = await read();
  const grown = (name: string) => (after[name] as number) - (before[name] as number);
  expect(grown('edits_total')).toBe(letters);
  expect(grown('deliveries_total')).toBe(letters * readers);
  // A letter is about 20 bytes; everybody but the author is sent each, and the author acks.
  expect(grown('bytes_in_total')).toBeGreaterThan(letters * 10);
  expect(grown('bytes_in_total')).toBeLessThan(letters * 100);
  expect(grown('bytes_out_total')).toBeGreaterThan(letters * readers * 10);
  expect(grown('bytes_out_total')).toBeLessThan(letters * readers * 100);
  expect(after).toMatchObject({ pending_bytes: 0, pending_ms: 0, storage_failing: 0 });
  expect(after.eventloop_lag_p99_seconds).toBeGreaterThan(0);
});
