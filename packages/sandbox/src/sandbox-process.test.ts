import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@coderoom/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { sandboxForSuite } from '../test/test-sandbox.ts';
import { runtimes } from './runtimes.ts';
import { startSandboxProcess } from './sandbox-process.ts';

const { test, missing } = await sandboxForSuite();
afterAll(async () => await test?.[Symbol.asyncDispose]());

describe.skipIf(test === null)(`the processes of a sandbox${missing}`, () => {
  if (test === null) return;

  it('EXEC-24 stops listening to a launcher that a program made say more than launchers do', async () => {
    using folder = temporaryFolder();
    chmodSync(folder.path, 0o755);
    const bwrap = join(folder.path, 'talkative');
    writeFileSync(bwrap, '#!/bin/sh\necho started >&4\nhead -c 50000000 /dev/zero 2>/dev/null >&4 || exit 7\n');
    chmodSync(bwrap, 0o755);
    const { ended } = await startSandboxProcess({
      platform: { ...test.platform, useCells: false, bwrap },
      slot: test.platform.slotUsers?.first ?? 0,
      group: null,
      runtime: runtimes.exec,
      memoryBytes: 2 ** 28,
      isAwaited: true,
      processLimits: {},
      programFolder: folder.path,
    });
    expect(await ended).toEqual({ kind: 'exited', cpuMs: 0, exitCode: 7, signal: null });
  });
});
