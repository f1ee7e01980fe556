import { readFileSync, readlinkSync } from 'node:fs';
import { limits } from '@coderoom/protocol';
import type { CheckedJob } from './check-job.ts';
import { type Execution, executeRun } from './execute-run.ts';
import { type LanguageDefinition, languages } from './languages.ts';
import { createLiveInput } from './live-input.ts';
import type { SandboxLogger } from './logger.ts';
import type { Platform } from './platform.ts';

/** What sandboxes on this machine turned out to be worth. */
export interface SelfTest {
  /** What a program could do that it should not; empty when the walls hold. */
  violations: string[];
  /** Language id → version, of those that work. */
  versions: Map<string, string>;
}

const program = readFileSync(new URL('./self-test-program.cjs', import.meta.url), 'utf8');
const namespaces = ['pid', 'net', 'ipc', 'uts', 'mnt', 'user'];
/** Paths that every sandbox has of its own; the server may have been started there. */
const ownPaths = /^\/$|^\/tmp$|^\/(usr\/)?s?bin(\/|$)|^\/(dev|proc)(\/|$)/;
const environmentKeys = ['PATH', 'HOME', 'LANG', 'PWD'];

/** Tries the walls from inside, and asks each language for its version, all at once. */
export async function runSelfTest(platform: Platform, stateDir: string): Promise<SelfTest> {
  const failures: string[] = [];
  const logger = collectReasons(failures);
  const node = languages.find(({ toolchain }) => toolchain.from === 'node') as LanguageDefinition;
  const hosts = languages.filter(({ toolchain }) => toolchain.from === 'host');
  const expectations = {
    hostNamespaces: Object.fromEntries(namespaces.map((name) => [name, readlinkSync(`/proc/self/ns/${name}`)])),
    hiddenPaths: ['/etc/shadow', '/root', '/home', '/sys', '/var', stateDir, process.cwd()].filter(
      (path) => !ownPaths.test(path),
    ),
    environmentKeys,
  };
  const [walls, ...versions] = await Promise.all([
    runOnce(platform, node, program, [JSON.stringify(expectations)], logger),
    ...hosts.map((language) => runOnce(platform, language, versionProgram(language.toolchain), [], logger)),
  ]);
  return {
    violations: readViolations(platform, walls, failures),
    versions: new Map([
      [node.id, process.versions.node],
      ...versions.flatMap((run, index) =>
        run.status === 'ok' ? [[(hosts[index] as LanguageDefinition).id, run.stdout.trim()] as const] : [],
      ),
    ]),
  };
}

function versionProgram(toolchain: LanguageDefinition['toolchain']): string {
  return toolchain.from === 'host' ? toolchain.versionProgram : '';
}

function readViolations(platform: Platform, walls: Execution, failures: string[]): string[] {
  if (walls.status === 'internal') return [failures[0] ?? 'a sandbox could not be started'];
  if (walls.status !== 'ok') return [`it ended with "${walls.status}": ${walls.stderr.trim()}`];
  const violations = JSON.parse(walls.stdout) as string[];
  // A group that accounted for nothing holds nothing.
  if (platform.groups !== null && !(walls.cpuMs > 0 && (walls.peakBytes ?? 1) > 0)) {
    violations.push('control groups do not count');
  }
  return violations;
}

async function runOnce(
  platform: Platform,
  language: LanguageDefinition,
  text: string,
  args: string[],
  logger: SandboxLogger,
): Promise<Execution> {
  const job: CheckedJob = {
    language,
    files: [{ path: language.fileName, text }],
    entry: language.fileName,
    args,
    stdin: '',
    limits: { cpuMs: limits.runCpuMs, wallMs: limits.runCpuMs, memoryBytes: limits.runMemoryBytes },
  };
  const { result, released } = executeRun({
    platform,
    slot: 0,
    job,
    input: createLiveInput(''),
    cancel: new AbortController().signal,
    onFrames: () => {},
    logger,
  });
  await released;
  return await result;
}

/** What fails here becomes the report, not a line of the log. */
function collectReasons(reasons: string[]): SandboxLogger {
  const collect = (details: object, message: string) => {
    reasons.push('reason' in details ? String(details.reason) : message);
  };
  return { info: () => {}, warn: collect, error: collect };
}
