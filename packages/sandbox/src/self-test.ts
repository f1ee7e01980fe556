import { readFileSync, readlinkSync } from 'node:fs';
import { limits } from '@coderoom/protocol';
import { encodeJob } from './job-message.ts';
import { languages } from './languages.ts';
import type { SandboxLogger } from './logger.ts';
import { createOutput } from './output.ts';
import { lookFromOutside } from './outside-look.ts';
import type { Platform } from './platform.ts';
import type { PreparedSandbox } from './prepared-sandbox.ts';
import { runStage, type StageEnd } from './run-stage.ts';
import { type Runtime, runtimes } from './runtimes.ts';
import type { SandboxSupply } from './sandbox-supply.ts';

/** What sandboxes on this machine turned out to be worth. */
export interface SelfTest {
  /** What a program could do that it should not; empty when the walls hold. */
  violations: string[];
  /** False: no sandbox could even be made, so that nothing is known of its walls. */
  couldStart: boolean;
  /** Language id → version, of those that work. */
  versions: Map<string, string>;
}

const program = readFileSync(new URL('./self-test-program.cjs', import.meta.url), 'utf8');
const namespaces = ['pid', 'net', 'ipc', 'uts', 'mnt', 'user'];
/** Paths that every sandbox has of its own; the server may have been started there. */
const ownPaths = /^\/$|^\/tmp$|^\/(usr\/)?s?bin(\/|$)|^\/(dev|proc)(\/|$)/;
const environmentKeys = ['PATH', 'HOME', 'LANG', 'PWD'];

/** Tries the walls from inside, and asks every toolchain there for its version. */
export async function runSelfTest(options: {
  platform: Platform;
  supply: SandboxSupply;
  stateDir: string;
  logger: SandboxLogger;
}): Promise<SelfTest> {
  const { platform, supply, stateDir, logger } = options;
  const hostNamespaces = Object.fromEntries(namespaces.map((name) => [name, readlinkSync(`/proc/self/ns/${name}`)]));
  const expectations = {
    hostNamespaces,
    hiddenPaths: ['/etc/shadow', '/root', '/home', '/sys', '/var', stateDir, process.cwd()].filter(
      (path) => !ownPaths.test(path),
    ),
    environmentKeys,
    hasProc: platform.mountProc,
  };
  const seen: string[] = [];
  const [walls, versions] = await Promise.all([
    runOnce(
      supply,
      runtimes.node,
      { files: [{ path: 'main.cjs', text: program }], args: [JSON.stringify(expectations)], entry: 'main.cjs' },
      ({ process: { pid } }) => {
        if (!platform.mountProc) seen.push(...lookFromOutside(pid, hostNamespaces));
      },
    ),
    runOnce(supply, runtimes.make, { files: [], args: ['/bin/sh', '-c', versionScript()] }),
  ]);
  const couldStart = walls.end.status !== 'internal';
  if (couldStart && versions.end.failure !== null) {
    logger.warn({ reason: versions.end.failure }, 'toolchains could not be asked');
  }
  const violations = [...readViolations(platform, walls), ...(couldStart ? seen : [])];
  return { violations, couldStart, versions: readVersions(versions.stdout) };
}

/** Asks all at once; prints "id version" of each that answers. */
function versionScript(): string {
  return [
    'cd /tmp',
    ...languages.map(
      ({ id, version }) => `{ ${version.shell || 'false'}; } >${id}.version 2>&1 </dev/null || rm -f ${id}.version &`,
    ),
    'wait',
    // One line each, however many there are in a file.
    'for file in *.version; do printf "%s " $file; tr "\\n" " " <$file; echo; done',
  ].join('\n');
}

function readVersions(printed: string): Map<string, string> {
  const versions = new Map<string, string>();
  for (const line of printed.split('\n')) {
    const [, id = '', version = ''] = /^(\w+)\.version .*?(\d+\.\d+(?:\.\d+)*)/.exec(line) ?? [];
    if (id !== '') versions.set(id, version);
  }
  for (const { id, version } of languages) {
    if (version.orNode === true && !versions.has(id)) versions.set(id, process.versions.node);
  }
  return versions;
}

function readViolations(platform: Platform, walls: OneRun): string[] {
  const { end, stdout, stderr } = walls;
  if (end.status === 'internal') return [end.failure ?? 'a sandbox could not be started'];
  if (end.status !== 'ok') return [`it ended with "${end.status}": ${stderr.trim()}`];
  const violations = JSON.parse(stdout) as string[];
  // A group that accounted for nothing holds nothing.
  if (platform.groups !== null && !(end.cpuMs > 0 && (end.peakBytes ?? 1) > 0)) {
    violations.push('control groups do not count');
  }
  return violations;
}

interface OneRun {
  end: StageEnd;
  stdout: string;
  stderr: string;
}

function notStarted(failure: string): StageEnd {
  const verdict = { status: 'internal', exitCode: null, signal: null } as const;
  return { ...verdict, cpuMs: 0, wallMs: 0, peakBytes: null, failure };
}

async function runOnce(
  supply: SandboxSupply,
  runtime: Runtime,
  job: Parameters<typeof encodeJob>[0],
  look?: (waiting: PreparedSandbox) => void,
): Promise<OneRun> {
  const asked = { cpuMs: limits.runCpuMs, wallMs: limits.runCpuMs, memoryBytes: limits.compileMemoryBytes };
  let sandbox: PreparedSandbox;
  try {
    sandbox = await supply.take(runtime, asked);
  } catch (error) {
    return { end: notStarted((error as Error).message), stdout: '', stderr: '' };
  }
  if (look !== undefined) {
    await sandbox.process.ready;
    look(sandbox);
  }
  const output = createOutput({ phase: 'run', sequence: () => 0, onFrames: () => {}, onOverflow: () => {} });
  const listener = { onOutput: output.take, onReport: () => {} };
  const stage = runStage({ sandbox, message: encodeJob(job), limits: asked, listener });
  sandbox.process.stdin.end();
  const end = await stage.ended;
  await sandbox.release();
  const { stdout, stderr } = output.finish();
  return { end, stdout, stderr };
}
