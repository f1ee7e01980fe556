import { limits, type RoomEntry, type Snippet } from '@coderoom/protocol';
import { connectDocument, until } from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { unknownId } from './openapi-world.ts';
import { openMember } from './room-member.ts';
import { askIn, enter, makeRoom } from './room-people.ts';
import { expectProblem, openApp, type RunningApp } from './running-app.ts';

let app: RunningApp;

beforeAll(async () => {
  app = await openApp({ EXECUTION: 'off' });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

const tryPush = (who: RoomEntry, fileName: string, content: string) =>
  askIn(app, who, 'POST', '/snippets', { fileName, content });

async function push(who: RoomEntry, fileName: string, content: string): Promise<Snippet> {
  const answer = await tryPush(who, fileName, content);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body;
}

const fileOf = async (who: RoomEntry, path: string) => {
  const { body } = await askIn(app, who, 'GET', `/files/${encodeURIComponent(path)}`);
  return body.text;
};

describe('pushing a snippet', () => {
  it('SNIP-1 keeps it as it was, puts it into its file, and tells everybody', async () => {
    const owner = await makeRoom(app, { name: 'Ada' });
    const editor = await enter(app, owner.room.id);
    const socket = await openMember(app.url, editor.token);
    const content = 'def f():\r\n\treturn "é\0"\r\n';
    const pushed = await push(owner, 'lib/f.py', content);
    expect(pushed).toEqual({
      ...{ id: expect.any(String), roomId: owner.room.id, memberId: owner.member.id, memberName: 'Ada' },
      ...{ fileName: 'lib/f.py', path: 'lib/f.py', content, bytes: Buffer.byteLength(content) },
      pushedAt: expect.any(String),
    });
    const { content: _, ...summary } = pushed;
    expect((await socket.next('snippet:pushed')).snippet).toEqual(summary);
    expect(await fileOf(editor, 'lib/f.py')).toBe('def f():\n\treturn "é\0"\n');
    expect((await askIn(app, editor, 'GET', '/snippets/latest')).body).toEqual(pushed);
    socket.expectNoGap();
    socket.close();
  });

  it('SNIP-1 is one edit of the file, which an editor can take back, and loses nobody’s typing', async () => {
    const owner = await makeRoom(app, { language: 'python' });
    const editor = await enter(app, owner.room.id);
    const before = 'one\ntwo\nthree\n';
    await askIn(app, owner, 'PUT', '/files/main.py', { text: before });
    using document = connectDocument(app.url, owner.room.id, editor.token);
    await document.synced();
    const text = document.file('main.py');
    expect(text.toString()).toBe(before);
    const history = new Y.UndoManager(text, { trackedOrigins: new Set([document.provider]), captureTimeout: 0 });
    let transactions = 0;
    text.observe(() => transactions++);

    await push(owner, 'main.py', 'ONE\ntwo\nTHREE\n');
    await until('the push', () => text.toString() === 'ONE\ntwo\nTHREE\n');
    expect(transactions).toBe(1);
    text.insert(text.toString().indexOf('two'), 'typed ');
    history.undo();
    expect(text.toString()).toBe('one\ntyped two\nthree\n');
  });

  it('SNIP-1 leaves what others typed since the last push of that file, and puts nothing in twice', async () => {
    const owner = await makeRoom(app, { language: 'python' });
    const editor = await enter(app, owner.room.id);
    await push(owner, 'shown.py', 'one\ntwo\nthree\n');
    await askIn(app, editor, 'PUT', '/files/shown.py', { text: 'one\ntwo, as the editor has it\nthree\n# and more\n' });
    await push(owner, 'shown.py', 'ONE\ntwo\nthree\n');
    const merged = 'ONE\ntwo, as the editor has it\nthree\n# and more\n';
    expect(await fileOf(owner, 'shown.py')).toBe(merged);
    // What is pushed from the shared file itself changes nothing in it, nor does the same push once more.
    await push(editor, 'shown.py', merged);
    await push(owner, 'shown.py', 'ONE\ntwo\nthree\n');
    expect(await fileOf(owner, 'shown.py')).toBe(merged);
  });

  it('SNIP-1 many at once are each kept, and the file holds the last', async () => {
    const owner = await makeRoom(app);
    const contents = Array.from({ length: 12 }, (_, index) => `version ${index}\n`);
    await Promise.all(contents.map((content) => push(owner, 'shown.txt', content)));
    const { body } = await askIn(app, owner, 'GET', '/snippets');
    expect(body.items).toHaveLength(12);
    const { body: latest } = await askIn(app, owner, 'GET', '/snippets/latest');
    expect(body.items[0].id).toBe(latest.id);
    expect(await fileOf(owner, 'shown.txt')).toBe(latest.content);
  });

  it('SNIP-3 puts what may be no path into a file that is one', async () => {
    const owner = await makeRoom(app);
    for (const [fileName, path] of [
      ['..\\a.py', 'a.py'],
      ['/etc/passwd', 'passwd'],
      ['../../b/c.py', 'b/c.py'],
      ['nul\0.py', 'nul_.py'],
    ] as const) {
      expect(await push(owner, fileName, 'x = 1\n')).toMatchObject({ fileName, path });
      expect(await fileOf(owner, path)).toBe('x = 1\n');
    }
  });

  it('SNIP-4 is for those who may change files', async () => {
    const owner = await makeRoom(app);
    const viewer = await enter(app, owner.room.id);
    await askIn(app, owner, 'PATCH', `/members/${viewer.member.id}`, { role: 'viewer' });
    expectProblem(await tryPush(viewer, 'a.py', 'x'), 'forbidden');
    const pushed = await push(owner, 'a.py', 'x');
    await askIn(app, owner, 'POST', '/end');
    expectProblem(await tryPush(owner, 'a.py', 'y'), 'room_ended');
    expect((await askIn(app, viewer, 'GET', '/snippets/latest')).body).toEqual(pushed);
    await askIn(app, owner, 'DELETE');
    expectProblem(await askIn(app, viewer, 'GET', '/snippets/latest'), 'room_not_found');
  });

  it('SNIP-4 refuses what is none, and then nothing was pushed', async () => {
    const owner = await makeRoom(app);
    const bad = [
      ...[{}, { fileName: 'a' }, { content: 'a' }, { fileName: '', content: 'a' }, { fileName: 7, content: 'a' }],
      ...[
        { fileName: ' ', content: 'a' },
        { fileName: 'a', content: null },
        { fileName: 'a', content: 'a', path: 'b' },
      ],
      { fileName: 'x'.repeat(limits.snippetNameMaxLength + 1), content: 'a' },
    ];
    for (const body of bad) expectProblem(await askIn(app, owner, 'POST', '/snippets', body), 'invalid_request');
    const wide = '界'.repeat(limits.fileTextMaxBytes / 3 + 1);
    expectProblem(await tryPush(owner, 'wide.txt', wide), 'too_large');
    expectProblem(await askIn(app, owner, 'GET', '/snippets/latest'), 'snippet_not_found');
    const { body } = await askIn(app, owner, 'GET', '/files');
    expect(body.items.map(({ path }: { path: string }) => path)).not.toContain('wide.txt');
  });

  it('SNIP-5 where there is no room for another file, nothing is pushed', async () => {
    const owner = await makeRoom(app);
    const { body } = await askIn(app, owner, 'GET', '/files');
    for (let count = body.items.length; count < limits.filesMax; count++) await push(owner, `${count}.txt`, 'x');
    expectProblem(await tryPush(owner, 'one-too-many.txt', 'x'), 'too_many_files');
    expect((await askIn(app, owner, 'GET', '/snippets/latest')).body.fileName).toBe(`${limits.filesMax - 1}.txt`);
    expect((await push(owner, '50.txt', 'y')).path).toBe('50.txt');
  });

  it('SNIP-5 the oldest ones are forgotten', async () => {
    const owner = await makeRoom(app);
    const count = limits.snippetsKeptPerRoom + 2;
    for (let index = 0; index < count; index++) await push(owner, 'shown.txt', `${index}`);
    const first = (await askIn(app, owner, 'GET', `/snippets?limit=${limits.snippetsPageMax}`)).body;
    const second = (await askIn(app, owner, 'GET', `/snippets?limit=${limits.snippetsPageMax}&before=${first.next}`))
      .body;
    expect([first.items.length + second.items.length, second.next]).toEqual([limits.snippetsKeptPerRoom, null]);
    expect((await askIn(app, owner, 'GET', '/snippets/latest')).body.content).toBe(`${count - 1}`);
  });

  it('SNIP-6 the same key is the same snippet', async () => {
    const owner = await makeRoom(app);
    const path = `/api/v2/rooms/${owner.room.id}/snippets`;
    const request = {
      token: owner.token,
      headers: { 'idempotency-key': 'k' },
      body: { fileName: 'a.py', content: 'x' },
    };
    const answers = await Promise.all(Array.from({ length: 4 }, () => app.ask('POST', path, request)));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers[0]?.headers.get('location')).toBe(`${path}/${answers[0]?.body.id}`);
    expectProblem(
      await app.ask('POST', path, { ...request, body: { fileName: 'b.py', content: 'x' } }),
      'idempotency_conflict',
    );
    expect((await askIn(app, owner, 'GET', '/snippets')).body.items).toHaveLength(1);
  });
});

describe('the snippets of a room', () => {
  it('SNIP-2 are listed newest first, in pages, without their content', async () => {
    const owner = await makeRoom(app);
    expect((await askIn(app, owner, 'GET', '/snippets')).body).toEqual({ items: [], next: null });
    const all: Snippet[] = [];
    for (let index = 0; index < 5; index++) all.unshift(await push(owner, `${index}.py`, `${index}`));
    const first = (await askIn(app, owner, 'GET', '/snippets?limit=3')).body;
    const second = (await askIn(app, owner, 'GET', `/snippets?limit=3&before=${first.next}`)).body;
    expect([...first.items, ...second.items]).toEqual(all.map(({ content: _, ...summary }) => summary));
    expect(second.next).toBeNull();
    for (const snippet of all) {
      expect((await askIn(app, owner, 'GET', `/snippets/${snippet.id}`)).body).toEqual(snippet);
    }
    const elsewhere = await makeRoom(app);
    for (const id of [unknownId, 'junk', all[0]?.id]) {
      expectProblem(await askIn(app, elsewhere, 'GET', `/snippets/${id}`), 'snippet_not_found');
    }
    expectProblem(await askIn(app, owner, 'GET', '/snippets?limit=0'), 'invalid_request');
  });
});
