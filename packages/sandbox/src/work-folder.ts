import { chmodSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isOfDeadProcess, ownName } from './process-name.ts';
import { reachableFolder } from './reachable-folder.ts';

/** A folder of this process that sandboxes may look into; what dead processes left of theirs is removed. */
export function openWorkFolder(options: { stateDir: string; asOwner: boolean }): string {
  const candidates = [join(options.stateDir, 'work'), '/var/cache/coderoom/work', join(tmpdir(), 'coderoom-work')];
  const folder = options.asOwner ? candidates[0] : reachableFolder(candidates);
  if (folder === undefined) throw new Error('there is no folder that sandboxes can look into');
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  for (const name of readdirSync(folder)) {
    if (isOfDeadProcess(name)) rmSync(join(folder, name), { recursive: true, force: true });
  }
  const own = join(folder, ownName());
  mkdirSync(own);
  // Entered by name only, never listed by a sandbox's user.
  chmodSync(own, 0o711);
  return own;
}
