import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { descendantsOf } from './process-tree.ts';

type Namespaces = Readonly<Record<string, string>>;

/**
 * What is wrong with a sandbox whose agent waits, as the host's /proc tells of its processes: for sandboxes that have
 * no /proc themselves in which a program could look.
 */
export function lookFromOutside(outermost: number, hostNamespaces: Namespaces): string[] {
  const looks = descendantsOf(outermost).map((pid) => violationsOf(pid, hostNamespaces));
  const found = looks.filter((violations) => violations !== undefined);
  if (found.length === 0) return ['nothing of it can be seen from outside'];
  return [...new Set(found.flat())];
}

/** Undefined for its init, which lets nobody look and runs nobody's program. */
function violationsOf(pid: number, hostNamespaces: Namespaces): string[] | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    if (/^NSpid:.*\t1$/m.test(status)) return undefined;
    const uid = Number(/^Uid:\s*(\d+)/m.exec(status)?.[1]);
    const links = namespacesOf(pid, uid);
    const walls = [
      { violation: 'there are capabilities', isHeld: /^CapEff:\s*0+$/m.test(status) },
      { violation: 'privileges can be gained', isHeld: /^NoNewPrivs:\s*1$/m.test(status) },
      { violation: 'system calls are not filtered', isHeld: /^Seccomp:\s*2$/m.test(status) },
      ...Object.entries(hostNamespaces).map(([name, own]) => ({
        violation: `the ${name} namespace is the host's`,
        isHeld: links.some((link) => link.startsWith(`${name}:`)) && !links.includes(own),
      })),
    ];
    return walls.filter(({ isHeld }) => !isHeld).map(({ violation }) => violation);
  } catch (error) {
    return [`it cannot be looked at from outside (${(error as Error).message})`];
  }
}

/**
 * Such as "net:[4026531840]". They are shown to who owns the sandbox's user namespace, which is its slot's user; root in
 * a container, without the capability to trace others, is not shown them.
 */
function namespacesOf(pid: number, uid: number): string[] {
  const isOwn = uid === process.getuid?.();
  const options = { cwd: '/', env: {}, encoding: 'utf8' as const, ...(isOwn ? {} : { uid, gid: uid }) };
  const links = execFileSync(
    '/bin/sh',
    ['-c', 'for link in /proc/$0/ns/*; do readlink $link; done', String(pid)],
    options,
  );
  return links.trim().split('\n');
}
