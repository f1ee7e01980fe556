import { spawn } from 'node:child_process';
import { chownSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@coderoom/testkit';
import { describe, expect, it } from 'vitest';
import { degradedPrograms } from '../test/degraded-outcomes.ts';
import { hostilePrograms, needsGroups } from '../test/hostile-programs.ts';

const isRoot = process.getuid?.() === 0;
if (!isRoot && process.env.CODEROOM_REQUIRE_ALL === '1') throw new Error('Other users’ sandboxes are tried as root.');
const repository = fileURLToPath(new URL('../../..', import.meta.url));
/** Nobody’s, and no sandbox’s: above people and packages, below what slots have. */
const ordinaryUser = 39_999;

interface Report {
  success: boolean;
  testResults: { name: string; message: string; assertionResults: Assertion[] }[];
}

interface Assertion {
  status: 'passed' | 'failed' | 'skipped' | 'pending';
  fullName: string;
  failureMessages: string[];
}

/** Runs suites of this folder as an ordinary user; of their tests only those that `only` means. */
async function runAsOrdinaryUser(suites: readonly string[], only?: RegExp): Promise<Assertion[]> {
  using home = temporaryFolder();
  chownSync(home.path, ordinaryUser, ordinaryUser);
  const report = join(home.path, 'report.json');
  const args = [
    ...['/usr/bin/setpriv', `--reuid=${ordinaryUser}`, `--regid=${ordinaryUser}`, '--clear-groups'],
    // What an administrator may hand on to root’s children is not an ordinary user’s.
    ...['--inh-caps=-all', '--bounding-set=-all', '/usr/bin/env', '-i', 'PATH=/usr/bin:/bin'],
    ...[`HOME=${home.path}`, `TMPDIR=${home.path}`, `CODEROOM_REQUIRE_ALL=${process.env.CODEROOM_REQUIRE_ALL ?? ''}`],
    ...[process.execPath, 'node_modules/vitest/vitest.mjs', 'run', '--configLoader=native', '--project=parts'],
    ...['--maxWorkers=1', '--reporter=json', `--outputFile=${report}`],
    ...(only === undefined ? [] : [`--testNamePattern=${only.source}`]),
    ...suites.map((name) => `packages/sandbox/src/${name}.test.ts`),
  ];
  const [command = '', ...rest] = args;
  const child = spawn(command, rest, { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  await new Promise((resolve) => child.once('close', resolve));
  const read = () => {
    try {
      return JSON.parse(readFileSync(report, 'utf8')) as Report;
    } catch {
      throw new Error(`There is no report:\n${output}`);
    }
  };
  const { success, testResults } = read();
  const all = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = all.filter(({ status }) => status === 'failed');
  expect(failed.map(({ fullName, failureMessages }) => `${fullName}\n${failureMessages.join('\n')}`)).toEqual([]);
  expect(
    testResults
      .filter(({ assertionResults }) => assertionResults.length === 0)
      .map(({ name, message }) => name + message),
  ).toEqual([]);
  expect(success, output).toBe(true);
  return all.filter(({ status }) => status === 'passed');
}

/** Titles are cut short where they are long. */
const isAmong = (passed: readonly Assertion[], name: string) =>
  passed.some(({ fullName }) => fullName.includes(name.slice(0, 30)));

describe.skipIf(!isRoot)('EXEC-58 as an ordinary user', { timeout: 240_000 }, () => {
  it('every hostile program comes to what it comes to without control groups', async () => {
    const passed = await runAsOrdinaryUser([
      ...['hostile', 'hostile-artifact', 'hostile-kernel', 'degraded', 'degraded-limits', 'live-input'],
    ]);
    const all = [...hostilePrograms.filter(({ rule }) => !needsGroups.includes(rule)), ...degradedPrograms];
    expect(all.map(({ name }) => name).filter((name) => !isAmong(passed, name))).toEqual([]);
  });

  it('every language says hello, tells of mistakes, and is held', async () => {
    const passed = await runAsOrdinaryUser(['acceptance'], /EXEC-28|EXEC-35|EXEC-10|EXEC-14|EXEC-3 |EXEC-6 |EXEC-34/);
    for (const test of ['says hello', 'tells where a mistake is', 'takes all memory', 'looks at the host']) {
      expect(passed.filter(({ fullName }) => fullName.includes(test)).length, test).toBeGreaterThan(0);
    }
  });
});
