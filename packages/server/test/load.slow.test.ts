import { documentMaps } from '@coderoom/protocol';
import {
  connectDocument,
  createRoom,
  type DocumentClient,
  joinRoom,
  pause,
  probe,
  probeEnvironment,
  residentBytes,
  startServer,
  until,
} from '@coderoom/testkit';
import { expect, it } from 'vitest';
import * as Y from 'yjs';

// Each stock provider listens for the end of the process.
process.setMaxListeners(0);

const rooms = 20;
const people = 10;
const editsPerSecond = 5;
const minutes = 10;
/** What caches and the heap's own size may take; the rest of the time nothing may grow. */
const warmUpMinutes = 2;
const growthMaxBytes = 100_000_000;
const growthMaxBytesPerMinute = 3_000_000;

/**
 * A letter more in one's own file, or the first one less once it is long: what Yjs keeps of that stays as it is, however
 * long it goes on, so that memory that grows is a leak.
 */
function typeInto(text: Y.Text): void {
  if (text.length > 2000) text.delete(0, 1);
  else text.insert(text.length, 'x');
}

/** All files, in the order of their names. */
function contents(doc: Y.Doc): string {
  return JSON.stringify(Object.entries(doc.getMap(documentMaps.files).toJSON()).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Bytes a minute by which memory grew, as the line through all samples has it. */
function slopeOf(samples: readonly { minute: number; bytes: number }[]): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const middle = mean(samples.map(({ minute }) => minute));
  const middleBytes = mean(samples.map(({ bytes }) => bytes));
  const rise = samples.reduce((sum, { minute, bytes }) => sum + (minute - middle) * (bytes - middleBytes), 0);
  return rise / samples.reduce((sum, { minute }) => sum + (minute - middle) ** 2, 0);
}

it(`SYNC-54 ${rooms * people} people in ${rooms} rooms type for ${minutes} minutes: nothing is lost, and memory stays level`, {
  timeout: (minutes + 5) * 60_000,
}, async () => {
  const probing = probeEnvironment();
  await using server = await startServer({ env: { EXECUTION: 'off', ...probing.env } });
  const tables: DocumentClient[][] = [];
  for (let room = 0; room < rooms; room++) {
    const { room: made } = await createRoom(server.url, { capacity: people + 1 });
    const table: DocumentClient[] = [];
    for (let person = 0; person < people; person++) {
      const { token } = await joinRoom(server.url, made.id);
      table.push(connectDocument(server.url, made.id, token, { acks: true }));
    }
    tables.push(table);
  }
  const everybody = tables.flat();
  try {
    for (const client of everybody) await client.synced();
    const texts = everybody.map(({ doc }, index) => {
      const own = new Y.Text();
      doc.getMap(documentMaps.files).set(`${index % people}.txt`, own);
      return own;
    });
    const samples: { minute: number; bytes: number }[] = [];
    const start = performance.now();
    const minute = () => (performance.now() - start) / 60_000;
    const gapMs = 1000 / (editsPerSecond * everybody.length);
    for (let edit = 0, sampledAt = 0; minute() < minutes; edit++) {
      typeInto(texts[edit % texts.length] as Y.Text);
      const aheadMs = edit * gapMs - (performance.now() - start);
      // On a machine that does not keep up, too, the network gets its turn.
      if (aheadMs > 1 || edit % everybody.length === 0) await pause(Math.max(0, aheadMs));
      if (minute() - sampledAt < 0.1) continue;
      sampledAt = minute();
      await probe(probing.path, 'collect');
      samples.push({ minute: sampledAt, bytes: residentBytes(server.pid) });
    }
    for (const table of tables) {
      await until('a room to have one text', () => new Set(table.map(({ doc }) => contents(doc))).size === 1);
    }
    for (const client of everybody) await client.saved();
    expect(everybody.filter(({ provider }) => !provider.wsconnected)).toEqual([]);

    const settled = samples.filter((sample) => sample.minute > warmUpMinutes);
    const all = samples.map(({ bytes }) => bytes);
    expect(Math.max(...all) - (all[0] as number)).toBeLessThan(growthMaxBytes);
    expect(slopeOf(settled)).toBeLessThan(growthMaxBytesPerMinute);
  } finally {
    for (const client of everybody) client[Symbol.dispose]();
  }
});
