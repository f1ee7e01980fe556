import { temporaryFolder } from '@coderoom/testkit';
import { describe, expect, it } from 'vitest';
import { createApp, SandboxMissing } from './app.ts';
import { readConfig } from './config.ts';
import { createExecution } from './execution.ts';

const off = { execution: 'off', judge0: undefined } as const;
const logger = { info() {}, warn() {}, error() {} };

describe('execution', () => {
  it('RUN-9 EXECUTION=off runs nothing and still knows the languages', async () => {
    using folder = temporaryFolder();
    const execution = createExecution(off, { stateDir: folder.path, logger });
    expect(await execution.opened()).toMatchObject({ tier: 'off', summary: 'EXECUTION is off.' });
    expect(execution.report().tier).toBe('off');
    expect((await execution.languages()).map(({ id, installed }) => [id, installed])).toEqual(
      expect.arrayContaining([
        ['python', false],
        ['javascript', false],
      ]),
    );
    const job = { id: '1', owner: 'me', language: 'python', files: [{ path: 'main.py', text: '' }] };
    await expect(execution.start(job)).rejects.toMatchObject({ code: 'execution_off' });
    await execution.close();
  });

  it('START-6 EXECUTION=sandbox does not start without one, says why, and leaves the data free for the next start', async () => {
    using folder = temporaryFolder();
    const environment = { PORT: '0', DATA_DIR: folder.path, EXECUTION: 'sandbox', LOG_LEVEL: 'silent' };
    const open = () =>
      createApp(readConfig(environment, folder.path), {
        execution: createExecution(off, { stateDir: folder.path, logger }),
      });
    for (let attempt = 0; attempt < 2; attempt++) {
      const app = await open();
      const failure = await app.listen().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(SandboxMissing);
      expect((failure as Error).message).toMatch(
        /EXECUTION is sandbox, but: EXECUTION is off\.\n {2}Set EXECUTION to auto/,
      );
    }
  });
});
