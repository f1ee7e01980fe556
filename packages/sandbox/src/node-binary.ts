import { constants, statSync } from 'node:fs';
import { chmod, copyFile, link, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isReachable, reachableFolder } from './reachable-folder.ts';

/**
 * The path of this process's Node as a slot's user can read it. A checkout may lie where only root may look, such as
 * /root or a private temporary folder; then a link to it, or a copy, is kept where everybody can read, by version and
 * size, to be used by all later starts.
 */
export async function reachableNode(options: { node: string; stateDir: string; asOwner: boolean }): Promise<string> {
  const own = options.node;
  if (options.asOwner || isReachable(own)) return own;
  const folder = reachableFolder([join(options.stateDir, 'toolchain'), '/var/cache/coderoom']);
  if (folder === undefined) return own;
  const { size, mtimeMs } = statSync(own);
  const kept = join(folder, `node-${process.versions.node}-${process.arch}-${size}-${Math.floor(mtimeMs)}`);
  if (isReachable(kept)) return kept;
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const unfinished = `${kept}.${process.pid}`;
  try {
    await link(own, unfinished).catch(() => copyFile(own, unfinished, constants.COPYFILE_FICLONE));
    if (!isReachable(unfinished)) await chmod(unfinished, 0o755);
    await rename(unfinished, kept);
  } finally {
    await rm(unfinished, { force: true });
  }
  return kept;
}
