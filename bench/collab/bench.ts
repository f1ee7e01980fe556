import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createRoom, joinRoom, startServer } from '../../packages/testkit/src/index.ts';
import type { Order, Seat, Spell } from './load.ts';

/**
 * Edits per second, latency and CPU of Coderoom beside a bare relay, y-websocket and Hocuspocus, in one run: each server
 * in a process of its own, the load generator in another. Coderoom logs every edit durably and acknowledges it.
 * Usage: npm run bench collab [rooms]x[people] …   (default 50x4 1x20)
 */

interface Server {
  name: string;
  pid: number;
  seats(rooms: number, people: number): Promise<Seat[]>;
  stop(): Promise<unknown>;
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

async function startPeer(name: 'relay' | 'y-websocket' | 'hocuspocus'): Promise<Server> {
  const child = spawn(process.execPath, [here(`peers/${name}.mjs`)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const port = /"port":(\d+)/.exec(String(line))?.[1];
  const seat = (room: number): Seat => ({
    url: `ws://127.0.0.1:${port}/${name === 'hocuspocus' ? '' : `room-${room}`}`,
    room,
    framing: name === 'hocuspocus' ? 'hocuspocus' : 'y-websocket',
    documentName: `room-${room}`,
  });
  return {
    name,
    pid: child.pid as number,
    seats: async (rooms, people) => times(rooms * people).map((index) => seat(Math.floor(index / people))),
    stop: () => {
      child.kill('SIGKILL');
      return once(child, 'exit');
    },
  };
}

async function startCoderoom(): Promise<Server> {
  const server = await startServer({ env: { EXECUTION: 'off' } });
  return {
    name: 'coderoom',
    pid: server.pid,
    async seats(rooms, people) {
      const seats: Seat[] = [];
      for (const room of times(rooms)) {
        const { room: made } = await createRoom(server.url, { capacity: 50 });
        for (const _ of times(people)) {
          const { token } = await joinRoom(server.url, made.code);
          const url = `${server.url.replace('http', 'ws')}/collab/${made.id}?token=${token}&acks=1`;
          seats.push({ url, room, framing: 'y-websocket' });
        }
      }
      return seats;
    },
    stop: async () => await server[Symbol.asyncDispose](),
  };
}

const times = (count: number) => Array.from({ length: count }, (_, index) => index);

/** CPU seconds that a process and all its threads have used (Linux, in ticks of 10 ms). */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
}

/** Gives the load generator an order and waits for its answer. */
function ask<T>(load: ChildProcess, order: Order): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error('The load generator ended.'));
    load.once('exit', ended);
    load.once('message', (answer: { kind: string; message?: string }) => {
      load.off('exit', ended);
      if (answer.kind === 'failed') reject(new Error(answer.message));
      else resolve(answer as T);
    });
    load.send(order);
  });
}

interface Row {
  shape: string;
  server: string;
  'edits/s, p99 < 100 ms': number;
  'p50 ms at 2 000/s': number;
  'p99 ms at 2 000/s': number;
  'CPU s per 100 k delivered': number;
  'RSS MB': number;
}

const spellSeconds = 4;

async function measure(start: () => Promise<Server>, rooms: number, people: number): Promise<Row> {
  const server = await start();
  const load = fork(here('load.ts'));
  try {
    await ask(load, { kind: 'open', seats: await server.seats(rooms, people) });
    const type = (editsPerSecond: number) =>
      ask<Spell>(load, { kind: 'type', editsPerSecond, seconds: spellSeconds, characters: 1 });
    await type(500);

    const before = cpuSeconds(server.pid);
    const modest = await type(2000);
    const cpu = cpuSeconds(server.pid) - before;
    const sustained = (spell: Spell) =>
      spell.p99Ms < 100 && spell.delivered === spell.expected && spell.closed.length === 0;

    // Double until it no longer holds, then halve the gap three times.
    let holds = sustained(modest) ? 2000 : 0;
    let fails = Number.POSITIVE_INFINITY;
    for (let rate = 4000; holds > 0 && rate <= 512_000; rate *= 2) {
      if (sustained(await type(rate))) holds = rate;
      else {
        fails = rate;
        break;
      }
    }
    for (let halving = 0; halving < 3 && Number.isFinite(fails); halving++) {
      await new Promise((wake) => setTimeout(wake, 1000));
      const middle = (holds + fails) / 2;
      if (sustained(await type(middle))) holds = middle;
      else fails = middle;
    }
    return {
      shape: `${rooms} × ${people}`,
      server: server.name,
      'edits/s, p99 < 100 ms': holds,
      'p50 ms at 2 000/s': round(modest.p50Ms),
      'p99 ms at 2 000/s': round(modest.p99Ms),
      'CPU s per 100 k delivered': round((cpu / modest.delivered) * 100_000),
      'RSS MB': Math.round(residentBytes(server.pid) / 1e6),
    };
  } finally {
    load.kill();
    await server.stop();
  }
}

const round = (value: number) => Math.round(value * 100) / 100;

const shapes = process.argv.length > 2 ? process.argv.slice(2) : ['50x4', '1x20'];
const rows: Row[] = [];
for (const shape of shapes) {
  const [rooms, people] = shape.split('x').map(Number) as [number, number];
  for (const start of [
    () => startPeer('relay'),
    () => startPeer('y-websocket'),
    () => startPeer('hocuspocus'),
    startCoderoom,
  ]) {
    rows.push(await measure(start, rooms, people));
    console.error(JSON.stringify(rows.at(-1)));
  }
}
console.table(rows);
