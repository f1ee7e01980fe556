import { constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Whether anybody may read it: by its own mode, and by those of all folders above. */
export function isReachable(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return false;
  const needed = stat.isDirectory() ? constants.S_IXOTH : constants.S_IXOTH | constants.S_IROTH;
  if ((stat.mode & needed) !== needed) return false;
  return path === '/' || isReachable(dirname(path));
}

/** The first of these that other users can look into once it is made. */
export function reachableFolder(candidates: readonly string[]): string | undefined {
  return candidates.find((candidate) => isReachable(existingPartOf(candidate)));
}

function existingPartOf(path: string): string {
  return existsSync(path) ? path : existingPartOf(dirname(path));
}
