// `npm start`: installs what is missing, builds the web client once, and starts the server.
import { spawn } from 'node:child_process';
import nodeModule from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  buildWebClient,
  installPackages,
  installSystemPackages,
  projectEnvironment,
  projectNode,
  root,
} from './bootstrap.mjs';

installPackages();
buildWebClient();
installSystemPackages('runtime');

const main = join(root, 'packages', 'server', 'src', 'main.ts');
if (Number(process.versions.node.split('.')[0]) >= 26) {
  nodeModule.enableCompileCache(join(root, 'node_modules', '.cache', 'compile'));
  await import(pathToFileURL(main).href);
} else {
  const server = spawn(projectNode(), [main], { cwd: process.cwd(), stdio: 'inherit', env: projectEnvironment() });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => server.kill(signal));
  server.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}
