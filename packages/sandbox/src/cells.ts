import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';

/** The outermost process of a sandbox, on the host, which waits for its order; and its streams. */
interface Cell {
  pid: number;
  stdin: Socket;
  stdout: Socket;
  stderr: Socket;
  /** The order goes in, how it went comes out. */
  control: Socket;
  /** The agent's job goes in, its report comes out. */
  agent: Socket;
  /** Its exit code; null when who watched it is gone. */
  ended: Promise<number | null>;
}

/** Starts the outermost processes of sandboxes. */
export interface Cells {
  /** One that joins its control group by itself. Rejects when none can be had. */
  start(user: number, ownEntrances: readonly string[]): Promise<Cell>;
  close(): void;
}

interface Request {
  connections: Socket[];
  pid: number | undefined;
  ended: PromiseWithResolvers<number | null>;
  granted: PromiseWithResolvers<Cell>;
}

interface Starter {
  child: ChildProcess;
  channel: Socket;
  /** In the order in which they were made, which is that of connections and of what is said. */
  unconnected: Request[];
  unnamed: Request[];
  /** Those that have not ended, by pid. */
  going: Map<number, (code: number | null) => void>;
}

const connectionsEach = 5;
const socketName = 'socket';

/**
 * Has processes made by a small one that is there for nothing else (agents/cell.c): forking this one takes the longer
 * the more memory it has, and nothing else is done meanwhile. `folder` is made for the socket by which they come back.
 */
export async function openCells(program: string, folder: string): Promise<Cells> {
  mkdirSync(folder, { mode: 0o700 });
  // Programs can ask what their output is connected to, and hear the address by which that was bound: one that says
  // nothing of the host, and is short enough wherever the folder is.
  const folderFile = openSync(folder, 'r');
  let starter: Starter | undefined;
  const listener = createServer((connection) => {
    // A process that is refused its namespaces ends with its order unread, perhaps before anybody else listens.
    connection.on('error', () => {});
    const request = starter?.unconnected[0];
    if (request === undefined || starter === undefined) return connection.destroy();
    request.connections.push(connection);
    if (request.connections.length < connectionsEach) return;
    starter.unconnected.shift();
    grant(request);
  });
  await listen(listener, `/proc/self/fd/${folderFile}/${socketName}`);

  return {
    start(user, ownEntrances) {
      const request: Request = {
        connections: [],
        pid: undefined,
        ended: Promise.withResolvers(),
        granted: Promise.withResolvers(),
      };
      starter ??= startStarter(program, folder, () => {
        starter = undefined;
      });
      starter.unconnected.push(request);
      starter.unnamed.push(request);
      // While there are sandboxes, this process stays to hear of their end.
      starter.channel.ref();
      starter.channel.write([user, ...ownEntrances, ''].map((word) => `${word}\0`).join(''));
      return request.granted.promise;
    },
    close() {
      starter?.channel.end();
      listener.close();
      closeSync(folderFile);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function listen(listener: Server, path: string): Promise<void> {
  listener.listen({ path });
  await once(listener, 'listening');
  // Its folder is closed to others as well.
  chmodSync(path, 0o600);
  listener.unref();
}

function startStarter(program: string, folder: string, onEnd: () => void): Starter {
  const child = spawn(program, [socketName], { cwd: folder, env: {}, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const channel = child.stdio[3] as Socket | undefined;
  if (channel === undefined) throw new Error(`${program} could not be started`);
  const starter: Starter = { child, channel, unconnected: [], unnamed: [], going: new Map() };
  child.unref();
  channel.unref();
  channel.on('error', () => {});
  let unread = '';
  channel.setEncoding('latin1').on('data', (text: string) => {
    const lines = (unread + text).split('\n');
    unread = lines.pop() ?? '';
    for (const line of lines) hear(starter, line);
  });
  const end = () => {
    onEnd();
    for (const { granted, connections } of new Set([...starter.unconnected, ...starter.unnamed])) {
      for (const connection of connections) connection.destroy();
      granted.reject(new Error('the process that starts sandboxes has ended'));
    }
    for (const tell of starter.going.values()) tell(null);
  };
  child.once('error', end);
  child.once('close', end);
  return starter;
}

function hear(starter: Starter, line: string): void {
  const [what, pid = 0, code = 0] = line.split(' ').map((word, index) => (index === 0 ? word : Number(word))) as [
    string,
    number,
    number,
  ];
  if (what === 'ended') {
    starter.going.get(pid)?.(code);
    starter.going.delete(pid);
    if (starter.going.size === 0 && starter.unnamed.length === 0) starter.channel.unref();
    return;
  }
  const request = starter.unnamed.shift();
  if (request === undefined) return;
  request.pid = pid;
  starter.going.set(pid, request.ended.resolve);
  grant(request);
}

/** Once its connections are there and its pid is known, whichever comes last. */
function grant({ connections, pid, ended, granted }: Request): void {
  const [stdin, stdout, stderr, control, agent] = connections;
  if (pid === undefined || !stdin || !stdout || !stderr || !control || !agent) return;
  if (pid === 0) {
    for (const connection of connections) connection.destroy();
    granted.reject(new Error('no process could be made'));
    return;
  }
  granted.resolve({ pid, stdin, stdout, stderr, control, agent, ended: ended.promise });
}
