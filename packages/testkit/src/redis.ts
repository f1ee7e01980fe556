import { existsSync } from 'node:fs';
import { Socket } from 'node:net';
import { freePort, makeDatabaseHome } from './databases-process.ts';

const program = '/usr/bin/redis-server';

/** A private Redis on a port of 127.0.0.1 that keeps nothing on the disk. */
export interface TestRedis extends AsyncDisposable {
  /** For REDIS_URL. */
  readonly url: string;
  /** SIGKILL; what it held is gone. */
  kill(): Promise<void>;
  /** Stops answering while its connections stay open, as behind a cut cable; `thaw` ends that. */
  freeze(): void;
  thaw(): void;
  /** On the same port, after `kill`. */
  start(): Promise<void>;
}

/** Undefined when Redis is installed, else what is missing. */
export function whyNoRedis(): string | undefined {
  return existsSync(program) ? undefined : 'Redis is not installed (Debian package redis-server)';
}

export async function startRedis(): Promise<TestRedis> {
  const missing = whyNoRedis();
  if (missing !== undefined) throw new Error(missing);
  const home = await makeDatabaseHome('redis', 'redis');
  const port = await freePort();
  const start = async () => {
    const started = home.start(program, [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', home.path],
      ...['--save', '', '--appendonly', 'no', '--loglevel', 'warning'],
    ]);
    await started.ready(() => ping(port));
    return started;
  };
  let running = await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    kill: () => running.stop('SIGKILL'),
    freeze: () => running.signal('SIGSTOP'),
    thaw: () => running.signal('SIGCONT'),
    async start() {
      running = await start();
    },
    async [Symbol.asyncDispose]() {
      await running.stop('SIGKILL');
      home.remove();
    },
  };
}

function ping(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new Socket();
    socket.on('error', reject);
    socket.on('data', (answer) => {
      socket.destroy();
      if (answer.toString() === '+PONG\r\n') resolve();
      else reject(new Error(answer.toString()));
    });
    socket.connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
  });
}
