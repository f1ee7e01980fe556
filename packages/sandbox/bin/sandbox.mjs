#!/usr/bin/env node
// The `sandbox` command. Plain JavaScript, because it may be started by an old Node: then it goes on with the
// project's own, which runs the TypeScript sources as they are.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
const oldestNode = 24;

function projectNode(folder) {
  const path = join(folder, 'node_modules', '.bin', 'node');
  if (existsSync(path)) return path;
  return dirname(folder) === folder ? undefined : projectNode(dirname(folder));
}

if (Number(process.versions.node.split('.')[0]) >= oldestNode) {
  const { runCli } = await import(pathToFileURL(cli).href);
  process.exitCode = await runCli(process.argv.slice(2));
} else {
  const node = projectNode(dirname(cli));
  if (node === undefined) {
    console.error(`sandbox needs Node ${oldestNode} or later: run npm install in the checkout, which brings one.`);
    process.exit(1);
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal ? 1 : 0);
  });
}
