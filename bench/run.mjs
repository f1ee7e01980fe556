// `npm run bench` lists the benches, `npm run bench <name>` runs one: side by side with its peers, in one run.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildWebClient, installPackages, projectEnvironment, projectNode, root, run } from '../scripts/bootstrap.mjs';

const benches = {
  start: 'from `npm start` on an installed checkout until the server listens',
  page: 'bytes of JavaScript on the room’s page, and the time from its link to text that can be edited',
  board: 'moving, zooming, drawing and erasing on a board of 2 000 strokes, beside one of 20',
  sandbox: 'hello world in the sandbox beside the bare interpreter',
  hogs: 'what the API, an edit and a hello world take while programs take all the processor time they can get',
  rooms: 'listing and searching public rooms, a hundred thousand of them in SQLite',
  'sign-in': 'ten people signing in at once, and what the event loop makes of it',
  collab: 'edits through our engine beside a bare relay, y-websocket and Hocuspocus',
};

const [name, ...rest] = process.argv.slice(2);
if (name === undefined || !(name in benches)) {
  console.log('npm run bench <name>, where <name> is one of:');
  for (const [bench, what] of Object.entries(benches)) console.log(`  ${bench.padEnd(8)} ${what}`);
  process.exit(name === undefined ? 0 : 1);
}

installPackages();
buildWebClient();
const bench = join(root, 'bench');
if (name === 'collab' && !existsSync(join(bench, 'node_modules'))) {
  console.log('Installing the peers (once) …');
  run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: bench, env: process.env });
}
const script = existsSync(join(bench, `${name}.ts`)) ? `${name}.ts` : join(name, 'bench.ts');
const done = spawnSync(projectNode(), [join(bench, script), ...rest], { stdio: 'inherit', env: projectEnvironment() });
process.exit(done.status ?? 1);
