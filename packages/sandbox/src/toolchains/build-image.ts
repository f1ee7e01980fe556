import { type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, copyFileSync, cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { readdir, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debianSources } from './debian-sources.ts';
import { agentSource, agentSources, imageId, imageStamp, toolchainDefinition } from './definition.ts';

/** What somebody has to do before an image can be made; not a fault of ours. */
export class ImageError extends Error {}

/** An image of all languages and what was unpacked to make it. */
const neededBytes = 8 * 2 ** 30;

/**
 * Makes the toolchain image of this version below `folder`, unless it is there, and returns its root. It is built
 * aside and gets its name when it is whole; after an interruption it goes on with the first step that was not done.
 */
export async function buildImage(options: { folder: string; say(line: string): void }): Promise<string> {
  const { folder, say } = options;
  const id = imageId();
  const root = join(folder, id);
  if (existsSync(join(root, imageStamp))) {
    say(`The toolchain image is there: ${root}`);
    return root;
  }
  await checkPlace(folder);
  const unlock = await lock(join(folder, 'build.lock'));
  try {
    if (!existsSync(join(root, imageStamp))) await buildLocked({ ...options, id, root });
  } finally {
    await unlock();
  }
  return root;
}

async function buildLocked(options: {
  folder: string;
  id: string;
  root: string;
  say(line: string): void;
}): Promise<void> {
  const { folder, id, root, say } = options;
  const partial = join(folder, `${id}.partial`);
  const done = new Set((await readFile(join(partial, 'done'), 'utf8').catch(() => '')).split('\n'));
  const inside = join(partial, 'root');
  if (!done.has('packages')) await rm(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });

  const all: { name: string; work(): unknown }[] = [
    { name: 'packages', work: () => bootstrap(inside, say) },
    { name: 'npm packages', work: () => installNpmPackages(inside) },
    { name: 'agents', work: () => copyAgents(inside) },
    ...toolchainDefinition.steps.map(({ name, script }) => ({ name, work: () => runInside(inside, script) })),
  ];
  for (const [index, { name, work }] of all.entries()) {
    const label = `[${index + 1}/${all.length}] ${name}`;
    if (done.has(name)) {
      say(`${label}: done before`);
      continue;
    }
    say(`${label} …`);
    const since = performance.now();
    await work();
    appendFileSync(join(partial, 'done'), `${name}\n`);
    say(`${label}: ${Math.round((performance.now() - since) / 1_000)} s, ${await sizeOf(inside)} MB so far`);
  }
  await writeFile(join(inside, imageStamp), JSON.stringify({ id, suite: toolchainDefinition.suite }));
  await rename(inside, root);
  await rm(partial, { recursive: true, force: true });
  say(`The toolchain image is ready: ${root}`);
  const others = (await readdir(folder)).filter((name) => /^[0-9a-f]{16}(\.partial)?$/.test(name) && name !== id);
  if (others.length > 0) say(`Images of other versions, which may be removed: ${others.join(', ')}`);
}

async function checkPlace(folder: string): Promise<void> {
  if (process.getuid?.() !== 0) throw new ImageError('Making the toolchain image needs root.');
  if (!existsSync('/usr/bin/apt-get'))
    throw new ImageError('Making the toolchain image needs Debian or a child of it.');
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < neededBytes) {
    throw new ImageError(`${folder} has ${Math.floor((bavail * bsize) / 2 ** 20)} MB left; the image needs 8 GB.`);
  }
  if (existsSync('/usr/bin/mmdebstrap')) return;
  await execute('apt-get', ['update', '-qq']);
  await execute('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'mmdebstrap']);
}

/** Held until the returned function is called, or until this process ends, however it ends. */
async function lock(path: string): Promise<() => Promise<void>> {
  const child = spawn('flock', [path, 'sh', '-c', 'echo; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return async () => {
    child.stdin.end();
    await once(child, 'exit');
  };
}

async function bootstrap(root: string, say: (line: string) => void): Promise<void> {
  const { suite, packages } = toolchainDefinition;
  const args = [
    ...['--variant=minbase', '--mode=root', `--include=${Object.values(packages).flat().join(',')}`],
    ...['doc', 'man', 'info', 'locale'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
    // Packages link manual pages there, whether or not there are any.
    `--essential-hook=mkdir -p "$1/usr/share/man/man1"`,
    ...[suite, root],
    ...debianSources(suite),
  ];
  const child = spawn('nice', ['mmdebstrap', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4_000);
    for (const line of chunk.toString().matchAll(/^I: (.*)$/gm)) say(`  ${line[1]}`);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new ImageError(`mmdebstrap failed:\n${said}`);
}

async function installNpmPackages(root: string): Promise<void> {
  const prefix = join(tmpdir(), `coderoom-npm-${process.pid}`);
  mkdirSync(prefix, { recursive: true });
  try {
    const args = ['install', '--prefix', prefix, '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
    await execute('npm', [...args, '--loglevel=error', ...toolchainDefinition.npmPackages], { cwd: prefix });
    cpSync(join(prefix, 'node_modules'), join(root, 'opt/coderoom/npm/node_modules'), { recursive: true });
  } finally {
    rmSync(prefix, { recursive: true, force: true });
  }
}

function copyAgents(root: string): void {
  const folder = join(root, 'opt/coderoom/agents');
  mkdirSync(folder, { recursive: true });
  for (const name of agentSources) copyFileSync(agentSource(name), join(folder, name));
}

/** In namespaces of its own, so that what is mounted for it is gone with it, however it ends. */
async function runInside(root: string, script: string): Promise<void> {
  const enter = [
    'mount -t proc proc "$1/proc"',
    'mount --rbind /dev "$1/dev"',
    'exec env -i PATH=/usr/bin:/bin:/usr/sbin HOME=/root LANG=C.UTF-8 "$(command -v chroot)" "$1" sh -euc "$2"',
  ].join(' && ');
  const args = ['unshare', '--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', enter, 'sh', root, script];
  await execute('nice', args, { env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` } });
}

async function execute(command: string, args: string[], options: SpawnOptions = {}): Promise<void> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4_000);
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new ImageError(`${command} ${args[0]} … failed:\n${said}`);
}

async function sizeOf(root: string): Promise<number> {
  const child = spawn('du', ['-sm', root], { stdio: ['ignore', 'pipe', 'ignore'] });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  await once(child, 'close');
  return Number.parseInt(printed, 10);
}
