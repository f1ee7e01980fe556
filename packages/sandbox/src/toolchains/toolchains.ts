import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { imageId, imageStamp } from './definition.ts';

/** The system whose programs sandboxes see. */
export interface Toolchains {
  /** Its root on the host. */
  root: string;
  /** It comes from our definition, with what that makes ready. */
  isPrepared: boolean;
  /** Changes when a compiler might. */
  id: string;
}

/** Where images are kept unless the configuration says otherwise; the same for every checkout on a machine. */
export const toolchainsFolder = '/var/cache/coderoom/toolchains';

/** The whole image of this version's definition; else this machine itself, which may be such an image in a container. */
export function findToolchains(folder: string): Toolchains {
  const id = imageId();
  const root = [join(folder, id), '/'].find((candidate) => readStamp(candidate) === id);
  if (root !== undefined) return { root, isPrepared: true, id };
  return { root: '/', isPrepared: false, id: 'host' };
}

function readStamp(root: string): string | undefined {
  try {
    return JSON.parse(readFileSync(join(root, imageStamp), 'utf8')).id;
  } catch {
    return undefined;
  }
}
