import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '@coderoom/testkit';
import { expect, it } from 'vitest';
import { buildImage } from './build-image.ts';
import { containerSeccompProfile } from './container-seccomp.ts';
import { debianSources } from './debian-sources.ts';
import { imageId, imageStamp } from './definition.ts';
import { runnerDockerfile } from './dockerfile.ts';
import { findToolchains } from './toolchains.ts';

function writeStamp(root: string, id: string): void {
  const path = join(root, imageStamp);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify({ id }));
}

it('EXEC-36 takes the image of its own definition, and none that is not whole', () => {
  using folder = temporaryFolder();
  const id = imageId();
  mkdirSync(join(folder.path, id, 'usr'), { recursive: true });
  const without = findToolchains(folder.path);
  expect(without.root).toBe('/');
  writeStamp(join(folder.path, `${id}.partial`, 'root'), id);
  writeStamp(join(folder.path, '0123456789abcdef'), '0123456789abcdef');
  expect(findToolchains(folder.path)).toEqual(without);
  writeStamp(join(folder.path, id), id);
  expect(findToolchains(folder.path)).toEqual({ root: join(folder.path, id), isPrepared: true, id });
});

it('EXEC-36 uses an image that is there', async () => {
  using folder = temporaryFolder();
  const root = join(folder.path, imageId());
  writeStamp(root, imageId());
  const said: string[] = [];
  expect(await buildImage({ folder: folder.path, say: (line) => said.push(line) })).toBe(root);
  expect(said).toEqual([expect.stringContaining('is there')]);
});

it('takes packages from the mirrors that apt uses, in both of its forms', () => {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, 'sources.list.d'));
  expect(debianSources('trixie', folder.path)).toEqual([
    'deb http://deb.debian.org/debian trixie main',
    'deb http://deb.debian.org/debian trixie-updates main',
  ]);
  writeFileSync(
    join(folder.path, 'sources.list'),
    '# deb http://no\ndeb [arch=amd64] http://m.example/debian x main\n',
  );
  writeFileSync(
    join(folder.path, 'sources.list.d', 'security.sources'),
    'Types: deb\nURIs: http://m.example/debian-security\nSuites: x-security\n',
  );
  expect(debianSources('trixie', folder.path)).toEqual([
    'deb http://m.example/debian trixie main',
    'deb http://m.example/debian trixie-updates main',
    'deb http://m.example/debian-security trixie-security main',
  ]);
});

const deploy = (name: string) => new URL(`../../../../deploy/${name}`, import.meta.url);

it('EXEC-36 the runner’s Dockerfile is made from the same definition', () => {
  expect(
    readFileSync(deploy('runner.Dockerfile'), 'utf8'),
    'run: npx sandbox dockerfile >deploy/runner.Dockerfile',
  ).toBe(runnerDockerfile());
});

it('EXEC-1 the container’s seccomp profile is made from the filter’s table, and lets sandboxes be made', () => {
  const shipped = readFileSync(deploy('runner-seccomp.json'), 'utf8');
  const profile = JSON.parse(shipped);
  expect(profile, 'run: npx sandbox seccomp >deploy/runner-seccomp.json').toEqual(
    JSON.parse(containerSeccompProfile()),
  );
  const [{ names }] = profile.syscalls;
  expect(names).toContain('keyctl');
  for (const needed of ['clone', 'clone3', 'mount', 'pivot_root', 'unshare']) expect(names).not.toContain(needed);
});
