import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './temporary-folder.ts';

const main = fileURLToPath(new URL('../../server/src/main.ts', import.meta.url));

/** The real server in a process of its own, on a free port of 127.0.0.1. */
export interface ServerProcess extends AsyncDisposable {
  /** http://127.0.0.1:port */
  readonly url: string;
  readonly pid: number;
  readonly dataDir: string;
  /** Milliseconds from its start until it listened. */
  readonly listeningAfterMs: number;
  /** All that it printed. */
  output(): string;
  /** Resolves with the exit code, or the signal's name. */
  readonly exited: Promise<number | string>;
  /** SIGTERM and wait; the data stays. */
  stop(): Promise<number | string>;
  /** SIGKILL and wait; the data stays. */
  kill(): Promise<number | string>;
  /** Starts again on the same data and port, after stop or kill. Who disposes of the first disposes of its successors. */
  restart(): Promise<ServerProcess>;
}

/** Starts the server; `await using` stops it and removes its data. */
export async function startServer(
  options: { env?: Record<string, string>; dataDir?: string } = {},
): Promise<ServerProcess> {
  const folder = options.dataDir === undefined ? temporaryFolder() : undefined;
  const dataDir = options.dataDir ?? folder?.path ?? '';
  const startedAt = performance.now();
  const child = spawn(process.execPath, [main], {
    cwd: dataDir,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH ?? '',
      HOST: '127.0.0.1',
      PORT: '0',
      DATA_DIR: dataDir,
      RATE_LIMITS: 'off',
      ROOMS_PER_ADDRESS: '0',
      LOG_LEVEL: 'warn',
      ...options.env,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  const url = await listeningAddress(child, () => output);
  const listeningAfterMs = performance.now() - startedAt;

  let successor: Promise<ServerProcess> | undefined;
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return await exited;
  };
  return {
    url,
    pid: child.pid as number,
    dataDir,
    listeningAfterMs,
    output: () => output,
    exited,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    restart() {
      successor = startServer({ dataDir, env: { ...options.env, PORT: new URL(url).port } });
      return successor;
    },
    async [Symbol.asyncDispose]() {
      await end('SIGTERM');
      await successor?.then(
        (started) => started[Symbol.asyncDispose](),
        () => {},
      );
      folder?.[Symbol.dispose]();
    },
  };
}

function listeningAddress(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error(`The server ended before it listened:\n${output()}`));
    child.once('exit', fail);
    const look = () => {
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(output());
      if (found === null) return;
      child.off('exit', fail);
      child.stdout?.off('data', look);
      resolve(found[0]);
    };
    child.stdout?.on('data', look);
  });
}
