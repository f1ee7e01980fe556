import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@coderoom/testkit';
import { expect, it } from 'vitest';
import { reachableNode } from './node-binary.ts';

it('EXEC-28 uses Node where it lies, when everybody may read it there', async () => {
  const path = await reachableNode({ node: '/bin/sh', stateDir: '/nonexistent', asOwner: false });
  expect(path).toBe('/bin/sh');
});

it('EXEC-28 keeps a readable Node where only the owner may look at the original', async () => {
  using secret = temporaryFolder();
  using state = temporaryFolder();
  chmodSync(state.path, 0o755);
  const hidden = join(secret.path, 'node');
  spawnSync('cp', ['/bin/true', hidden]);
  const options = { node: hidden, stateDir: state.path, asOwner: false };
  const first = await reachableNode(options);
  expect(first.startsWith(state.path)).toBe(true);
  expect(spawnSync(first).status).toBe(0);
  expect(await reachableNode(options)).toBe(first);
  expect(readdirSync(join(state.path, 'toolchain'))).toHaveLength(1);
  expect(await reachableNode({ ...options, asOwner: true })).toBe(hidden);
  expect(existsSync(hidden)).toBe(true);
});
