import type { Run, RunFrame } from '@coderoom/protocol';
import { until } from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMember, type RoomMember } from './room-member.ts';
import { askIn, enter, makeRoom } from './room-people.ts';
import { expectProblem, openApp, type RunningApp } from './running-app.ts';
import { createStillExecution } from './still-execution.ts';

let app: RunningApp;

beforeAll(async () => {
  app = await openApp({ EXECUTION: 'browser' });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

const text = (member: RoomMember) =>
  member
    .all('run:output')
    .flatMap(({ frames }) => frames)
    .map(({ data }: RunFrame) => data)
    .join('');
const said = (data: string, stream: 'stdout' | 'stderr' = 'stdout') => ({ phase: 'run', stream, data });
const ended = (status = 'ok', exitCode: number | null = 0) => ({ status, exitCode, phase: 'run', wallMs: 12.5 });

async function populate(on: RunningApp = app) {
  const owner = await makeRoom(on, { name: 'Owner', language: 'python' });
  const editor = await enter(on, owner.room.id, { name: 'Editor' });
  const members = await Promise.all([owner, editor].map(({ token }) => openMember(on.url, token)));
  const [a, b] = members as [RoomMember, RoomMember];
  const close = () => {
    for (const member of members) member.close();
  };
  return { owner, editor, a, b, close };
}

async function startHere(member: RoomMember, request: object = {}): Promise<Run> {
  const { run } = await member.ask('run:start', { here: true, ...request });
  await until('the order', () =>
    member.all('run:order').find(({ kind, runId }) => kind === 'execute' && runId === run.id),
  );
  return run;
}
const finished = (member: RoomMember, { id }: Run) =>
  until('the end', () => member.all('run:finished').find(({ run }) => run.id === id)?.run.result);

describe('a program in a browser', () => {
  it('EXEC-46 is told to the page that starts it, and its output to everybody, as it comes', async () => {
    const { owner, a, b, close } = await populate();
    await askIn(app, owner, 'PUT', '/files/lib.py', { text: 'x = 1' });
    const run = await startHere(b, { args: ['one'], limits: { wallMs: 5_000 } });
    expect(b.all('run:order')).toEqual([
      {
        kind: 'execute',
        runId: run.id,
        job: {
          ...{ language: 'python', entry: 'main.py', args: ['one'], stdin: null },
          files: expect.arrayContaining([{ path: 'lib.py', text: 'x = 1' }]),
          limits: { cpuMs: 10_000, wallMs: 5_000, memoryBytes: 268_435_456 },
        },
      },
    ]);
    expect(a.all('run:order')).toEqual([]);
    expect((await a.next('run:started')).run).toMatchObject({ id: run.id, memberName: 'Editor' });
    await b.ask('run:report', { runId: run.id, output: [said('hé'), said('o\n', 'stderr')] });
    await until('the output', () => text(a) === 'héo\n');
    await b.ask('run:report', { runId: run.id, output: [said('!')], end: ended() });
    expect(await finished(a, run)).toMatchObject({
      status: 'ok',
      exitCode: 0,
      stdout: 'hé!',
      stderr: 'o\n',
      wallMs: 12.5,
    });
    expect(text(a)).toBe('héo\n!');
    expect(await b.refusal('run:report', { runId: run.id, output: [said('more')] })).toBe('run_finished');
    const frames = a.all('run:output').flatMap((event) => event.frames);
    expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, index) => index));
    a.expectNoGap();
    close();
  });

  it('EXEC-46 takes input and the order to stop from the others, who are told nothing of that', async () => {
    const { a, b, close } = await populate();
    const run = await startHere(b);
    await a.ask('run:stdin', { runId: run.id, data: 'Ana\n' });
    await a.ask('run:stdin', { runId: run.id, end: true });
    const cancelled = a.ask('run:cancel', { runId: run.id });
    await until('the orders', () => b.all('run:order').length === 4);
    expect(b.all('run:order').slice(1)).toEqual([
      { kind: 'input', runId: run.id, data: 'Ana\n' },
      { kind: 'input', runId: run.id, end: true },
      { kind: 'stop', runId: run.id },
    ]);
    await b.ask('run:report', { runId: run.id, output: [said('late')], end: ended() });
    await cancelled;
    expect(await finished(a, run)).toMatchObject({ status: 'cancelled', exitCode: null, stdout: 'late' });
    expect(a.all('run:order')).toEqual([]);
    close();
  });

  it('EXEC-47 is written by the page that runs it alone', async () => {
    const { editor, a, b, close } = await populate();
    const other = await openMember(app.url, editor.token);
    const stranger = await populate();
    const run = await startHere(b);
    const report = { runId: run.id, output: [said('forged')], end: ended() };
    // The same person's other page, somebody else in the room, and somebody elsewhere.
    expect(await other.refusal('run:report', report)).toBe('forbidden');
    expect(await a.refusal('run:report', report)).toBe('forbidden');
    expect(await stranger.b.refusal('run:report', report)).toBe('run_not_found');
    await b.ask('run:report', { runId: run.id, end: ended() });
    expect(await finished(a, run)).toMatchObject({ stdout: '' });
    for (const member of [other, stranger]) member.close();
    close();
  });

  it('EXEC-47 ends with the connection of that page, and with its right to change the room', async () => {
    const { owner, editor, a, b, close } = await populate();
    const first = await startHere(b);
    await b.ask('run:report', { runId: first.id, output: [said('begun')] });
    b.close();
    expect(await finished(a, first)).toMatchObject({
      status: 'cancelled',
      stdout: 'begun',
      stderr: expect.stringContaining('has gone'),
    });

    const again = await openMember(app.url, editor.token);
    const second = await startHere(again);
    await askIn(app, owner, 'PATCH', `/members/${editor.member.id}`, { role: 'viewer' });
    expect(await again.refusal('run:report', { runId: second.id, output: [said('x')] })).toBe('forbidden');
    expect(await finished(a, second)).toMatchObject({ status: 'cancelled', stdout: '' });
    again.close();
    close();
  });

  it('EXEC-48 is bounded whatever its page says', async () => {
    const { a, b, close } = await populate();
    const flood = await startHere(b);
    for (let time = 0; time < 3; time++)
      await b.ask('run:report', { runId: flood.id, output: [said('x'.repeat(40_000))] });
    const result = await finished(a, flood);
    expect(result).toMatchObject({ status: 'output', truncated: true });
    expect(result.stdout.length).toBeLessThan(75_000);
    expect(b.all('run:order').at(-1)).toEqual({ kind: 'stop', runId: flood.id });

    const run = await startHere(b);
    for (const bad of [
      { output: 'x' },
      { output: [{ phase: 'run', stream: 'stdin', data: 'x' }] },
      { output: [said('x'.repeat(70_000))] },
      { output: Array.from({ length: 201 }, () => said('x')) },
      { end: { ...ended(), exitCode: 4_000 } },
      { end: { ...ended(), status: 'fine' } },
      { end: { ...ended(), stdout: 'x' } },
    ]) {
      expect(await b.refusal('run:report', { runId: run.id, ...bad }), JSON.stringify(bad).slice(0, 80)).toBe(
        'invalid_request',
      );
    }
    // A page that does not stop is waited for no longer than a moment.
    await a.ask('run:cancel', { runId: run.id });
    expect(await finished(a, run)).toMatchObject({ status: 'cancelled' });
    close();
  });

  it('EXEC-49 needs a page that can: what else is asked is told so', async () => {
    const { owner, a, close } = await populate();
    expectProblem(await askIn(app, owner, 'POST', '/runs', {}), 'browser_needed');
    expectProblem(await app.ask('POST', '/api/v2/run', { body: { language: 'python', source: '' } }), 'browser_needed');
    expect(await a.refusal('run:start', {})).toBe('browser_needed');
    await a.ask('room:update', { language: 'swift' });
    expect(await a.refusal('run:start', { here: true })).toBe('language_not_installed');
    const { body } = await app.ask('GET', '/api/v2/languages');
    expect(body.execution).toEqual({
      backend: 'browser',
      tier: 'browser',
      streaming: true,
      liveInput: true,
      missing: [],
    });
    expect(
      body.items.filter(({ installed }: { installed: boolean }) => installed).map(({ id }: { id: string }) => id),
    ).toEqual([...['python', 'javascript', 'typescript']]);
    expect((await app.ask('GET', '/health')).body.execution.tier).toBe('browser');
    close();
  });
});

describe('the switch of a room', () => {
  it('EXEC-50 turns running off for everybody, at once and until the owner turns it on again', async () => {
    await using sandboxed = await openApp({}, { execution: createStillExecution() });
    const { owner, editor, a, b, close } = await populate(sandboxed);
    const { run } = await b.ask('run:start', {});
    expect(await b.refusal('room:update', { execution: 'off' })).toBe('forbidden');
    expectProblem(await askIn(sandboxed, editor, 'PATCH', '', { execution: 'off' }), 'forbidden');
    await a.ask('room:update', { execution: 'off' });
    expect(await finished(b, run)).toMatchObject({ status: 'cancelled' });
    await until('the others know', () => b.all('room:updated').some(({ room }) => room.execution === 'off'));
    for (const member of [a, b]) expect(await member.refusal('run:start', {})).toBe('room_execution_off');
    expectProblem(await askIn(sandboxed, owner, 'POST', '/runs', {}), 'room_execution_off');

    await sandboxed.reopen();
    expect((await askIn(sandboxed, owner, 'GET', '')).body.execution).toBe('off');
    const { body } = await askIn(sandboxed, owner, 'PATCH', '', { execution: 'on' });
    expect(body.execution).toBe('on');
    expect((await askIn(sandboxed, editor, 'POST', '/runs', {})).status).toBe(202);
    close();
  });

  it('EXEC-50 holds for what was asked for before and waits for its turn', async () => {
    const { owner, a, b, close } = await populate();
    const first = await startHere(b);
    // Its page does not stop, so what comes next waits for it.
    const waiting = b.refusal('run:start', { here: true });
    await until('the order', () => b.all('run:order').some(({ kind }) => kind === 'stop'));
    await askIn(app, owner, 'PATCH', '', { execution: 'off' });
    expect(await waiting).toBe('room_execution_off');
    await finished(a, first);
    expect(a.all('run:started')).toHaveLength(1);

    await askIn(app, owner, 'PATCH', '', { execution: 'on' });
    await startHere(b);
    const late = b.refusal('run:start', { here: true });
    await until('the order', () => b.all('run:order').filter(({ kind }) => kind === 'stop').length === 2);
    await askIn(app, owner, 'POST', '/end');
    expect(await late).toBe('room_ended');
    close();
  });

  it('EXEC-50 leads programs into browsers where this server lets any run', async () => {
    await using sandboxed = await openApp({}, { execution: createStillExecution() });
    const { owner, a, b, close } = await populate(sandboxed);
    await a.ask('room:update', { execution: 'browser' });
    expectProblem(await askIn(sandboxed, owner, 'POST', '/runs', {}), 'browser_needed');
    const run = await startHere(b);
    await b.ask('run:report', { runId: run.id, output: [said('here')], end: ended() });
    expect(await finished(a, run)).toMatchObject({ stdout: 'here' });
    close();

    await using without = await openApp({ EXECUTION: 'off' });
    const room = await makeRoom(without);
    expectProblem(await askIn(without, room, 'PATCH', '', { execution: 'browser' }), 'execution_off');
    expect((await askIn(without, room, 'PATCH', '', { execution: 'off' })).status).toBe(200);
  });
});
