import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { limits, type Run, type RunFrame, type RunResult } from '@coderoom/protocol';
import { createRoom, joinRoom, temporaryFolder, until } from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createExecution } from '../src/execution.ts';
import { openMember, type RoomMember } from './room-member.ts';
import { expectProblem, openApp, type RunningApp } from './running-app.ts';

const randomId = '01a1fe2f-082f-73a8-889d-bc69e9fae24f';
const forever = 'import time\nprint("begun", flush=True)\nwhile True: time.sleep(0.05)';
let app: RunningApp;

beforeAll(async () => {
  app = await openApp();
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

async function roomWith(text: string, language = 'python') {
  const owner = await createRoom(app.url, { language });
  const path = `/api/v2/rooms/${owner.room.id}`;
  const file = language === 'python' ? 'main.py' : 'main.js';
  const { status } = await app.ask('PUT', `${path}/files/${file}`, { token: owner.token, body: { text } });
  expect(status).toBe(200);
  return { ...owner, path };
}

const finished = (path: string, token: string, id: string) =>
  until('the run to finish', async () => {
    const { body } = await app.ask('GET', `${path}/runs/${id}`, { token });
    return body.state === 'finished' ? (body as Run) : undefined;
  });

/** What a list of runs leaves out. */
const unprinted = { stdout: undefined, stderr: undefined, compileOutput: undefined };

const textOf = (frames: RunFrame[]) => frames.map(({ data }) => data).join('');

describe('a run that belongs to no room', () => {
  const run = (body: object) => app.ask('POST', '/api/v2/run', { body });

  it('RUN-1 answers how it went', async () => {
    const { status, body } = await run({ language: 'python', source: 'print(6 * 7)' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      language: 'python',
      status: 'ok',
      exitCode: 0,
      stdout: '42\n',
      stderr: '',
      phase: 'run',
    });
    expect((await run({ language: 'javascript', source: 'throw new Error("no")' })).body).toMatchObject({
      status: 'error',
      exitCode: 1,
      stderr: expect.stringContaining('Error: no'),
    });
  });

  it('RUN-1 takes files with an entry, input and arguments; without input there is none to wait for', async () => {
    const files = [
      { path: 'lib/words.py', text: 'word = "hello"' },
      { path: 'start.py', text: 'import sys\nfrom lib.words import word\nprint(word, sys.stdin.read(), sys.argv[1:])' },
    ];
    const { body } = await run({ language: 'python', files, entry: 'start.py', stdin: 'in', args: ['a', 'b c'] });
    expect(body.stdout).toBe("hello in ['a', 'b c']\n");
    expect((await run({ language: 'python', source: 'print(len(input()))' })).body.stderr).toContain('EOFError');
  });

  it('RUN-2 what cannot be run is refused with a reason', async () => {
    const files = [{ path: 'a.py', text: '' }];
    expectProblem(await run({ language: 'cobol', source: '' }), 'language_not_found');
    expectProblem(await run({ language: 'python' }), 'invalid_request');
    expectProblem(await run({ language: 'python', source: '', files }), 'invalid_request');
    expectProblem(await run({ language: 'python', files, entry: 'b.py' }), 'entry_not_found');
    expectProblem(await run({ language: 'python', files: [{ path: '../a', text: '' }] }), 'invalid_path');
    expectProblem(await run({ language: 'python', files: [] }), 'invalid_request');
    expectProblem(await run({ language: 'python', source: 7 }), 'invalid_request');
    expectProblem(await run({ language: 'python', source: '', limits: { cpuMs: -1 } }), 'invalid_request');
    expectProblem(await run({ language: 'python', source: '', extra: true }), 'invalid_request');
    expectProblem(await run({ source: '' }), 'invalid_request');
    expectProblem(await run({ language: 'python', source: 'x'.repeat(limits.runSourceMaxBytes + 1) }), 'too_large');
    expectProblem(await run({ language: 'python', source: 'x'.repeat(5_000_000) }), 'too_large');
  });

  it('RUN-3 is cancelled when its asker hangs up', async () => {
    const ask = httpRequest(`${app.url}/api/v2/run`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    ask.on('error', () => {});
    ask.end(JSON.stringify({ language: 'python', source: forever, limits: { wallMs: 60_000 } }));
    await new Promise((resolve) => setTimeout(resolve, 400));
    ask.destroy();
    // One slot per processor: were the runs of those who left still going on, these would have to wait for them.
    const started = performance.now();
    const answers = await Promise.all(Array.from({ length: 4 }, () => run({ language: 'python', source: 'print(1)' })));
    expect(answers.map(({ body }) => body.status)).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(performance.now() - started).toBeLessThan(9_000);
  });
});

describe('languages', () => {
  it('RUN-4 are listed with what is installed', async () => {
    const { body } = await app.ask('GET', '/api/v2/languages');
    const javascript = body.items.find(({ id }: { id: string }) => id === 'javascript');
    expect(javascript).toMatchObject({ name: 'JavaScript', installed: true, fileName: 'main.js' });
    expect(javascript.version).toMatch(/\d/);
  });
});

describe('a run of a room', () => {
  it('RUN-5 runs the files as they are, and keeps the result', async () => {
    const { path, token, member } = await roomWith('import helper');
    await app.ask('PUT', `${path}/files/helper.py`, { token, body: { text: 'print("helped")' } });
    const answer = await app.ask('POST', `${path}/runs`, { token, body: {} });
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({
      memberId: member.id,
      memberName: member.name,
      language: 'python',
      entry: 'main.py',
      result: null,
    });
    expect(answer.headers.get('location')).toBe(`${path}/runs/${answer.body.id}`);
    const run = await finished(path, token, answer.body.id);
    expect(run.result).toMatchObject({ id: run.id, status: 'ok', stdout: 'helped\n' });
  });

  it('RUN-5 an Idempotency-Key starts it once', async () => {
    const { path, token } = await roomWith('print(1)');
    const ask = () => app.ask('POST', `${path}/runs`, { token, body: {}, headers: { 'idempotency-key': 'press' } });
    const answers = await Promise.all([ask(), ask(), ask()]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect((await app.ask('GET', `${path}/runs`, { token })).body.items).toHaveLength(1);
  });

  it('RUN-6 starting again stops what runs and begins anew', async () => {
    const { path, token } = await roomWith(forever);
    const first = await app.ask('POST', `${path}/runs`, { token, body: {} });
    await app.ask('PUT', `${path}/files/main.py`, { token, body: { text: 'print("second")' } });
    const second = await app.ask('POST', `${path}/runs`, { token, body: {} });
    expect((await finished(path, token, first.body.id)).result?.status).toBe('cancelled');
    expect((await finished(path, token, second.body.id)).result?.stdout).toBe('second\n');
  });

  it('RUN-6 of many starts at once, one is left running', async () => {
    const { path, token } = await roomWith(forever);
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => app.ask('POST', `${path}/runs`, { token, body: {} })),
    );
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
    const { body } = await app.ask('GET', `${path}/runs`, { token });
    const open = body.items.filter(({ state }: Run) => state !== 'finished');
    expect(open).toHaveLength(1);
    await app.ask('DELETE', `${path}/runs/${open[0].id}`, { token });
  });

  it('RUN-7 is stopped by an editor, once', async () => {
    const { path, token, room } = await roomWith(forever);
    const { body } = await app.ask('POST', `${path}/runs`, { token, body: {} });
    const viewer = await joinRoom(app.url, room.id);
    await app.ask('PATCH', `${path}/members/${viewer.member.id}`, { token, body: { role: 'viewer' } });
    const run = `${path}/runs/${body.id}`;
    expectProblem(await app.ask('DELETE', run, { token: viewer.token }), 'forbidden');
    const stopped = await app.ask('DELETE', run, { token });
    expect(stopped.body).toMatchObject({ state: 'finished', result: { status: 'cancelled' } });
    expectProblem(await app.ask('DELETE', run, { token }), 'run_finished');
    expectProblem(await app.ask('DELETE', `${path}/runs/${randomId}`, { token }), 'run_not_found');
    expectProblem(await app.ask('DELETE', `${path}/runs/nonsense`, { token }), 'run_not_found');
  });

  it('RUN-7 ends with its room', async () => {
    const { path, token } = await roomWith(forever);
    const { body } = await app.ask('POST', `${path}/runs`, { token, body: {} });
    await app.ask('POST', `${path}/end`, { token });
    expect((await finished(path, token, body.id)).result?.status).toBe('cancelled');
  });

  it('RUN-8 runs are listed newest first, page by page', async () => {
    const { path, token } = await roomWith('print(1)');
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) {
      const { body } = await app.ask('POST', `${path}/runs`, { token, body: {} });
      await finished(path, token, body.id);
      ids.unshift(body.id);
    }
    const first = await app.ask('GET', `${path}/runs?limit=2`, { token });
    expect(first.body.items.map(({ id }: Run) => id)).toEqual(ids.slice(0, 2));
    const second = await app.ask('GET', `${path}/runs?limit=2&before=${first.body.next}`, { token });
    expect(second.body).toMatchObject({ items: [{ id: ids[2] }], next: null });
    expect(first.body.items[0].result).toEqual({ ...(await finished(path, token, ids[0] ?? '')).result, ...unprinted });
    for (const query of ['limit=0', 'limit=x', 'limit=1e9', 'limit=1&limit=2', 'page=2']) {
      expectProblem(await app.ask('GET', `${path}/runs?${query}`, { token }), 'invalid_request');
    }
    expectProblem(await app.ask('GET', `${path}/runs?before=%00`, { token }), 'run_not_found');
    expectProblem(await app.ask('GET', `${path}/runs/${randomId}`, { token }), 'run_not_found');
  });

  it('RUN-10 can be followed as server-sent events: what was shown so far, what comes, and how it ended', async () => {
    const { path, token } = await roomWith('import time\nprint("one", flush=True)\ntime.sleep(0.4)\nprint("two")');
    const { body } = await app.ask('POST', `${path}/runs`, { token, body: {} });
    const follow = async () => {
      const answer = await fetch(`${app.url}${path}/runs/${body.id}/events`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(answer.headers.get('content-type')).toBe('text/event-stream');
      expect(answer.headers.get('x-request-id')).toBeTruthy();
      const blocks = (await answer.text())
        .trim()
        .split('\n\n')
        .filter((block) => block.startsWith('event:'));
      return blocks.map((block) => {
        const [name = '', data = ''] = block.split('\n').map((line) => line.slice(line.indexOf(': ') + 2));
        return { name, data: JSON.parse(data) };
      });
    };
    const live = await follow();
    const later = await follow();
    for (const events of [live, later]) {
      expect(events.at(0)?.name).toBe('run');
      const frames = events.filter(({ name }) => name === 'output').flatMap(({ data }) => data.frames as RunFrame[]);
      expect(textOf(frames)).toBe('one\ntwo\n');
      expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, index) => index));
      expect(events.at(-1)).toMatchObject({
        name: 'finished',
        data: { id: body.id, state: 'finished', result: { status: 'ok' } },
      });
    }
    expect(live.length).toBeGreaterThan(3);
  });

  it('RUN-10 is told no further to who is removed', async () => {
    const { path, room, token } = await roomWith(forever);
    const guest = await joinRoom(app.url, room.code);
    const { body } = await app.ask('POST', `${path}/runs`, { token, body: {} });
    const stream = await fetch(`${app.url}${path}/runs/${body.id}/events`, {
      headers: { authorization: `Bearer ${guest.token}` },
    });
    const told = stream.text();
    await app.ask('DELETE', `${path}/members/${guest.member.id}`, { token });
    // The stream ends while the run goes on.
    expect(await told).not.toContain('event: finished');
    expect((await app.ask('GET', `${path}/runs/${body.id}`, { token })).body.state).not.toBe('finished');
    await app.ask('DELETE', `${path}/runs/${body.id}`, { token });
  });

  it('RUN-10 falls silent at its end, also while it waits behind another answer on its connection', async () => {
    const { path, token } = await roomWith(forever);
    const ended = (await app.ask('POST', `${path}/runs`, { token, body: {} })).body.id;
    await app.ask('DELETE', `${path}/runs/${ended}`, { token });
    const running = (await app.ask('POST', `${path}/runs`, { token, body: {} })).body.id;
    const title = JSON.stringify({ title: 'Reached' });
    const { hostname, port } = new URL(app.url);
    const connection = connect(Number(port), hostname);
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const head = `HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${token}\r\n`;
      for (const id of [running, ended]) connection.write(`GET ${path}/runs/${id}/events ${head}\r\n`);
      const body = `Content-Type: application/json\r\nContent-Length: ${title.length}\r\n\r\n${title}`;
      connection.write(`PATCH ${path} ${head}${body}`);
      await until('the last request', async () => (await app.ask('GET', path, { token })).body.title === 'Reached');
      expect(vi.getTimerCount()).toBe(1);
      vi.advanceTimersByTime(3 * limits.socketPingMs);
      connection.destroy();
      await until('the end of the connection', () => {
        vi.advanceTimersByTime(limits.socketPingMs);
        return vi.getTimerCount() === 0;
      });
    } finally {
      vi.useRealTimers();
      connection.destroy();
    }
    await app.ask('DELETE', `${path}/runs/${running}`, { token });
  });
});

describe('a run seen by everybody', () => {
  const open = async (text: string) => {
    const owner = await roomWith(text);
    const editor = await joinRoom(app.url, owner.room.id);
    const members: RoomMember[] = [await openMember(app.url, owner.token), await openMember(app.url, editor.token)];
    return { owner, editor, a: members[0] as RoomMember, b: members[1] as RoomMember };
  };

  it('RUN-11 streams to all in the room, in the same order, without gaps', async () => {
    const { a, b } = await open('import time\nfor i in range(5):\n  print(i, flush=True)\n  time.sleep(0.05)');
    const { run } = await a.ask('run:start', {});
    for (const member of [a, b]) {
      const event = await member.next('run:finished');
      expect(event.run).toMatchObject({
        id: run.id,
        state: 'finished',
        result: { status: 'ok', stdout: '0\n1\n2\n3\n4\n' },
      });
      const outputs = member.all('run:output');
      expect(outputs.length).toBeGreaterThan(1);
      expect(textOf(outputs.flatMap(({ frames }) => frames))).toBe('0\n1\n2\n3\n4\n');
      expect(member.names().filter((name) => name.startsWith('run:') && name !== 'run:output')).toEqual([
        'run:started',
        'run:updated',
        'run:finished',
      ]);
      member.expectNoGap();
    }
    a.close();
    b.close();
  });

  it('RUN-12 takes input from anybody who may edit, until the end of input', async () => {
    const { a, b, owner, editor } = await open(
      'import sys\nfor line in sys.stdin: print("got", line.strip(), flush=True)',
    );
    const { run } = await a.ask('run:start', {});
    await b.ask('run:stdin', { runId: run.id, data: 'one\n' });
    await until('the echo', () => textOf(a.all('run:output').flatMap(({ frames }) => frames)).includes('got one'));
    expect(await b.refusal('run:stdin', { runId: randomId, data: 'x' })).toBe('run_not_found');
    await app.ask('PATCH', `${owner.path}/members/${editor.member.id}`, {
      token: owner.token,
      body: { role: 'viewer' },
    });
    expect(await b.refusal('run:stdin', { runId: run.id, data: 'x' })).toBe('forbidden');
    expect(await b.refusal('run:cancel', { runId: run.id })).toBe('forbidden');
    expect(await b.refusal('run:start', {})).toBe('forbidden');
    await a.ask('run:stdin', { runId: run.id, data: 'two\n', end: true });
    const { result } = (await b.next('run:finished')).run as { result: RunResult };
    expect(result).toMatchObject({ status: 'ok', stdout: 'got one\ngot two\n' });
    expect(await a.refusal('run:stdin', { runId: run.id, data: 'x' })).toBe('run_finished');
    a.close();
    b.close();
  });

  it('RUN-13 shows a latecomer what runs with the output so far, or the last run with all of it', async () => {
    const { a, b, editor } = await open(forever);
    const { run } = await a.ask('run:start', {});
    await until('output', () => textOf(a.all('run:output').flatMap(({ frames }) => frames)) === 'begun\n');
    b.close();
    const during = await openMember(app.url, editor.token);
    expect(during.welcome.run).toMatchObject({ run: { id: run.id, state: 'running' } });
    expect(textOf(during.welcome.run?.frames ?? [])).toBe('begun\n');
    await a.ask('run:cancel', { runId: run.id });
    await during.next('run:finished');
    during.close();
    await app.reopen();
    const after = await openMember(app.url, editor.token);
    expect(after.welcome.run).toMatchObject({
      run: { id: run.id, state: 'finished', result: { status: 'cancelled' } },
    });
    expect(textOf(after.welcome.run?.frames ?? [])).toBe('begun\n');
    after.close();
    a.close();
  });
});

describe('a run that waits', () => {
  it('RUN-14 says which in line it is, to the room, to latecomers and over HTTP, and again as it moves up', async () => {
    using folder = temporaryFolder();
    const logger = { info() {}, warn() {}, error() {} };
    const mode = { execution: 'auto', judge0: undefined } as const;
    const execution = createExecution(mode, { stateDir: folder.path, concurrency: 1, logger });
    await using own = await openApp({}, { execution });
    const begin = async () => {
      const { room, token } = await createRoom(own.url, { language: 'python' });
      const path = `/api/v2/rooms/${room.id}`;
      await own.ask('PUT', `${path}/files/main.py`, { token, body: { text: forever } });
      const member = await openMember(own.url, token);
      const { run } = (await member.ask('run:start', {})) as { run: Run };
      const told = () =>
        member
          .all('run:updated')
          .filter(({ run: { id } }) => id === run.id)
          .map(({ run: { state, position } }) => ({ state, position }));
      return { room, token, path, member, run, told, stop: () => member.ask('run:cancel', { runId: run.id }) };
    };
    const first = await begin();
    await until('the first to run', () => first.told().some(({ state }) => state === 'running'));
    const [second, third] = [await begin(), await begin()];
    expect(second.run).toMatchObject({ state: 'queued', position: 1 });
    expect(third.run).toMatchObject({ state: 'queued', position: 2 });
    const { token, path, run } = third;
    expect((await own.ask('GET', `${path}/runs/${run.id}`, { token })).body.position).toBe(2);
    expect((await own.ask('GET', `${path}/runs`, { token })).body.items[0].position).toBe(2);
    const latecomer = await openMember(own.url, token);
    expect(latecomer.welcome.run?.run.position).toBe(2);

    await first.stop();
    await until('the third to be told', () => third.told().length > 0);
    expect(third.told()).toEqual([{ state: 'queued', position: 1 }]);
    await second.stop();
    await until('the third to run', () => third.told().some(({ state }) => state === 'running'));
    expect(third.told()).toEqual([
      { state: 'queued', position: 1 },
      { state: 'running', position: undefined },
    ]);
    expect(second.told().filter(({ position }) => position !== undefined)).toEqual([]);
    await third.stop();
    for (const { member } of [first, second, third]) {
      member.expectNoGap();
      member.close();
    }
    latecomer.close();
  });
});
