import { openRawSocket, type RawSocket } from './raw-socket.ts';
import { Reader, readTyped, syncMessage, typedUpdate, writeVarUint } from './wire.ts';

/** The load generator: a process of its own that holds all clients, types at a given rate and times what arrives. */

/** One client to open. */
export interface Seat {
  url: string;
  room: number;
  /** How the server wants its messages framed. */
  framing: 'y-websocket' | 'hocuspocus';
  /** Hocuspocus: the document's name before each message. */
  documentName?: string;
}

/** What the generator is told to do. */
export type Order =
  | { kind: 'open'; seats: Seat[] }
  | { kind: 'type'; editsPerSecond: number; seconds: number; characters: number };

/** How one spell of typing went; latencies from the moment an edit was due until a peer had it. */
export interface Spell {
  kind: 'spell';
  sent: number;
  delivered: number;
  expected: number;
  p50Ms: number;
  p99Ms: number;
  seconds: number;
  /** Edits that the server called durable, where it says so. */
  durable: number;
  closed: string[];
}

interface Client {
  id: number;
  socket: RawSocket;
  room: number;
  prefix: Uint8Array;
  clock: number;
  sentAt: number[];
  durable: number;
}

const clients: Client[] = [];
const byId = new Map<number, Client>();
const peopleIn = new Map<number, number>();
let delivered = 0;
let latencies: number[] = [];

function receive(client: Client, message: Buffer): void {
  const reader = new Reader(message);
  if (client.prefix.length > 0) reader.skip(client.prefix.length);
  const kind = reader.varUint();
  if (kind === 100) {
    client.durable = reader.varUint();
    return;
  }
  if (kind !== 0 && kind !== 4) return;
  const step = reader.varUint();
  const length = reader.varUint();
  if (step === 0) {
    // The server asks for what we have: nothing that it lacks.
    send(client, syncMessage(1, Uint8Array.of(0, 0)));
    return;
  }
  if (step !== 2 || length <= 2) return;
  const now = performance.now();
  readTyped(message, reader.at, (author, clock, count) => {
    if (author === client.id) return; // an echo is no delivery
    const sentAt = byId.get(author)?.sentAt;
    for (let at = clock; at < clock + count; at++) {
      const due = sentAt?.[at];
      if (due === undefined) continue;
      delivered++;
      latencies.push(now - due);
    }
  });
}

function send(client: Client, message: Uint8Array): void {
  client.socket.send(client.prefix.length === 0 ? message : Buffer.concat([client.prefix, message]));
}

async function open(seats: Seat[]): Promise<void> {
  let nextId = 1000;
  for (const seat of seats) {
    const prefix: number[] = [];
    if (seat.framing === 'hocuspocus') {
      const name = Buffer.from(seat.documentName ?? '');
      writeVarUint(prefix, name.length);
      prefix.push(...name);
    }
    const client = {
      id: nextId++,
      room: seat.room,
      prefix: Uint8Array.from(prefix),
      clock: 0,
      sentAt: [],
      durable: 0,
    } as unknown as Client;
    client.socket = await openRawSocket(seat.url, (message, from) => {
      client.socket = from;
      receive(client, message);
    });
    if (seat.framing === 'hocuspocus') send(client, Uint8Array.of(2, 0, 1, 0x78, 1, 0x34));
    send(client, syncMessage(0, Uint8Array.of(0)));
    clients.push(client);
    byId.set(client.id, client);
    peopleIn.set(seat.room, (peopleIn.get(seat.room) ?? 0) + 1);
  }
}

async function type(editsPerSecond: number, seconds: number, characters: number): Promise<Spell> {
  const text = 'x'.repeat(characters);
  delivered = 0;
  latencies = [];
  const durableBefore = clients.reduce((sum, client) => sum + client.durable, 0);
  let sent = 0;
  let expected = 0;
  const start = performance.now();
  const end = start + seconds * 1000;
  await new Promise<void>((done) => {
    const tick = () => {
      const now = performance.now();
      const due = Math.min(Math.floor(((now - start) / 1000) * editsPerSecond), Math.ceil(seconds * editsPerSecond));
      while (sent < due) {
        const client = clients[sent % clients.length] as Client;
        // Late is late: an edit counts from when it was due, not from when we got round to it.
        client.sentAt[client.clock + characters - 1] = start + (sent / editsPerSecond) * 1000;
        send(client, syncMessage(2, typedUpdate(client.id, client.clock, text)));
        client.clock += characters;
        expected += (peopleIn.get(client.room) ?? 1) - 1;
        sent++;
      }
      if (now < end) setImmediate(tick);
      else done();
    };
    tick();
  });
  const typedSeconds = (performance.now() - start) / 1000;
  const patience = performance.now() + 1500;
  while (delivered < expected && performance.now() < patience) await new Promise((wake) => setTimeout(wake, 20));
  latencies.sort((a, b) => a - b);
  const at = (share: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? Number.NaN;
  return {
    kind: 'spell',
    sent,
    delivered,
    expected,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    seconds: typedSeconds,
    durable: clients.reduce((sum, client) => sum + client.durable, 0) - durableBefore,
    closed: clients.map((client) => client.socket.closed()).filter((reason) => reason !== undefined),
  };
}

process.on('message', (order: Order) => {
  const failed = (error: unknown) => process.send?.({ kind: 'failed', message: String(error) });
  if (order.kind === 'open') open(order.seats).then(() => process.send?.({ kind: 'opened' }), failed);
  else type(order.editsPerSecond, order.seconds, order.characters).then((spell) => process.send?.(spell), failed);
});
