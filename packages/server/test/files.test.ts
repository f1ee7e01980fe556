import { limits, type RoomEntry } from '@coderoom/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectProblem, openApp, type RunningApp } from './running-app.ts';

let app: RunningApp;
let entry: RoomEntry;
const path = (file = '') => `/api/v2/rooms/${entry.room.id}/files${file}`;
const put = (file: string, text: string, headers: Record<string, string> = {}) =>
  app.ask('PUT', path(file), { token: entry.token, body: { text }, headers });
const get = (file: string) => app.ask('GET', path(file), { token: entry.token });
const remove = (file: string, headers: Record<string, string> = {}) =>
  app.ask('DELETE', path(file), { token: entry.token, headers });

beforeAll(async () => {
  app = await openApp({ EXECUTION: 'off' });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});
beforeEach(async () => {
  entry = (await app.ask('POST', '/api/v2/rooms', { body: { language: 'python' } })).body;
});

describe('files of a room', () => {
  it('FILE-1 are made, read, changed and deleted by path, which may have slashes', async () => {
    const made = await put('/src/lib/a.py', 'one');
    expect(made.status).toBe(201);
    expect(made.body).toEqual({ path: 'src/lib/a.py', text: 'one', version: expect.any(String) });
    expect(made.headers.get('etag')).toBe(`"${made.body.version}"`);
    const changed = await put('/src%2Flib%2Fa.py', 'two');
    expect(changed.status).toBe(200);
    const read = await get('/src/lib/a.py');
    expect(read.body).toEqual({ path: 'src/lib/a.py', text: 'two', version: changed.body.version });
    expect(read.headers.get('etag')).toBe(`"${changed.body.version}"`);
    expect((await remove('/src/lib/a.py')).status).toBe(204);
    expectProblem(await get('/src/lib/a.py'), 'file_not_found');
    expectProblem(await remove('/src/lib/a.py'), 'file_not_found');
  });

  it('FILE-2 any name that people give works', async () => {
    for (const name of ['ünï.py', 'a b', '日本.txt', 'per%cent', 'q?a', '#x', 'x'.repeat(limits.filePathMaxLength)]) {
      expect((await put(`/${encodeURIComponent(name)}`, name)).status, name).toBe(201);
      expect((await get(`/${encodeURIComponent(name)}`)).body).toMatchObject({ path: name, text: name });
    }
  });

  it('FILE-2 a path that could lead elsewhere is refused', async () => {
    for (const name of [
      '..%2fx',
      'a%2f..%2fb',
      '%2fabs',
      'a%2f%2fb',
      'a%5cb',
      'a%00b',
      'x'.repeat(limits.filePathMaxLength + 1),
      '%2e%2e%2f',
    ]) {
      expectProblem(await put(`/${name}`, ''), 'invalid_path');
      expectProblem(await get(`/${name}`), 'invalid_path');
    }
    expectProblem(await get('/%ff'), 'invalid_request');
  });

  it('FILE-3 If-Match writes only over the version it names', async () => {
    const { body } = await put('/a', 'one');
    expectProblem(await put('/a', 'two', { 'if-match': '"another"' }), 'file_changed');
    expect((await put('/a', 'two', { 'if-match': `"${body.version}"` })).status).toBe(200);
    expectProblem(await put('/a', 'three', { 'if-match': `"${body.version}"` }), 'file_changed');
    expectProblem(await remove('/a', { 'if-match': `"${body.version}"` }), 'file_changed');
    expect((await remove('/a', { 'if-match': '*' })).status).toBe(204);
    expectProblem(await put('/a', 'new', { 'if-match': '*' }), 'file_not_found');
  });

  it('FILE-4 text is kept as the document holds it, and said so', async () => {
    const { body } = await put('/a', 'one\r\ntwo\rthree\ud800');
    expect(body.text).toBe('one\ntwo\nthree\ufffd');
    expect((await get('/a')).body).toEqual(body);
  });

  it('FILE-5 is durable when the answer comes', async () => {
    await put('/a', 'kept');
    await app.reopen();
    expect((await get('/a')).body.text).toBe('kept');
  });

  it('FILE-6 bounds: size of a file, number of files, and at least one', async () => {
    expectProblem(await put('/a', 'x'.repeat(limits.fileTextMaxBytes + 1)), 'invalid_request');
    expectProblem(await put('/a', 'é'.repeat(limits.fileTextMaxBytes / 2 + 1)), 'too_large');
    expectProblem(await put('/a', 'x'.repeat(5_000_000)), 'too_large');
    expectProblem(await remove('/main.py'), 'invalid_request');
    for (let i = 1; i < limits.filesMax; i++) expect((await put(`/f${i}`, '')).status).toBe(201);
    expectProblem(await put('/one-too-many', ''), 'too_many_files');
  });

  it('API-2 other bodies are refused', async () => {
    for (const body of [{}, { text: 7 }, { text: ['a'] }, { text: '', path: 'x' }]) {
      expectProblem(await app.ask('PUT', path('/a'), { token: entry.token, body }), 'invalid_request');
    }
    expectProblem(await app.ask('PUT', path('/a'), { token: entry.token }), 'invalid_request');
  });

  it('RUN-9 EXECUTION=off keeps the languages known, says that none runs, and runs nothing', async () => {
    const { body } = await app.ask('GET', '/api/v2/languages');
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual(expect.arrayContaining(['python', 'javascript']));
    expect(body.items.every(({ installed }: { installed: boolean }) => !installed)).toBe(true);
    expectProblem(await app.ask('POST', '/api/v2/run', { body: { language: 'python', source: '' } }), 'execution_off');
    expectProblem(
      await app.ask('POST', `/api/v2/rooms/${entry.room.id}/runs`, { token: entry.token, body: {} }),
      'execution_off',
    );
    expect((await app.ask('GET', '/health')).body.execution.tier).toBe('off');
  });
});
