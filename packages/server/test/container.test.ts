import { request, startMaskedServer, whyNoContainer } from '@coderoom/testkit';
import { describe, expect, it } from 'vitest';

const noContainer = whyNoContainer();
if (noContainer !== undefined && process.env.CODEROOM_REQUIRE_ALL === '1') throw new Error(noContainer);
const why = noContainer === undefined ? '' : ` (skipped: ${noContainer})`;
describe.skipIf(why !== '')(`a server in a container whose /proc is masked${why}`, () => {
  it('EXEC-53 tells at its start, in /health, with its languages and to who asks for one of them what is missing', async () => {
    using server = await startMaskedServer();
    expect(server.output()).toMatch(/Code runs {3}degraded: .*Sandboxes have no \/proc/);
    expect(server.output()).toMatch(/add --security-opt systempaths=unconfined/);

    const missing = [
      'Memory is limited for each process, not for a whole run, and its use is not measured.',
      'Programs have no /proc, nor /dev/stdin; languages that need it cannot be run.',
    ];
    const health = await request(server.url, '/health');
    expect(health.body).toMatchObject({ execution: { tier: 'degraded', missing } });

    const { body } = (await request(server.url, '/api/v2/languages')) as {
      body: { items: { id: string; installed: boolean; hint?: string }[]; execution: object };
    };
    expect(body.execution).toMatchObject({ backend: 'sandbox', tier: 'degraded', missing });
    const languageOf = (id: string) => body.items.find((language) => language.id === id);
    expect(languageOf('javascript')).toMatchObject({ installed: true });
    expect(languageOf('javascript')).not.toHaveProperty('hint');
    expect(languageOf('java')).toMatchObject({
      installed: false,
      version: null,
      hint: expect.stringContaining('it does not run without /proc'),
    });

    const run = (language: string, source: string) =>
      request(server.url, '/api/v2/run', { method: 'POST', body: { language, source } });
    expect(await run('javascript', 'console.log(6 * 7)')).toMatchObject({
      status: 200,
      body: { status: 'ok', stdout: '42\n' },
    });
    expect(await run('java', 'class Main {}')).toMatchObject({
      status: 409,
      body: { code: 'language_not_installed', detail: expect.stringContaining('does not run without /proc') },
    });
  }, 120_000);
});
