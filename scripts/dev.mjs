// `npm run dev`: the server restarts when its sources change, the web client is rebuilt when its own do.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { buildWebClient, installPackages, projectEnvironment, projectNode, root } from './bootstrap.mjs';

installPackages();
buildWebClient();

const node = projectNode();
const options = { stdio: 'inherit', env: projectEnvironment() };
const children = [
  spawn(node, ['--watch', '--watch-preserve-output', join(root, 'packages', 'server', 'src', 'main.ts')], options),
  spawn(node, [join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--watch', '--logLevel', 'warn'], {
    ...options,
    cwd: join(root, 'packages', 'web'),
  }),
];
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    for (const child of children) child.kill(signal);
  });
}
for (const child of children) child.on('exit', (code) => process.exit(code ?? 0));
