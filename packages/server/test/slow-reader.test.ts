import { collabClose } from '@coderoom/protocol';
import {
  connectDocument,
  createRoom,
  type DocumentClient,
  joinRoom,
  residentBytes,
  startFaultProxy,
  startServer,
  until,
} from '@coderoom/testkit';
import { expect, it } from 'vitest';

const block = 'a line that somebody pastes again and again, to fill what lies in between\n'.repeat(1400);
const blocks = 1000;
/** What the author may have under way: nobody else's memory is to be measured. */
const blocksAtOnce = 10;
const growthMaxBytes = 50_000_000;

/** Pastes and removes some 100 MB; resolves with the most memory that the server had meanwhile. */
async function produce(author: DocumentClient, pid: number): Promise<number> {
  let peak = 0;
  for (let made = 0; made < blocks; made++) {
    const text = author.file('main.py');
    text.insert(0, block);
    text.delete(0, block.length);
    if (made % blocksAtOnce !== 0) continue;
    await author.saved();
    peak = Math.max(peak, residentBytes(pid));
  }
  await author.saved();
  return Math.max(peak, residentBytes(pid));
}

it('SYNC-46 who stops reading while a room produces 100 MB costs no memory, is noticed by nobody, and has it all afterwards', {
  timeout: 400_000,
}, async () => {
  await using server = await startServer({ env: { EXECUTION: 'off' } });
  const { room, token } = await createRoom(server.url);
  await using proxy = await startFaultProxy(server.url);
  using author = connectDocument(server.url, room.id, token, { acks: true });
  using bystander = connectDocument(server.url, room.id, (await joinRoom(server.url, room.id)).token);
  using slow = connectDocument(proxy.url, room.id, (await joinRoom(server.url, room.id)).token);
  await Promise.all([author, bystander, slow].map((client) => client.synced()));
  const closed = { bystander: [] as number[], slow: [] as number[] };
  bystander.provider.on('connection-close', (event) => closed.bystander.push(event?.code ?? 0));
  slow.provider.on('connection-close', (event) => closed.slow.push(event?.code ?? 0));

  const whenAllRead = await produce(author, server.pid);
  await until('the slow one, which still reads', () => slow.file('main.py').length === author.file('main.py').length);
  proxy.stall();
  const whenOneDoesNot = await produce(author, server.pid);
  author.file('main.py').insert(0, 'the end');
  const end = author.file('main.py').toString();
  await until('the bystander', () => bystander.file('main.py').toString() === end);
  expect(slow.file('main.py').toString()).not.toBe(end);
  proxy.resume();
  await until('the slow reader to have it all', () => slow.file('main.py').toString() === end, { timeoutMs: 30_000 });

  expect(whenOneDoesNot - whenAllRead).toBeLessThan(growthMaxBytes);
  expect(closed.bystander).toEqual([]);
  // Held back or dropped: if dropped, then with the reason.
  expect(closed.slow.filter((code) => code !== collabClose.tryAgainLater)).toEqual([]);
});
