// Brings a checkout to where it can run: npm packages (Node among them), the built web client, Debian packages.
// Plain JavaScript, because it starts on whatever Node the machine has (20 or later).
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const windows = process.platform === 'win32';

/** Where the platform's Node 26 lies once the npm packages are installed. */
export function projectNode() {
  const name = windows ? 'node.exe' : 'node';
  const platform = `${process.platform}-${process.arch}`.replace('win32', 'win');
  for (const packageName of [`node-${platform}`, `node-bin-${platform}`]) {
    const path = join(root, 'node_modules', packageName, 'bin', name);
    if (existsSync(path)) return path;
  }
  if (Number(process.versions.node.split('.')[0]) >= 26) return process.execPath;
  throw new Error(`npm has no Node 26 for ${platform}: install Node 26 or later and start again.`);
}

/** The environment in which the project's own programs come first. */
export function projectEnvironment() {
  return { ...process.env, PATH: join(root, 'node_modules', '.bin') + delimiter + (process.env.PATH ?? '') };
}

/** Runs a command in the checkout and ends this process when it fails. */
export function run(command, args, options = {}) {
  const done = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: projectEnvironment(), ...options });
  if (done.error) throw done.error;
  if (done.status !== 0) process.exit(done.status ?? 1);
}

function hashFiles(paths) {
  const hash = createHash('sha256');
  const add = (path) => {
    const full = join(root, path);
    if (!existsSync(full)) return;
    hash.update(path);
    hash.update(readFileSync(full));
  };
  for (const path of paths) {
    const full = join(root, path);
    if (/\.[a-z]+$/.test(path) || !existsSync(full)) add(path);
    else {
      const entries = readdirSync(full, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      for (const entry of entries.map((entry) => join(entry.parentPath ?? entry.path, entry.name)).sort()) {
        add(entry.slice(root.length));
      }
    }
  }
  return hash.digest('hex');
}

/** Runs `work` unless the stamp file says that it was done for the same inputs. */
function once(stampPath, inputs, work) {
  const hash = hashFiles(inputs);
  if (existsSync(stampPath) && readFileSync(stampPath, 'utf8') === hash) return;
  work();
  writeFileSync(stampPath, hash);
}

/** Installs the npm packages that the lock file names, unless they are there already. */
export function installPackages() {
  once(join(root, 'node_modules', '.installed-from'), ['package-lock.json'], () => {
    console.log('Installing npm packages, Node 26 among them (once; about half a minute) …');
    const npm = process.env.npm_execpath;
    // Not `npm ci`: it refuses a lock file that lacks optional packages of platforms that a registry did not have.
    const args = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
    const quiet = { stdio: ['ignore', 'ignore', 'inherit'], env: process.env };
    if (npm?.endsWith('.js')) run(process.execPath, [npm, ...args], quiet);
    else run(windows ? 'npm.cmd' : 'npm', args, { ...quiet, shell: windows });
    mkdirSync(join(root, 'node_modules'), { recursive: true });
  });
}

/** Builds the web client, unless what is built comes from the same sources. */
export function buildWebClient() {
  const web = join(root, 'packages', 'web');
  const inputs = ['src', 'public', 'index.html', 'runner.html', 'vite.config.ts', 'vite-runner.ts', 'package.json'].map(
    (name) => `packages/web/${name}`,
  );
  once(join(web, 'dist', '.built-from'), [...inputs, 'packages/protocol/src', 'package-lock.json'], () => {
    console.log('Building the web client (once) …');
    rmSync(join(web, 'dist'), { recursive: true, force: true });
    const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
    run(projectNode(), [vite, 'build', '--logLevel', 'warn'], { cwd: web });
  });
}

/** Makes the image with the compilers of all languages, unless it is there. False when it could not be made. */
export function makeToolchains() {
  const sandbox = join(root, 'packages', 'sandbox', 'bin', 'sandbox.mjs');
  return (
    spawnSync(projectNode(), [sandbox, 'toolchains'], { stdio: 'inherit', env: projectEnvironment() }).status === 0
  );
}

/** Names of languages that cannot be run here. */
export function missingLanguages() {
  const sandbox = join(root, 'packages', 'sandbox', 'bin', 'sandbox.mjs');
  const listed = spawnSync(projectNode(), [sandbox, 'languages'], { encoding: 'utf8', env: projectEnvironment() });
  return [...listed.stdout.matchAll(/^\S+ +(\S+) is not installed/gm)].map(([, name]) => name);
}

/** Debian packages by what needs them; `file` shows that a package is there. */
const systemPackages = [
  { name: 'bubblewrap', file: '/usr/bin/bwrap', for: 'running code', runtime: true },
  { name: 'tini', file: '/usr/bin/tini', for: 'running code', runtime: true },
  { name: 'python3', file: '/usr/bin/python3', for: 'running Python', runtime: true },
  { name: 'chromium', file: '/usr/bin/chromium', for: 'the browser tests' },
  { name: 'postgresql', file: '/usr/lib/postgresql', for: 'the storage tests on PostgreSQL' },
  { name: 'mariadb-server', file: '/usr/sbin/mariadbd', for: 'the storage tests on MariaDB' },
  { name: 'redis-server', file: '/usr/bin/redis-server', for: 'the tests of several servers together' },
];

/**
 * Installs Debian's packages when run as root; otherwise names them and what is left out without them.
 * `scope` is `runtime` (what running code needs) or `all` (what the tests need as well).
 * Returns the names of those still missing.
 */
export function installSystemPackages(scope) {
  const missing = () => systemPackages.filter((entry) => (scope === 'all' || entry.runtime) && !existsSync(entry.file));
  const wanted = missing();
  if (wanted.length === 0) return [];
  const names = wanted.map((entry) => entry.name);
  const command = `apt-get install -y --no-install-recommends ${names.join(' ')}`;
  const root = process.getuid?.() === 0;
  if (!existsSync('/usr/bin/apt-get') || !root) {
    console.log(existsSync('/usr/bin/apt-get') ? `As root, run: ${command}` : 'Please install:');
    for (const entry of wanted) console.log(`  ${entry.name} – needed for ${entry.for}`);
    return names;
  }
  console.log(`Installing ${names.join(', ')} from Debian's packages …`);
  withServicesHeld(() => {
    const options = {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    };
    spawnSync('apt-get', ['update', '-qq'], options);
    spawnSync('apt-get', [...command.split(' ').slice(1), '-qq'], options);
  });
  const left = missing();
  for (const entry of left) console.log(`  ${entry.name} could not be installed – needed for ${entry.for}`);
  return left.map((entry) => entry.name);
}

/** Debian starts a database server when its package is installed; the tests start their own, so that one is held back. */
function withServicesHeld(work) {
  const policy = '/usr/sbin/policy-rc.d';
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    work();
  } finally {
    if (ours) rmSync(policy);
  }
}
