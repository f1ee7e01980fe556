import { request as httpRequest } from 'node:http';
import { createRoom, joinRoom, temporaryFolder, until } from '@coderoom/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { groupsOfThisProcess, processesOf } from '../../sandbox/test/test-sandbox.ts';
import { createExecution } from '../src/execution.ts';
import { openPerson } from './dialects/codecall-client.ts';
import { type CodeChillApp, openCodeChill } from './dialects/codechill-client.ts';
import { openMember } from './room-member.ts';
import type { RunningApp } from './running-app.ts';

const folder = temporaryFolder();
const forever = 'import time\nwhile True: time.sleep(0.05)';
const oneSecond = 'import time\ntime.sleep(1)\nprint("done")';
let chill: CodeChillApp;
let app: RunningApp;

beforeAll(async () => {
  const logger = { info() {}, warn() {}, error() {} };
  // One place, so that whoever comes second waits; and no sandbox that waits, so that any that is there is of a run.
  const options = { stateDir: folder.path, concurrency: 1, warmBytes: 0, logger };
  chill = await openCodeChill({}, { execution: createExecution({ execution: 'auto', judge0: undefined }, options) });
  app = chill.app;
});
afterAll(async () => {
  await chill[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** Processes of sandboxes, whatever user they have, and control groups of runs. */
const ofRuns = () => [...processesOf({ slotUsers: null }), ...groupsOfThisProcess()];
const running = () => until('a run', () => ofRuns().length > 0);
const nothingLeft = (timeoutMs = 8_000) =>
  until(
    'nothing to be left',
    () => {
      if (ofRuns().length > 0) throw new Error(ofRuns().join(', '));
      return true;
    },
    { timeoutMs },
  );

/** Asks for a run, to hang up on it later. */
function ask(path: string, body: object, token?: string) {
  const asked = httpRequest(`${app.url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  });
  asked.on('error', () => {});
  asked.end(JSON.stringify(body));
  return { hangUp: () => void asked.destroy() };
}

async function roomWith(text: string) {
  const { room, token } = await createRoom(app.url, { language: 'python' });
  const path = `/api/v2/rooms/${room.id}`;
  await app.ask('PUT', `${path}/files/main.py`, { token, body: { text } });
  return { room, token, path };
}

describe('whoever goes while a program runs (case 49)', () => {
  afterEach(async () => {
    await nothingLeft();
    const { body } = await app.ask('POST', '/api/v2/run', { body: { language: 'python', source: 'print("hello")' } });
    expect(body).toMatchObject({ status: 'ok', stdout: 'hello\n' });
  });

  it('RUN-15 of a program that belongs to no room has it cancelled, while it runs and while it waits', async () => {
    const program = { language: 'python', source: forever, limits: { wallMs: 60_000 } };
    const first = ask('/api/v2/run', program);
    await running();
    const others = Array.from({ length: 3 }, () => ask('/api/v2/run', program));
    await until('the others to wait', async () => {
      const { body } = await app.ask('POST', '/api/v2/rooms', { body: {} });
      const path = `/api/v2/rooms/${body.room.id}`;
      const { body: run } = await app.ask('POST', `${path}/runs`, { token: body.token, body: {} });
      await app.ask('DELETE', `${path}/runs/${run.id}`, { token: body.token });
      // Behind the first of those that wait: owners take turns.
      return run.position === 2;
    });
    for (const one of others) one.hangUp();
    first.hangUp();
    await nothingLeft();
  });

  it('RUN-15 has it cancelled while it is compiled', async () => {
    const { body } = await app.ask('GET', '/api/v2/languages');
    const { installed } = body.items.find(({ id }: { id: string }) => id === 'c');
    if (!installed) return expect(process.env.CODEROOM_REQUIRE_ALL).not.toBe('1');
    const lines = [
      '#define A(x) x+x+x+x+x+x+x+x',
      '#define B(x) A(A(A(A(A(A(x))))))',
      'int main() { return B(B(1)); }',
    ];
    const asked = ask('/api/v2/run', { language: 'c', source: lines.join('\n'), limits: { wallMs: 60_000 } });
    await running();
    asked.hangUp();
    await nothingLeft();
  });

  it.each([
    ['Code Connect Live', '/v1/execute', { language: 'python', code: forever }],
    ['CodeInterview', '/api/v1/execute', { language: 'python', code: forever }],
    ['CodeCall', '/execute/run', { code: 'setInterval(() => {}, 1000)' }],
  ])('RUN-15 has it cancelled by %s’s address, too', async (system, path, body) => {
    const asked = ask(path, body, system === 'CodeCall' ? (await openPerson(app)).accessToken : undefined);
    await running();
    asked.hangUp();
    // Sooner than CodeCall's own limit of 3 s.
    await nothingLeft(2_500);
  });

  it.each([
    ['ends by itself', oneSecond, {}, { status: 'ok', stdout: 'done\n' }],
    ['does not', forever, { limits: { wallMs: 1_500 } }, { status: 'timeout' }],
  ])(
    'RUN-15 of a room lets its run go on to its end, where it %s, and its result is kept',
    async (_, text, request, result) => {
      const { room, token, path } = await roomWith(text);
      const owner = await openMember(app.url, token);
      const guest = await openMember(app.url, (await joinRoom(app.url, room.id)).token);
      const { run } = await guest.ask('run:start', request);
      await running();
      for (const member of [guest, owner]) member.close();
      await nothingLeft();
      const { body } = await app.ask('GET', `${path}/runs`, { token });
      expect(body.items).toMatchObject([{ id: run.id, state: 'finished' }]);
      expect((await app.ask('GET', `${path}/runs/${run.id}`, { token })).body.result).toMatchObject(result);
    },
  );

  it('RUN-15 of a room while their run waits has it run in its turn', async () => {
    const before = ask('/api/v2/run', { language: 'python', source: forever, limits: { wallMs: 60_000 } });
    await running();
    const { token, path } = await roomWith('print("had its turn")');
    const owner = await openMember(app.url, token);
    const { run } = await owner.ask('run:start', {});
    expect(run).toMatchObject({ state: 'queued', position: 1 });
    owner.close();
    before.hangUp();
    const finished = await until('its end', async () => {
      const { body } = await app.ask('GET', `${path}/runs/${run.id}`, { token });
      return body.state === 'finished' && body;
    });
    expect(finished.result).toMatchObject({ status: 'ok', stdout: 'had its turn\n' });
  });

  it('RUN-15 following it alone ends the following and not the run', async () => {
    const { token, path } = await roomWith(oneSecond);
    const { body } = await app.ask('POST', `${path}/runs`, { token, body: {} });
    const stop = new AbortController();
    const stream = await fetch(`${app.url}${path}/runs/${body.id}/events`, {
      headers: { authorization: `Bearer ${token}` },
      signal: stop.signal,
    });
    await stream.body?.getReader().read();
    stop.abort();
    await running();
    await nothingLeft();
    const { result } = (await app.ask('GET', `${path}/runs/${body.id}`, { token })).body;
    expect(result).toMatchObject({ status: 'ok', stdout: 'done\n' });
  });

  it('RUN-15 by CodeChill’s socket lets the room’s run go on to its end', async () => {
    const ada = await chill.signIn('Ada');
    const room = await chill.makeRoom(ada);
    const socket = await chill.connect(ada);
    await socket.join(room.id);
    socket.emit('execute_code', { source_code: 'setTimeout(() => console.log("done"), 1000)', language: 'javascript' });
    const { execution_id } = await socket.next('execution_started');
    await running();
    socket.close();
    await nothingLeft();
    const { body } = await chill.ask('GET', `/api/execution/${execution_id}/result`, ada.token);
    expect(body.execution).toMatchObject({ status: 'completed', output: 'done\n' });
  });
});
