import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { containerCommand, endContainer, pathInContainer } from './container.ts';
import { until } from './until.ts';

const main = pathInContainer(fileURLToPath(new URL('../../server/src/main.ts', import.meta.url)));

/** The server in a container with Docker's masks over /proc, but no profile of system calls; once it says how code runs. */
export async function startMaskedServer() {
  const environment = ['HOST=127.0.0.1', 'PORT=0', 'DATA_DIR=/tmp/data', 'LOG_LEVEL=warn', 'RATE_LIMITS=off'];
  const [command = '', ...args] = containerCommand({ user: 'coder', seccomp: 'none', isProcMasked: true }, [
    ...['/usr/bin/env', '-i', ...environment],
    ...[pathInContainer(process.execPath), main],
  ]);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  await until('its whole message', () => output.includes('Code runs'), { timeoutMs: 60_000 }).catch((error) => {
    endContainer(child);
    throw new Error(output, { cause: error });
  });
  return {
    url: /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0] ?? '',
    output: () => output,
    [Symbol.dispose]: () => endContainer(child),
  };
}
