import { chmodSync, cpSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { runtimes } from './runtimes.ts';
import type { Toolchains } from './toolchains/toolchains.ts';

/** What toolchains keep outside /usr: links between alternatives, the linker's table, settings without secrets. */
const settings = /^(alternatives|ld\.so\.cache|java-\d+-openjdk|mono|localtime)$/;

/** Files that programs expect of a system; nothing of the host's own. */
const systemFiles: Readonly<Record<string, string>> = {
  passwd: 'root:x:0:0::/root:/usr/sbin/nologin\ncoder:x:1000:1000:Coder:/tmp:/bin/sh\n',
  group: 'root:x:0:\ncoder:x:1000:\n',
  hosts: '127.0.0.1 localhost sandbox\n::1 localhost\n',
};

/**
 * Makes what every sandbox sees as /etc and /opt/agent, once for all of them: each would otherwise spend a mount or a
 * descriptor on every part. Only this process writes it; sandboxes get it read-only.
 */
export function makeSystemFolder(folder: string, { root, isPrepared }: Toolchains): string {
  const etc = join(folder, 'etc');
  const agents = join(folder, 'agent');
  for (const path of [folder, etc, agents]) {
    mkdirSync(path);
    chmodSync(path, 0o755);
  }
  const from = join(root, 'etc');
  for (const name of readdirSync(from)) {
    // Settings of PHP may hold an administrator's passwords; an image has no administrator.
    if (!settings.test(name) && !(isPrepared && name === 'php')) continue;
    cpSync(join(from, name), join(etc, name), {
      recursive: true,
      preserveTimestamps: true,
      // Links stay as they are: they mean the sandbox's own /usr.
      verbatimSymlinks: true,
      filter: isOpen,
    });
  }
  for (const [name, text] of Object.entries(systemFiles)) writeOpen(join(etc, name), text);
  for (const { supportFiles } of Object.values(runtimes)) {
    for (const { path, text } of supportFiles) writeOpen(join(agents, basename(path)), text);
  }
  writeOpen(join(agents, 'amaro.js'), typeCompiler());
  return folder;
}

/** Whether everybody may read it: an administrator's secrets are none, and might not even be read by us. */
function isOpen(path: string): boolean {
  const found = lstatSync(path);
  if (found.isSymbolicLink()) return true;
  const wanted = found.isDirectory() ? 0o005 : 0o004;
  return (found.isFile() || found.isDirectory()) && (found.mode & wanted) === wanted;
}

/** What makes JavaScript of TypeScript's enums and namespaces, for the agent that runs on Node. */
function typeCompiler(): string {
  const main = createRequire(import.meta.url).resolve('amaro');
  return readFileSync(join(dirname(main), 'internal.js'), 'utf8');
}

function writeOpen(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, 0o644);
}
