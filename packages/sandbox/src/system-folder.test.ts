import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@coderoom/testkit';
import { expect, it } from 'vitest';
import { makeSystemFolder } from './system-folder.ts';
import type { Toolchains } from './toolchains/toolchains.ts';

it('EXEC-3 shows of the host’s settings only what everybody may read, and needs no more', () => {
  using folder = temporaryFolder();
  const settings = join(folder.path, 'etc', 'java-99-openjdk');
  const hidden = join(settings, 'hidden');
  mkdirSync(hidden, { recursive: true });
  writeFileSync(join(settings, 'open.cfg'), 'open');
  writeFileSync(join(settings, 'jmxremote.password'), 'secret');
  chmodSync(join(settings, 'jmxremote.password'), 0o600);
  writeFileSync(join(hidden, 'secret'), 'secret');
  chmodSync(hidden, 0o700);
  symlinkSync('/usr/lib/jvm/99', join(settings, 'home'));
  execFileSync('/usr/bin/mkfifo', [join(settings, 'fifo')]);
  writeFileSync(join(folder.path, 'etc', 'shadow'), 'secret');

  const made = makeSystemFolder(join(folder.path, 'system'), { root: folder.path, isPrepared: false } as Toolchains);
  const etc = join(made, 'etc');
  expect(readdirSync(etc).sort()).toEqual(['group', 'hosts', 'java-99-openjdk', 'passwd']);
  expect(readdirSync(join(etc, 'java-99-openjdk')).sort()).toEqual(['home', 'open.cfg']);
  expect(readlinkSync(join(etc, 'java-99-openjdk', 'home'))).toBe('/usr/lib/jvm/99');
});
