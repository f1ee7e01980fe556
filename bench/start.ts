import { spawn } from 'node:child_process';
import { temporaryFolder } from '../packages/testkit/src/index.ts';

/** How long `npm start` takes from the command to the listening server, on a checkout that is installed and built. */
const rounds = 7;
const root = new URL('..', import.meta.url);

async function startOnce(dataDir: string): Promise<number> {
  const startedAt = performance.now();
  const child = spawn('npm', ['start', '--silent'], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PORT: '0', DATA_DIR: dataDir },
  });
  const listeningMs = await new Promise<number>((resolve, reject) => {
    child.once('exit', () => reject(new Error('npm start ended before it listened')));
    child.stdout.on('data', (text) => {
      if (/http:\/\/127\.0\.0\.1:\d+/.test(String(text))) resolve(performance.now() - startedAt);
    });
  });
  const exited = new Promise((resolve) => child.removeAllListeners('exit').once('exit', resolve));
  process.kill(-(child.pid as number), 'SIGTERM');
  await exited;
  return listeningMs;
}

using folder = temporaryFolder();
const times: number[] = [];
for (let round = 0; round < rounds; round++) times.push(await startOnce(folder.path));
const [first, ...later] = times as [number, ...number[]];
later.sort((a, b) => a - b);
console.table({
  'first start on an empty data folder': { ms: Math.round(first) },
  'later starts, median': { ms: Math.round(later[Math.floor(later.length / 2)] as number) },
  'later starts, slowest': { ms: Math.round(later.at(-1) as number) },
});
