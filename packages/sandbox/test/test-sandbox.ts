import { globSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { RunFrame, RunResult } from '@coderoom/protocol';
import { temporaryFolder, until } from '@coderoom/testkit';
import { openPlatform, type Platform } from '../src/platform.ts';
import { descendantsOf } from '../src/process-tree.ts';
import { openSandboxOn, type Sandbox, type SandboxJob } from '../src/sandbox.ts';

/** A real sandbox for tests, with a view on what it leaves behind. */
export interface TestSandbox extends AsyncDisposable {
  sandbox: Sandbox;
  platform: Platform;
  /** What was logged as an error. */
  errors: object[];
  /** Starts a job of one file, with no input unless given, and waits for its end. */
  run(job: Partial<SandboxJob> & { language: string }, program: string): Promise<RunResult & { frames: RunFrame[] }>;
  /** Fails unless every process and control group of all runs is gone. */
  expectNothingLeft(): Promise<void>;
}

let counter = 0;

/** A string says why this machine has no sandbox. `groups: false` leaves out control groups, `useCells: false` the image's own launcher. */
export async function openTestSandbox(
  options: { groups?: boolean; concurrency?: number; warmBytes?: number; useCells?: boolean } = {},
): Promise<TestSandbox | string> {
  const { concurrency = 2, warmBytes = 0 } = options;
  const folder = temporaryFolder();
  const platform = await openPlatform({ stateDir: folder.path });
  if (typeof platform === 'string') return platform;
  if (options.groups === false) {
    await platform.groups?.close();
    platform.groups = null;
    platform.groupsMissing = 'left out for a test';
  }
  platform.useCells = options.useCells ?? true;
  const errors: object[] = [];
  const logger = {
    info: () => {},
    warn: () => {},
    error: (details: object, message: string) => void errors.push({ ...details, message }),
  };
  const sandbox = await openSandboxOn(platform, { stateDir: folder.path, concurrency, warmBytes, logger });
  if (sandbox.report.tier === 'off') return sandbox.report.summary;
  return {
    sandbox,
    platform,
    errors,
    async run(job, program) {
      const frames: RunFrame[] = [];
      const { fileName } = sandbox.languages().find(({ id }) => id === job.language) ?? { fileName: 'main' };
      const run = sandbox.start({
        id: `run-${counter++}`,
        owner: 'test',
        files: [{ path: fileName, text: program }],
        stdin: '',
        onFrames: (batch) => frames.push(...batch),
        ...job,
      });
      return { ...(await run.result), frames };
    },
    async expectNothingLeft() {
      // One that is being prepared is nothing left behind; a compiler among them takes its time on a busy machine.
      await sandbox.warmedUp();
      await until('all processes and groups of runs to be gone', () => {
        const warm = Object.values(sandbox.stats().warm).reduce((sum, count) => sum + count, 0);
        const groups = new Set(groupsOfThisProcess().map((path) => basename(path)));
        const folders = globSync(`${platform.workFolder}/program-*`);
        const inits = processesOf(platform).filter((name) => /bwrap|sandbox$/.test(name));
        const left = [...inits, ...groups, ...folders];
        const perSandbox = platform.groups === null ? 2 : 3;
        if (left.length > warm * perSandbox) throw new Error(`beside ${warm} warm ones: ${left.join(', ')}`);
        if (warm === 0 && processesOf(platform).length > 0) throw new Error(processesOf(platform).join(', '));
        return true;
      });
    },
    async [Symbol.asyncDispose]() {
      await sandbox.close();
      folder[Symbol.dispose]();
    },
  };
}

/**
 * Opens a sandbox for a whole test file. Without isolation on this machine the file's suites are skipped with the
 * reason in their title, or fail, where everything is demanded.
 */
export async function sandboxForSuite(
  options: { groups?: boolean; warmBytes?: number; useCells?: boolean } = {},
): Promise<{ missing: string; test: TestSandbox | null }> {
  const opened = await openTestSandbox(options);
  if (typeof opened !== 'string') return { missing: '', test: opened };
  if (process.env.CODEROOM_REQUIRE_ALL === '1') throw new Error(`No sandbox here: ${opened}`);
  return { missing: ` (skipped: ${opened})`, test: null };
}

/** Host processes of all slots, as "pid name". */
export function processesOf(platform: Pick<Platform, 'slotUsers'>): string[] {
  const { slotUsers } = platform;
  if (slotUsers === null)
    return descendantsOf(process.pid)
      .map(describeProcess)
      .filter((name) => /bwrap|tini|sandbox$|init$/.test(name));
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const uid = Number(/^Uid:\s*(\d+)/m.exec(readStatus(pid))?.[1] ?? -1);
      return uid >= slotUsers.first && uid < slotUsers.first + slotUsers.count;
    })
    .map((pid) => describeProcess(Number(pid)));
}

/** Control groups of single runs of a process. */
export function groupsOfThisProcess(pid = process.pid): string[] {
  return globSync(`/sys/fs/cgroup/**/coderoom-*-${pid}-*/run-*`);
}

function describeProcess(pid: number): string {
  return `${pid} ${/^Name:\s*(.*)/m.exec(readStatus(pid))?.[1] ?? 'gone'}`;
}

function readStatus(pid: number | string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
