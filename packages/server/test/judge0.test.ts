import type { RunFrame } from '@coderoom/protocol';
import { until } from '@coderoom/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Execution } from '../src/execution.ts';
import { createOutbound } from '../src/gateway/outbound.ts';
import { createJudge0Api } from '../src/judge0/api.ts';
import { createJudge0Execution } from '../src/judge0/execution.ts';
import { type Answer, type Judge0StandIn, openJudge0StandIn } from './judge0-stand-in.ts';
import { makeRoom } from './room-people.ts';
import { expectProblem, openApp } from './running-app.ts';

let judge0: Judge0StandIn;
let execution: Execution;
const logged: object[] = [];
const logger = {
  info() {},
  warn: (details: object) => logged.push(details),
  error: (details: object) => logged.push(details),
};

beforeEach(async () => {
  logged.length = 0;
  judge0 = await openJudge0StandIn();
  execution = open();
});
afterEach(async () => {
  await execution.close();
  await judge0[Symbol.asyncDispose]();
});

function open(waits = {}, { url = judge0.url, key = judge0.key, timeoutMs = 500 } = {}): Execution {
  const outbound = createOutbound({ timeoutMs, maxBytes: 1_000_000 });
  const api = createJudge0Api({ url, key, outbound });
  const quick = { pollMinMs: 5, pollMaxMs: 20, submitMs: 200, waitMs: 1_000, restMinMs: 1, ...waits };
  return createJudge0Execution({ api, outbound, logger, waits: quick });
}

async function run(text: string, more: object = {}, on: Execution = execution) {
  const frames: RunFrame[] = [];
  const job = { id: 'run-1', owner: 'me', language: 'python', files: [{ path: 'main.py', text }], ...more };
  const started = await on.start({ ...job, onFrames: (fresh) => frames.push(...fresh) });
  return { ...(await started.result), frames };
}

const answer =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (_request, response) =>
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));

describe('programs at Judge0', () => {
  it('EXEC-40 run in the newest toolchain it has of each language, by its own numbers', async () => {
    const found = (await execution.languages()).filter(({ installed }) => installed);
    expect(found.map(({ id, version }) => [id, version])).toEqual([
      ['python', '3.11.2'],
      ['c', '9.2.0'],
      ['ruby', '2.7.0'],
    ]);
    expect(await run('print("hello")')).toMatchObject({ status: 'ok', stdout: 'hello\n', exitCode: 0, phase: 'run' });
    expect(judge0.submissions.at(-1)).toMatchObject({ language_id: 171, enable_network: false });
    expect(execution.report().tier).toBe('remote');
    expect(execution.abilities()).toEqual({ backend: 'judge0', streaming: false, liveInput: false });
  });

  it('EXEC-40 get any text and input as it is, and give any output', async () => {
    const text =
      'import sys\nsys.stdout.write(sys.stdin.read()); sys.stderr.buffer.write(b"\\xff\\x00z")  # ünïcode “🎉”';
    const result = await run(text, { stdin: 'Zoë\n🎉 "\\' });
    expect(result).toMatchObject({ status: 'ok', stdout: 'Zoë\n🎉 "\\', stderr: '\ufffd\u0000z' });
    expect(result.frames.map(({ seq, stream }) => [seq, stream])).toEqual([
      [0, 'stdout'],
      [1, 'stderr'],
    ]);
  });

  it('EXEC-41 end by every verdict that it knows', async () => {
    expect(await run('import sys; sys.exit(3)')).toMatchObject({ status: 'error', exitCode: 3, signal: null });
    expect(await run('import os; os.kill(os.getpid(), 11)')).toMatchObject({ status: 'error', signal: 'SIGSEGV' });
    const late = await run('print(1, flush=True)\nwhile True: pass', { limits: { wallMs: 300 } });
    expect(late).toMatchObject({ status: 'timeout', stdout: '1\n', signal: 'SIGKILL' });
    const wrong = await run('if', { language: 'ruby', files: [{ path: 'main.rb', text: 'if' }] });
    expect(wrong).toMatchObject({ status: 'error', phase: 'compile', compileOutput: expect.stringMatching(/syntax/i) });
    expect(wrong.frames).toMatchObject([{ phase: 'compile' }]);

    const pretend = async (id: number, more: object = {}) => {
      judge0.pretend({ status: { id, description: '' }, ...more });
      return run('x', { limits: { memoryBytes: 100 * 1_048_576 } });
    };
    expect(await pretend(4)).toMatchObject({ status: 'ok' });
    expect(await pretend(8, { exit_signal: 25 })).toMatchObject({ status: 'output', signal: 'SIGXFSZ' });
    expect(await pretend(12, { exit_signal: 9, memory: 102_000 })).toMatchObject({
      status: 'memory',
      signal: 'SIGKILL',
    });
    expect(await pretend(12, { exit_signal: 9, memory: 4_000 })).toMatchObject({ status: 'error', signal: 'SIGKILL' });
    expect(await pretend(14)).toMatchObject({ status: 'error', exitCode: 126 });
    expect(await pretend(3, { time: '0.0125', wall_time: 0.5, memory: 2_048 })).toMatchObject({
      ...{ status: 'ok', cpuMs: 12.5, wallMs: 500, peakBytes: 2_097_152 },
    });
    for (const id of [13, 99]) {
      const failed = await pretend(id, { message: Buffer.from('/var/secret').toString('base64') });
      expect(failed).toMatchObject({ status: 'internal', stderr: expect.stringContaining('Judge0 could not run') });
      expect(JSON.stringify(failed)).not.toContain('secret');
    }
  });

  it('EXEC-41 are held to its limits where those are lower than ours', async () => {
    await run('x = 1', { limits: { cpuMs: 30_000, wallMs: 120_000, memoryBytes: 2 ** 30 } });
    expect(judge0.submissions.at(-1)).toMatchObject({ cpu_time_limit: 15, wall_time_limit: 20, memory_limit: 512_000 });
    await run('x = 1', { limits: { cpuMs: 500, memoryBytes: 1 } });
    expect(judge0.submissions.at(-1)).toMatchObject({ cpu_time_limit: 0.5, memory_limit: 2_048 });
    const much = await run('print("x" * 100_000)');
    expect(much).toMatchObject({ status: 'output', truncated: true });
    expect(Buffer.byteLength(much.stdout)).toBeLessThan(80_000);
  });

  it('EXEC-42 have several files, arguments, and a name of their own', async () => {
    const files = [
      {
        path: 'app.py',
        text: 'import sys\nfrom lib.words import greet\nprint(greet(), sys.argv[1:], open("data.txt").read())',
      },
      { path: 'lib/words.py', text: 'def greet(): return "hé"' },
      { path: 'data.txt', text: 'data' },
    ];
    const args = ["it's $HOME", '`id`; #'];
    expect(await run('', { files, args })).toMatchObject({
      status: 'ok',
      stdout: `hé ["it's $HOME", '\`id\`; #'] data\n`,
    });
    expect(judge0.submissions.at(-1)).toMatchObject({ language_id: 89 });
    expect(await run(' ')).toMatchObject({ status: 'ok', stdout: '' });
  });

  it('EXEC-40 are refused before they are handed in', async () => {
    const refused = (more: object) => expect(run('x', more)).rejects;
    await refused({ language: 'cobol' }).toMatchObject({ code: 'language_not_found' });
    await refused({ language: 'swift' }).toMatchObject({ code: 'language_not_installed' });
    await refused({ entry: 'other.py' }).toMatchObject({ code: 'entry_not_found' });
    await refused({ limits: { cpuMs: -1 } }).toMatchObject({ code: 'invalid_limits' });
    expect(judge0.submissions).toEqual([]);
  });

  it('EXEC-43 are cancelled here at once, and what is left of them there is deleted when it has ended', async () => {
    const job = {
      id: 'run-1',
      owner: 'me',
      language: 'python',
      files: [{ path: 'main.py', text: 'import time; time.sleep(9)' }],
    };
    const started = await execution.start(job);
    await until('it is handed in', () => judge0.submissions.length === 1);
    expect(() => started.write('x')).toThrow(/only from the start/);
    started.cancel();
    started.cancel();
    expect(await started.result).toMatchObject({ status: 'cancelled' });
    await run('x = 1');
    await until('it is deleted', () => judge0.asked.some((line) => line.startsWith('DELETE /submissions/')));
  });
});

describe('a Judge0 that misbehaves', () => {
  it('EXEC-45 is not taken for away because a run was cancelled while it was being asked', async () => {
    execution = open({ restMinMs: 60_000 });
    await run('x = 1');
    for (const prefix of ['POST /submissions', 'GET /submissions']) {
      judge0.asked.length = 0;
      judge0.misbehave(prefix, () => {});
      const started = await execution.start({
        ...{ id: 'run-1', owner: 'me', language: 'python' },
        files: [{ path: 'main.py', text: 'x = 1' }],
      });
      await until('the question', () => judge0.asked.some((line) => line.startsWith(prefix)));
      started.cancel();
      expect(await started.result).toMatchObject({ status: 'cancelled' });
      judge0.misbehave(prefix, undefined);
      expect(await run('print(1)')).toMatchObject({ status: 'ok' });
    }
  });

  it('EXEC-44 is offered a program again while it has no room, and only then', async () => {
    let refusals = 0;
    judge0.misbehave('POST /submissions', (request, response) => {
      refusals += 1;
      if (refusals === 2) judge0.misbehave('POST /submissions', undefined);
      answer(refusals === 1 ? 503 : 429, { error: 'queue is full' })(request, response);
    });
    expect(await run('print(1)')).toMatchObject({ status: 'ok', stdout: '1\n' });
    expect(judge0.submissions).toHaveLength(1);

    judge0.misbehave('POST /submissions', answer(503, { error: 'queue is full' }));
    expect(await run('print(1)')).toMatchObject({ status: 'internal', stderr: expect.stringContaining('no room') });
    judge0.misbehave('POST /submissions', answer(429, {}, { 'retry-after': '3600' }));
    expect(await run('print(1)')).toMatchObject({ status: 'internal', stderr: expect.stringContaining('no room') });

    // Nobody knows whether these were taken on, so they are not handed in a second time.
    execution = open({ restMinMs: 0 });
    for (const bad of [
      answer(500, 'oops'),
      answer(201, '<html>'),
      answer(201, { token: '../x' }),
      () => {},
    ] as Answer[]) {
      judge0.asked.length = 0;
      judge0.misbehave('POST /submissions', bad);
      expect(await run('print(1)')).toMatchObject({ status: 'internal', stderr: expect.stringContaining('not known') });
      expect(judge0.asked.filter((line) => line.startsWith('POST'))).toHaveLength(1);
    }
  });

  it.each<[string, Answer, string]>([
    ['loses it', answer(404, {}), 'lost this program'],
    ['fails', answer(500, 'oops'), 'did not answer'],
    ['says nonsense', answer(200, 'null'), 'did not answer'],
    ['says something else', answer(200, { status: 'fine' }), 'did not answer'],
    ['is silent', () => {}, 'did not answer'],
    ['leads elsewhere', answer(302, '', { location: 'http://169.254.169.254/latest' }), 'did not answer'],
    ['forbids it', answer(403, {}), 'refused'],
  ])('EXEC-44 that %s when asked for a program ends the run as internal', async (_what, bad, words) => {
    execution = open({}, { timeoutMs: 100 });
    judge0.misbehave('GET /submissions', bad);
    const result = await run('print(1)');
    expect(result).toMatchObject({ status: 'internal', stderr: expect.stringContaining(words) });
    expect(result.frames.map(({ data }) => data).join('')).toBe(result.stderr);
    const asked = judge0.asked.filter((line) => line.startsWith('GET /submissions')).length;
    expect(asked).toBeLessThanOrEqual(5);
    judge0.misbehave('GET /submissions', undefined);
    await until('it runs again', async () => (await run('print(2)').catch(() => undefined))?.status === 'ok');
  });

  it('EXEC-44 that stumbles is asked again', async () => {
    let failures = 3;
    judge0.misbehave('GET /submissions', (request, response) => {
      failures -= 1;
      if (failures === 0) judge0.misbehave('GET /submissions', undefined);
      answer(failures === 1 ? 429 : 502, '')(request, response);
    });
    expect(await run('print(1)')).toMatchObject({ status: 'ok', stdout: '1\n' });
  });

  it('EXEC-44 that never finishes a program is waited for no longer than allowed', async () => {
    execution = open({ waitMs: 50 });
    judge0.pretend({ status: { id: 2, description: 'Processing' } });
    const result = await run('print(1)', { limits: { wallMs: 50 } });
    expect(result).toMatchObject({ status: 'internal', stderr: expect.stringContaining('not in time') });
  });

  it('EXEC-44 that asks for more patience than there is ends the run at its time', async () => {
    execution = open({ waitMs: 50 });
    judge0.misbehave('GET /submissions', answer(429, {}, { 'retry-after': '3600' }));
    expect(await run('print(1)', { limits: { wallMs: 50 } })).toMatchObject({ status: 'internal' });
  });

  it('EXEC-45 is not taken for away because a program printed more than is fetched', async () => {
    execution = open({ restMinMs: 60_000 });
    judge0.misbehave('GET /submissions', answer(200, { status: { id: 3 }, stdout: 'x'.repeat(1_100_000) }));
    expect(await run('print(1)')).toMatchObject({
      ...{ status: 'output', truncated: true },
      stderr: expect.stringContaining('more than can be fetched'),
    });
    expect(judge0.asked.filter((line) => line.startsWith('GET /submissions'))).toHaveLength(1);
    judge0.misbehave('GET /submissions', undefined);
    expect(await run('print(2)')).toMatchObject({ status: 'ok', stdout: '2\n' });
  });

  it('EXEC-45 that is away is left alone for a while, and found again', async () => {
    execution = open({ restMinMs: 60_000 });
    judge0.misbehave('GET /', answer(502, ''));
    for (let time = 0; time < 3; time++)
      await expect(run('x')).rejects.toMatchObject({ code: 'execution_unavailable' });
    expect(judge0.asked.length).toBeLessThanOrEqual(2);
    expect(await execution.languages()).toContainEqual(
      expect.objectContaining({ id: 'python', installed: false, hint: 'the Judge0 server cannot be reached' }),
    );
    await expect(execution.check?.()).rejects.toThrow(/could not be reached/);

    execution = open();
    await expect(run('x')).rejects.toMatchObject({ code: 'execution_unavailable' });
    judge0.misbehave('GET /', undefined);
    await until('it runs again', async () => (await run('print(1)').catch(() => undefined))?.status === 'ok');
    await execution.check?.();
  });

  it('EXEC-45 that knows another key runs nothing', async () => {
    execution = open({}, { key: 'wrong' });
    await expect(run('x')).rejects.toMatchObject({ code: 'execution_unavailable' });
    expect(JSON.stringify(logged)).not.toContain('wrong');
  });
});

it('EXEC-45 a server with EXECUTION=judge0 runs rooms there, and /health says how it is', async () => {
  await using app = await openApp({ EXECUTION: 'judge0', JUDGE0_URL: judge0.url, JUDGE0_KEY: judge0.key });
  const { body } = await app.ask('GET', '/api/v2/languages');
  expect(body.execution).toEqual({
    backend: 'judge0',
    tier: 'remote',
    streaming: false,
    liveInput: false,
    missing: [],
  });
  const { room, token } = await makeRoom(app, { language: 'python' });
  await app.ask('PUT', `/api/v2/rooms/${room.id}/files/main.py`, { token, body: { text: 'print(input())' } });
  const { body: run } = await app.ask('POST', `/api/v2/rooms/${room.id}/runs`, { token, body: { stdin: 'Ana\n' } });
  const find = async () => (await app.ask('GET', `/api/v2/rooms/${room.id}/runs/${run.id}`, { token })).body;
  await until('it has finished', async () => (await find()).state === 'finished');
  expect((await find()).result).toMatchObject({ status: 'ok', stdout: 'Ana\n' });
  const once = await app.ask('POST', '/api/v2/run', { body: { language: 'python', source: 'print(2)' } });
  expect(once.body).toMatchObject({ status: 'ok', stdout: '2\n' });

  const health = async () => (await app.ask('GET', '/health')).body;
  expect(await health()).toMatchObject({ execution: { tier: 'remote' }, dependencies: { judge0: { state: 'ready' } } });
  judge0.misbehave('', answer(502, ''));
  expect(await app.ask('POST', '/api/v2/run', { body: { language: 'python', source: 'x' } })).toMatchObject({
    body: { status: 'internal' },
  });
  expectProblem(
    await app.ask('POST', '/api/v2/run', { body: { language: 'python', source: '' } }),
    'execution_unavailable',
  );
  expect(await health()).toMatchObject({ status: 'healthy', dependencies: { judge0: { state: 'down' } } });
  expect(JSON.stringify(app.logged)).not.toContain(judge0.key);
});
