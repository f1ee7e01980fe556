import { setTimeout as pause } from 'node:timers/promises';
import { type BigDocument, makeBigDocument, makePlainDocument } from './documents.ts';
import { Latencies } from './latencies.ts';
import { LoadClient, type Seat, type Tally } from './load-client.ts';
import { syncStep } from './wire.ts';

/** The load generator: a process of its own that holds all clients, types at a given rate and times what arrives. */

/** What the generator is told to do; each order is answered once. */
export type Order =
  /** Opens clients beside those that are open, each within `withinMs` (spread evenly) and retrying, and has them synced. */
  | { kind: 'open'; seats: Seat[]; withinMs?: number }
  | { kind: 'close' }
  /** The first client of each room puts a document in. */
  | { kind: 'fill'; document: 'plain' | 'big' | 'bigAtOnce'; bytes: number }
  | { kind: 'type'; editsPerSecond: number; seconds: number; characters: number; cursors: boolean }
  /** Opens one client more per seat, all at once, and closes them again; the clients of the rooms `typing` type meanwhile. */
  | { kind: 'join'; seats: Seat[]; typing?: number[] };

export interface Opened {
  kind: 'opened';
  /** From the order until the last client had its document. */
  tookMs: number;
  attempts: number;
}

/** How one spell of typing went. */
export interface Spell {
  kind: 'spell';
  sent: number;
  delivered: number;
  expected: number;
  cursors: number;
  /** From an edit's leaving (or from when it was due, if the generator was late) until a peer had it. */
  p50Ms: number;
  p99Ms: number;
  /** Until its author was told that it is durable, where the server says so. */
  ackP50Ms: number;
  ackP99Ms: number;
  /** Edits that the server has not called durable, where it says so. */
  unacknowledged: number;
  /** How much of one processor the generator itself used: near 1 it is the generator that is measured. */
  generatorBusy: number;
  closed: string[];
}

/** How joining went, a value per joiner. */
export interface Joined {
  kind: 'joined';
  /** From opening the connection until the document was there. */
  connectMs: number[];
  /** From asking for the document until it was there. */
  syncMs: number[];
  bytes: number;
  /** How those who typed meanwhile fared. */
  typing: Spell | undefined;
}

export type Answer = Opened | Spell | Joined | { kind: 'done' } | { kind: 'failed'; message: string };

const tickMs = 1;
const openAtOnce = 50;
const retryMs = 200;
/** The generator is late when a tick was missed. */
const lateMs = 3;
const drainMaxMs = 6000;
const standstillMs = 800;

let clients: LoadClient[] = [];
const byId = new Map<number, LoadClient>();
let nextId = 1000;
let bigDocument: BigDocument | undefined;

const tally: Tally = {
  isTiming: true,
  delivered: 0,
  cursors: 0,
  deliveries: new Latencies(),
  acks: new Latencies(),
  sentAt(author, clock, length, each) {
    const client = byId.get(author);
    if (client === undefined) return;
    const { base, unit, sentAt } = client;
    const end = Math.floor((clock + length - base) / unit);
    for (let edit = Math.max(0, Math.ceil((clock - base + 1) / unit) - 1); edit < end; edit++) {
      const at = sentAt[edit];
      if (at !== undefined) each(at);
    }
  },
};

/** Runs `task` for each item, so many at a time. */
async function each<T>(items: readonly T[], atOnce: number, task: (item: T, index: number) => Promise<void>) {
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) await task(items[index] as T, index);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}

async function untilTrue(what: string, check: () => boolean, withinMs = 60_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!check()) {
    if (performance.now() > deadline) throw new Error(`Waited in vain for ${what}.`);
    await pause(tickMs);
  }
}

async function open(seats: Seat[], withinMs: number | undefined): Promise<Opened> {
  const start = performance.now();
  let attempts = 0;
  await each(seats, withinMs === undefined ? openAtOnce : seats.length, async (seat, index) => {
    if (withinMs !== undefined) await pause((index / seats.length) * withinMs);
    for (;;) {
      const client = new LoadClient(nextId++, seat, tally);
      attempts++;
      try {
        await client.connect();
        client.sync();
        await untilTrue('the document', () => client.syncedAt !== undefined || client.closed() !== undefined);
        if (client.closed() !== undefined) throw new Error(client.closed());
      } catch (error) {
        if (withinMs === undefined) throw error;
        await pause(retryMs);
        continue;
      }
      clients.push(client);
      byId.set(client.id, client);
      return;
    }
  });
  return { kind: 'opened', tookMs: performance.now() - start, attempts };
}

function close(): void {
  for (const client of clients) client.close();
  clients = [];
  byId.clear();
}

async function fill(kind: 'plain' | 'big' | 'bigAtOnce', bytes: number): Promise<void> {
  if (kind !== 'plain') bigDocument ??= makeBigDocument();
  const { updates, places, whole } = kind === 'plain' ? makePlainDocument(bytes) : (bigDocument as BigDocument);
  const firsts = [...new Map(clients.map((client) => [client.seat.room, client])).values()];
  tally.isTiming = false;
  await each(firsts, openAtOnce, async (client) => {
    if (kind === 'bigAtOnce') client.sendUpdate(syncStep.answer, whole);
    else for (const update of updates) client.sendUpdate(syncStep.update, update);
    if (client.seat.acks === true)
      await untilTrue('the document to be durable', () => {
        if (client.closed() !== undefined) throw new Error(client.closed());
        return client.durable >= client.sent;
      });
  });
  // Servers that do not say when they have it are given time.
  await pause(1000);
  tally.isTiming = true;
  for (const [index, client] of clients.entries()) {
    client.place = places[(index * 7919) % places.length] ?? client.place;
  }
}

async function type(
  { editsPerSecond, seconds, characters, cursors }: Order & { kind: 'type' },
  typists: readonly LoadClient[] = clients,
): Promise<Spell> {
  const text = 'x'.repeat(characters);
  const peopleIn = new Map<number, number>();
  for (const { seat } of clients) peopleIn.set(seat.room, (peopleIn.get(seat.room) ?? 0) + 1);
  for (const client of typists) {
    client.base = client.clock;
    client.unit = characters;
    client.sentAt = [];
  }
  tally.delivered = 0;
  tally.cursors = 0;
  tally.deliveries.clear();
  tally.acks.clear();
  let sent = 0;
  let expected = 0;
  const cpu = process.cpuUsage();
  const start = performance.now();
  const wanted = Math.ceil(seconds * editsPerSecond);
  await new Promise<void>((done) => {
    const tick = () => {
      const due = Math.min(Math.floor(((performance.now() - start) / 1000) * editsPerSecond) + 1, wanted);
      while (sent < due) {
        const client = typists[sent % typists.length] as LoadClient;
        const now = performance.now();
        const dueAt = start + (sent / editsPerSecond) * 1000;
        client.type(text, now - dueAt > lateMs ? dueAt : now);
        if (cursors) client.moveCursor();
        expected += (peopleIn.get(client.seat.room) ?? 1) - 1;
        sent++;
      }
      // When there is too much to do in a tick, what has arrived must still be read in between.
      if (sent >= wanted) done();
      else if (performance.now() - start > (sent / editsPerSecond) * 1000) setImmediate(tick);
      else setTimeout(tick, tickMs);
    };
    tick();
  });
  const spent = process.cpuUsage(cpu);
  const generatorBusy = (spent.user + spent.system) / 1000 / (performance.now() - start);
  const unacknowledged = () =>
    typists.reduce((sum, client) => sum + (client.seat.acks === true ? client.sent - client.durable : 0), 0);
  await untilQuiet(
    () => tally.delivered >= expected && unacknowledged() === 0,
    () => tally.delivered - unacknowledged(),
  );
  return {
    kind: 'spell',
    sent,
    delivered: tally.delivered,
    expected,
    cursors: tally.cursors,
    p50Ms: tally.deliveries.quantile(0.5),
    p99Ms: tally.deliveries.quantile(0.99),
    ackP50Ms: tally.acks.quantile(0.5),
    ackP99Ms: tally.acks.quantile(0.99),
    unacknowledged: unacknowledged(),
    generatorBusy,
    closed: clients.map((client) => client.closed()).filter((reason) => reason !== undefined),
  };
}

/** Waits until all has arrived, or nothing arrives any more. */
async function untilQuiet(isDone: () => boolean, progress: () => number): Promise<void> {
  const deadline = performance.now() + drainMaxMs;
  let last = progress();
  let movedAt = performance.now();
  while (!isDone() && performance.now() < deadline && performance.now() - movedAt < standstillMs) {
    await pause(10);
    if (progress() === last) continue;
    last = progress();
    movedAt = performance.now();
  }
}

/** Typing that goes on around a storm of joins: it begins before and ends after it. */
const meanwhile = { kind: 'type', editsPerSecond: 100, seconds: 2, characters: 1, cursors: false } as const;
const joinAfterMs = 500;

async function join(seats: Seat[], rooms: readonly number[] = []): Promise<Joined> {
  const joined: Joined = { kind: 'joined', connectMs: [], syncMs: [], bytes: 0, typing: undefined };
  const typists = clients.filter(({ seat }) => rooms.includes(seat.room));
  const typing = typists.length === 0 ? undefined : type(meanwhile, typists);
  if (typing !== undefined) await pause(joinAfterMs);
  await Promise.all(
    seats.map(async (seat) => {
      const client = new LoadClient(nextId++, seat, tally);
      const start = performance.now();
      await client.connect();
      const asked = performance.now();
      client.sync();
      await untilTrue('the document', () => client.syncedAt !== undefined);
      const syncedAt = client.syncedAt as number;
      joined.connectMs.push(syncedAt - start);
      joined.syncMs.push(syncedAt - asked);
      joined.bytes = client.syncedBytes;
      client.close();
    }),
  );
  joined.typing = await typing;
  return joined;
}

async function obey(order: Order): Promise<Answer> {
  switch (order.kind) {
    case 'open':
      return await open(order.seats, order.withinMs);
    case 'close':
      close();
      return { kind: 'done' };
    case 'fill':
      await fill(order.document, order.bytes);
      return { kind: 'done' };
    case 'type':
      return await type(order);
    case 'join':
      return await join(order.seats, order.typing);
    default:
      order satisfies never;
      throw new Error('No such order.');
  }
}

process.on('message', (order: Order) => {
  obey(order).then(
    (answer) => process.send?.(answer),
    (error) => process.send?.({ kind: 'failed', message: String(error) } satisfies Answer),
  );
});
