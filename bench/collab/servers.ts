import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  cpuSeconds,
  createRoom,
  joinRoom,
  type Probed,
  probe,
  probeEnvironment,
  residentBytes,
  type ServerProcess,
  startServer,
} from '../../packages/testkit/src/index.ts';
import type { Seat } from './load-client.ts';

export const serverNames = ['relay', 'y-websocket', 'hocuspocus', 'coderoom'] as const;
/** And such as only some scenarios have: `bytes` sends a document from memory, `copy` relays through our own sockets. */
export type ServerName = (typeof serverNames)[number] | 'bytes' | 'copy';

/** A server that is measured, in a process of its own. */
export interface Server extends AsyncDisposable {
  readonly name: ServerName;
  /** Seats for so many people in each of so many rooms that are new. */
  seats(rooms: number, people: number): Promise<Seat[]>;
  /** SIGKILL, and a new process on the same port and data. Resolves when it listens. */
  restart(): Promise<void>;
  cpuSeconds(): number;
  residentBytes(): number;
  probe(question?: 'look' | 'collect'): Promise<Probed>;
}

export function start(name: ServerName): Promise<Server> {
  return name === 'coderoom' ? startCoderoom() : startPeer(name);
}

async function startPeer(name: Exclude<ServerName, 'coderoom'>): Promise<Server> {
  const { path, env } = probeEnvironment();
  const launch = async (port: string) => {
    const script = fileURLToPath(new URL(`peers/${name}.mjs`, import.meta.url));
    const child = spawn(process.execPath, [script], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env.PATH ?? '', ...env, PORT: port },
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    return { child, port: /"port":(\d+)/.exec(String(line))?.[1] as string };
  };
  let running = await launch('0');
  const pid = () => running.child.pid as number;
  const end = async () => {
    running.child.kill('SIGKILL');
    await once(running.child, 'exit');
  };
  let rooms = 0;
  return {
    name,
    async seats(count, people) {
      const first = rooms;
      rooms += count;
      return times(count * people).map((index): Seat => {
        const room = first + Math.floor(index / people);
        return {
          url: `ws://127.0.0.1:${running.port}/${name === 'hocuspocus' ? '' : `room-${room}`}`,
          room,
          framing: name === 'hocuspocus' ? 'hocuspocus' : 'y-websocket',
          documentName: `room-${room}`,
          isRelay: name === 'relay' || name === 'copy',
        };
      });
    },
    async restart() {
      await end();
      running = await launch(running.port);
    },
    cpuSeconds: () => cpuSeconds(pid()),
    residentBytes: () => residentBytes(pid()),
    probe: (question) => probe(path, question),
    [Symbol.asyncDispose]: end,
  };
}

const requestsAtOnce = 16;

async function startCoderoom(): Promise<Server> {
  const { path, env } = probeEnvironment();
  // All rooms are made from here.
  const first = await startServer({ env: { EXECUTION: 'off', ROOMS_PER_ADDRESS: '0', ...env } });
  let running: ServerProcess = first;
  let rooms = 0;
  return {
    name: 'coderoom',
    async seats(count, people) {
      const seats: Seat[] = [];
      const numbers = times(count).map((index) => rooms + index);
      rooms += count;
      const worker = async () => {
        for (let room = numbers.shift(); room !== undefined; room = numbers.shift()) {
          const owner = await createRoom(running.url, { capacity: 50 });
          const tokens = [owner.token];
          while (tokens.length < people) tokens.push((await joinRoom(running.url, owner.room.id)).token);
          for (const token of tokens) {
            const url = `${running.url.replace('http', 'ws')}/collab/${owner.room.id}?token=${token}&acks=1`;
            seats.push({ url, room, framing: 'y-websocket', acks: true });
          }
        }
      };
      await Promise.all(times(requestsAtOnce).map(worker));
      return seats;
    },
    async restart() {
      await running.kill();
      running = await running.restart();
    },
    cpuSeconds: () => cpuSeconds(running.pid),
    residentBytes: () => residentBytes(running.pid),
    probe: (question) => probe(path, question),
    async [Symbol.asyncDispose]() {
      await running.kill();
      await first[Symbol.asyncDispose]();
    },
  };
}

const times = (count: number) => Array.from({ length: count }, (_, index) => index);
