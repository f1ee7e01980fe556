// `npm test`: sets up what is missing, then types, style, layers, dead code, and every test.
// With CODEROOM_REQUIRE_ALL=1 (as CI does) a skipped test, or a missing system package or language, is a failure.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildWebClient,
  installPackages,
  installSystemPackages,
  makeToolchains,
  missingLanguages,
  projectEnvironment,
  projectNode,
  root,
} from './bootstrap.mjs';

const requireAll = process.env.CODEROOM_REQUIRE_ALL === '1';
const slow = process.argv.includes('--slow');
const filters = process.argv.slice(2).filter((argument) => argument !== '--slow');

installPackages();
const missing = installSystemPackages('all');
if (requireAll && missing.length > 0) {
  console.error(`Everything is required, but these are missing: ${missing.join(', ')}`);
  process.exit(1);
}
if (requireAll && !makeToolchains()) {
  console.error('Everything is required, but the toolchain image could not be made.');
  process.exit(1);
}
buildWebClient();

const node = projectNode();
const inProject = { cwd: root, stdio: 'inherit', env: projectEnvironment() };
let checksPassed = true;
if (filters.length === 0 && !slow) {
  const npm = process.env.npm_execpath;
  const check = npm?.endsWith('.js')
    ? spawnSync(process.execPath, [npm, 'run', '--silent', 'check'], inProject)
    : spawnSync('npm', ['run', '--silent', 'check'], inProject);
  checksPassed = check.status === 0;
  console.log(checksPassed ? 'Types, style, layers and dead code: fine.' : 'The checks failed (see above).');
}

const report = join(root, 'node_modules', '.cache', 'test-report.json');
mkdirSync(join(root, 'node_modules', '.cache'), { recursive: true });
rmSync(report, { force: true });
const vitest = spawnSync(
  node,
  [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    ...filters,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ],
  { ...inProject, env: { ...projectEnvironment(), CODEROOM_SLOW: slow ? '1' : '' } },
);

let skipped = 0;
try {
  const counts = JSON.parse(readFileSync(report, 'utf8'));
  skipped = counts.numPendingTests + counts.numTodoTests;
  console.log(`${counts.numPassedTests} passed, ${counts.numFailedTests} failed, ${skipped} skipped`);
} catch {
  console.error('The test runner wrote no report.');
}
const unshown = missingLanguages();
if (unshown.length > 0) console.log(`Not shown, for want of npm run toolchains: ${unshown.join(', ')}.`);
if (requireAll && skipped > 0) console.error('A skipped test is a failure here.');
process.exit(vitest.status === 0 && checksPassed && !(requireAll && skipped + unshown.length > 0) ? 0 : 1);
