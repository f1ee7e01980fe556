import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const generatedBytes = 48;

/** The key that all others are derived from: made at the first start and kept in the data directory. */
export function keepSecretKey(dataDir: string): string {
  const path = join(dataDir, 'secret.key');
  try {
    writeFileSync(path, randomBytes(generatedBytes).toString('base64url'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const key = readFileSync(path, 'utf8').trim();
  if (key.length === 0) throw new Error(`${path} is empty; delete it to get a new key (all room tokens end with it).`);
  return key;
}
