import { limits, type Message, type RoomEntry } from '@coderoom/protocol';
import { freshSeed, pause, randomness, until } from '@coderoom/testkit';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unknownId } from './openapi-world.ts';
import { register } from './people.ts';
import { openMember } from './room-member.ts';
import { askIn, enter, makeRoom } from './room-people.ts';
import { expectProblem, openApp, type RunningApp } from './running-app.ts';

const quietMs = 300;
let app: RunningApp;

beforeAll(async () => {
  app = await openApp({ EXECUTION: 'off' }, { presenceGraceMs: 50 });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

async function people() {
  const owner = await makeRoom(app, { name: 'Owner' });
  const editor = await enter(app, owner.room.id, { name: 'Quiet Otter' });
  const viewer = await enter(app, owner.room.id, { name: 'Viewer' });
  await askIn(app, owner, 'PATCH', `/members/${viewer.member.id}`, { role: 'viewer' });
  return { owner, editor, viewer };
}

async function say(who: RoomEntry, body: string | object): Promise<Message> {
  const answer = await askIn(app, who, 'POST', '/messages', typeof body === 'string' ? { text: body } : body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body;
}

const list = async (who: RoomEntry, query = ''): Promise<{ items: Message[]; next: string | null }> => {
  const answer = await askIn(app, who, 'GET', `/messages${query}`);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body;
};
const textsOf = ({ items }: { items: Message[] }) => items.map(({ text }) => text);

describe('what is said', () => {
  it('CHAT-1 reaches everybody as it is kept, whether it came over HTTP or by an event', async () => {
    const { owner, editor } = await people();
    const [a, b] = [await openMember(app.url, owner.token), await openMember(app.url, editor.token)];
    const first = await say(owner, '  Hello\r\nthere <b>&</b> ');
    expect(first).toMatchObject({
      ...{ roomId: owner.room.id, memberId: owner.member.id, memberName: 'Owner', type: 'text' },
      ...{ text: 'Hello\nthere <b>&</b>', replyTo: null, threadId: null, mentions: [] },
      ...{ editedAt: null, deletedAt: null },
    });
    expect(Date.parse(first.createdAt)).toBeGreaterThan(Date.now() - 60_000);
    const { message: second } = await b.ask('message:post', { text: '\n  if x:\n    y()\n', type: 'code' });
    expect(second).toMatchObject({ memberId: editor.member.id, text: '  if x:\n    y()', type: 'code' });
    for (const socket of [a, b]) {
      await until('both', () => socket.all('message:created').length === 2);
      expect(socket.all('message:created').map(({ message }) => message)).toEqual([first, second]);
      socket.expectNoGap();
      socket.close();
    }
    expect(await list(editor)).toEqual({ items: [second, first], next: null });
    expect((await askIn(app, editor, 'GET', `/messages/${first.id}`)).body).toEqual(first);
  });

  it('CHAT-1 has one order for everybody, however many speak at once', async () => {
    const { owner, editor, viewer } = await people();
    const sockets = [await openMember(app.url, owner.token), await openMember(app.url, viewer.token)];
    const all = await Promise.all(
      Array.from({ length: 30 }, (_, index) => {
        const text = `word ${index}`;
        if (index % 3 === 0) return say(editor, text);
        return sockets[index % 2]?.ask('message:post', { text }).then(({ message }) => message);
      }),
    );
    const order = (await list(owner)).items.map(({ id }) => id).reverse();
    expect(order).toHaveLength(30);
    expect(order).toEqual(order.toSorted());
    expect(new Set(order)).toEqual(new Set(all.map((message) => message?.id)));
    for (const socket of sockets) {
      await until('all', () => socket.all('message:created').length === 30);
      expect(socket.all('message:created').map(({ message }) => message.id)).toEqual(order);
      socket.expectNoGap();
      socket.close();
    }
  });

  it('CHAT-2 is plain text of a bounded length, and nothing else', async () => {
    const { owner } = await people();
    const socket = await openMember(app.url, owner.token);
    const bad = [
      ...[{}, { text: '' }, { text: ' \n' }, { text: '\u200b' }, { text: 7 }, { text: null }, { text: ['a'] }],
      ...[{ text: 'x'.repeat(limits.messageTextMaxLength + 1) }, { text: '👩'.repeat(limits.messageTextMaxLength) }],
      ...[
        { text: 'a', type: 'system' },
        { text: 'a', type: 'html' },
        { text: 'a', mentions: [] },
      ],
      ...[
        { text: 'a', memberId: owner.member.id },
        { text: 'a', replyTo: 5 },
        { text: 'a', createdAt: '2020' },
      ],
    ];
    for (const body of bad) {
      expectProblem(await askIn(app, owner, 'POST', '/messages', body), 'invalid_request');
      expect(await socket.refusal('message:post', body), JSON.stringify(body).slice(0, 80)).toBe('invalid_request');
    }
    expect((await list(owner)).items).toEqual([]);
    const longest = 'x'.repeat(limits.messageTextMaxLength);
    expect((await say(owner, longest)).text).toBe(longest);
    await until('the one', () => socket.all('message:created').length === 1);
    socket.close();
  });
});

describe('the history', () => {
  it('CHAT-3 is read page by page without a gap or a double while others go on talking', async () => {
    const { owner, editor } = await people();
    const before = Array.from({ length: 57 }, (_, index) => `old ${index}`);
    for (const text of before) await say(owner, text);
    const random = randomness(freshSeed());
    const read: string[] = [];
    let query = '';
    for (;;) {
      const limit = 1 + random.below(10);
      const [page] = await Promise.all([list(editor, `?limit=${limit}${query}`), say(owner, 'meanwhile')]);
      expect(page.items.length).toBeLessThanOrEqual(limit);
      read.push(...textsOf(page));
      if (page.next === null) break;
      query = `&before=${page.next}`;
    }
    expect(read.filter((text) => text !== 'meanwhile')).toEqual(before.toReversed());

    // And what has been said since, the oldest first.
    const since = (await list(owner)).items[0]?.id ?? '';
    for (const text of ['a', 'b', 'c']) await say(editor, text);
    const first = await list(owner, `?after=${since}&limit=2`);
    expect(textsOf(first)).toEqual(['a', 'b']);
    const second = await list(owner, `?after=${first.next}&limit=2`);
    expect([textsOf(second), second.next]).toEqual([['c'], null]);
  });

  it('CHAT-3 refuses pages that there cannot be', async () => {
    const { owner } = await people();
    for (const query of ['limit=0', `limit=${limits.messagesPageMax + 1}`, 'limit=x', 'offset=1', 'search=']) {
      expectProblem(await askIn(app, owner, 'GET', `/messages?${query}`), 'invalid_request');
    }
    await say(owner, 'one');
    expect(textsOf(await list(owner, '?before=nothing'))).toEqual([]);
    expect(textsOf(await list(owner, '?after=nothing'))).toEqual(['one']);
  });

  it('CHAT-4 is told apart by threads: an answer belongs to the thread of what it answers', async () => {
    const { owner, editor } = await people();
    const root = await say(owner, 'root');
    await say(editor, 'other');
    const answer = await say(editor, { text: 'answer', replyTo: root.id });
    expect(answer).toMatchObject({ replyTo: root.id, threadId: root.id });
    const further = await say(owner, { text: 'further', replyTo: answer.id });
    expect(further).toMatchObject({ replyTo: answer.id, threadId: root.id });
    for (const any of [root, answer, further]) {
      expect(textsOf(await list(editor, `?thread=${any.id}`))).toEqual(['further', 'answer', 'root']);
    }
    expect(textsOf(await list(editor, `?thread=${root.id}&limit=1`))).toEqual(['further']);
    const elsewhere = await makeRoom(app);
    const foreign = await say(elsewhere, 'elsewhere');
    for (const replyTo of [unknownId, foreign.id, 'junk']) {
      expectProblem(await askIn(app, owner, 'POST', '/messages', { text: 'x', replyTo }), 'message_not_found');
    }
    expectProblem(await askIn(app, owner, 'GET', `/messages?thread=${foreign.id}`), 'message_not_found');
    expect((await list(owner)).items).toHaveLength(4);
  });

  it('CHAT-7 is searched for any part, in any case; nothing deleted is found', async () => {
    const { owner, editor } = await people();
    for (const text of ['Sorting 100 % of it', 'the SORTED list', 'Ärger', 'sort_of']) await say(owner, text);
    const gone = await say(editor, 'sorted out');
    await askIn(app, editor, 'DELETE', `/messages/${gone.id}`);
    const found = async (search: string, more = '') =>
      textsOf(await list(editor, `?search=${encodeURIComponent(search)}${more}`));
    expect(await found('sort')).toEqual(['sort_of', 'the SORTED list', 'Sorting 100 % of it']);
    expect(await found(' ärgeR ')).toEqual(['Ärger']);
    expect([await found('%'), await found('t_o'), await found('nothing')]).toEqual([
      ['Sorting 100 % of it'],
      ['sort_of'],
      [],
    ]);
    const first = await list(editor, '?search=sort&limit=2');
    expect(await found('sort', `&before=${first.next}`)).toEqual(['Sorting 100 % of it']);
    expectProblem(await askIn(app, editor, 'GET', '/messages?search=%20'), 'invalid_request');
  });
});

describe('changing what was said', () => {
  it('CHAT-5 is for its author; the owner may delete it; its place stays', async () => {
    const { owner, editor, viewer } = await people();
    const socket = await openMember(app.url, viewer.token);
    const said = await say(editor, 'fisrt');
    const path = `/messages/${said.id}`;
    for (const who of [owner, viewer]) {
      expectProblem(await askIn(app, who, 'PATCH', path, { text: 'mine' }), 'forbidden');
    }
    expectProblem(await askIn(app, viewer, 'DELETE', path), 'forbidden');
    const edited = await askIn(app, editor, 'PATCH', path, { text: ' first ' });
    expect(edited.body).toEqual({ ...said, text: 'first', editedAt: expect.any(String) });
    expect((await socket.next('message:updated')).message).toEqual(edited.body);
    for (const body of [{}, { text: ' ' }, { text: 'x', type: 'code' }]) {
      expectProblem(await askIn(app, editor, 'PATCH', path, body), 'invalid_request');
    }

    expect((await askIn(app, owner, 'DELETE', path)).status).toBe(204);
    const { message } = await socket.next('message:deleted');
    expect(message).toEqual({ ...edited.body, text: '', deletedAt: expect.any(String) });
    expect((await list(viewer)).items).toEqual([message]);
    // Once more is no harm, and tells nobody.
    for (const who of [owner, editor]) expect((await askIn(app, who, 'DELETE', path)).status).toBe(204);
    expectProblem(await askIn(app, editor, 'PATCH', path, { text: 'again' }), 'message_not_found');
    for (const id of [unknownId, 'junk']) {
      expectProblem(await askIn(app, owner, 'DELETE', `/messages/${id}`), 'message_not_found');
      expectProblem(await askIn(app, owner, 'GET', `/messages/${id}`), 'message_not_found');
    }
    await say(owner, 'the last word');
    await socket.next('message:created');
    expect(socket.all('message:deleted')).toHaveLength(1);
    socket.expectNoGap();
    socket.close();
  });

  it('CHAT-5 works by events, too, and is told as it is stored, however many changes come at once', async () => {
    const { owner, editor } = await people();
    const [a, b] = [await openMember(app.url, owner.token), await openMember(app.url, editor.token)];
    const { message } = await b.ask('message:post', { text: 'zero' });
    const edits = Array.from({ length: 8 }, (_, index) =>
      b.ask('message:edit', { messageId: message.id, text: `edit ${index}` }),
    );
    await Promise.all(edits);
    await until('all', () => a.all('message:updated').length === 8);
    const [stored] = (await list(owner)).items;
    expect(a.all('message:updated').at(-1)?.message).toEqual(stored);
    expect(await a.refusal('message:edit', { messageId: message.id, text: 'mine' })).toBe('forbidden');
    expect((await a.ask('message:delete', { messageId: message.id })).message).toMatchObject({ text: '' });
    expect(await b.refusal('message:edit', { messageId: message.id, text: 'back' })).toBe('message_not_found');
    for (const payload of [{}, { messageId: 5 }, { messageId: message.id, text: 'x', more: 1 }]) {
      expect(await b.refusal('message:edit', payload)).toBe('invalid_request');
    }
    for (const socket of [a, b]) socket.close();
  });
});

describe('mentions', () => {
  it('CHAT-6 are resolved by the server and told to who is mentioned, once', async () => {
    const { owner, editor, viewer } = await people();
    const [a, b, c] = [
      await openMember(app.url, owner.token),
      await openMember(app.url, editor.token),
      await openMember(app.url, viewer.token),
    ];
    const said = await say(owner, '@quiet otter and @Owner, @nobody');
    expect(said.mentions).toEqual([editor.member.id, owner.member.id]);
    expect((await b.next('message:mentioned')).message).toEqual(said);
    const edited = await askIn(app, owner, 'PATCH', `/messages/${said.id}`, { text: '@Quiet Otter @viewer' });
    expect(edited.body.mentions).toEqual([editor.member.id, viewer.member.id]);
    expect((await c.next('message:mentioned')).message).toEqual(edited.body);
    expect((await say(owner, { text: '@Viewer', type: 'code' })).mentions).toEqual([]);
    await askIn(app, owner, 'DELETE', `/members/${viewer.member.id}`);
    expect((await say(owner, '@Viewer')).mentions).toEqual([]);
    await until('the last', () => b.all('message:created').length === 3);
    expect([a, b].map((socket) => socket.all('message:mentioned').length)).toEqual([0, 1]);
    for (const socket of [a, b, c]) socket.close();
  });

  it('CHAT-6 reach somebody signed in who is elsewhere', async () => {
    const owner = await makeRoom(app, { title: 'Lesson' });
    const person = await register(app, { name: 'Grace' });
    const { member } = await enter(app, owner.room.id, {}, { token: person.accessToken });
    const auth = { token: person.accessToken };
    const account = io(`${app.url}/account`, { auth, transports: ['websocket'], forceNew: true });
    const told: unknown[] = [];
    account.on('message:mentioned', (event) => told.push(event));
    await new Promise<void>((resolve) => account.on('account:welcome', () => resolve()));
    const message = await say(owner, 'where is @grace?');
    expect(message.mentions).toEqual([member.id]);
    await until('the notice', () => told.length > 0);
    expect(told).toEqual([{ room: { id: owner.room.id, title: 'Lesson' }, message }]);
    const socket = io(app.url, { auth: { ...auth, room: owner.room.id }, transports: ['websocket'], forceNew: true });
    const here: unknown[] = [];
    socket.on('message:mentioned', (event) => here.push(event));
    await new Promise<void>((resolve) => socket.on('room:welcome', () => resolve()));
    await say(owner, '@Grace again');
    await until('the notice in the room', () => here.length === 1);
    expect(told).toHaveLength(1);
    for (const open of [socket, account]) open.close();
  });
});

describe('mentions by somebody blocked', () => {
  it('CHAT-6 reach who has blocked them in the room only', async () => {
    const [author, person] = [await register(app, { name: 'Eve' }), await register(app, { name: 'Grace' })];
    const owner = await makeRoom(app);
    const eve = await enter(app, owner.room.id, {}, { token: author.accessToken });
    await enter(app, owner.room.id, {}, { token: person.accessToken });
    await app.ask('PUT', `/api/v2/blocks/${author.account.id}`, { token: person.accessToken });
    const auth = { token: person.accessToken };
    const account = io(`${app.url}/account`, { auth, transports: ['websocket'], forceNew: true });
    const told: { message: Message }[] = [];
    account.on('message:mentioned', (event) => told.push(event));
    await new Promise<void>((resolve) => account.on('account:welcome', () => resolve()));
    const answer = await app.ask('POST', `/api/v2/rooms/${eve.room.id}/messages`, {
      token: author.accessToken,
      body: { text: '@grace look here' },
    });
    expect(answer.body.mentions).toHaveLength(1);
    const { id } = await say(owner, '@grace and now');
    await until('the one from another', () => told.length > 0);
    expect(told.map(({ message }) => message.id)).toEqual([id]);
    account.close();
  });
});

describe('who may talk', () => {
  it('CHAT-8 is everybody in the room, until it has ended; then it is read, and goes with the room', async () => {
    const { owner, editor, viewer } = await people();
    const said = await say(viewer, 'from a viewer');
    const socket = await openMember(app.url, viewer.token);
    await askIn(app, owner, 'POST', '/end');
    for (const who of [owner, editor, viewer]) {
      expectProblem(await askIn(app, who, 'POST', '/messages', { text: 'late' }), 'room_ended');
    }
    expectProblem(await askIn(app, viewer, 'PATCH', `/messages/${said.id}`, { text: 'late' }), 'room_ended');
    expectProblem(await askIn(app, owner, 'DELETE', `/messages/${said.id}`), 'room_ended');
    expect(await socket.refusal('message:post', { text: 'late' })).toBe('room_ended');
    expect(await socket.refusal('chat:typing', { typing: true })).toBe('room_ended');
    expect((await list(editor)).items).toEqual([said]);
    socket.close();
    await askIn(app, owner, 'DELETE');
    expectProblem(await askIn(app, editor, 'GET', '/messages'), 'room_not_found');
  });

  it('CHAT-8 in a room that waits those inside talk', async () => {
    const owner = await makeRoom(app, { status: 'waiting' });
    expect((await say(owner, 'soon')).text).toBe('soon');
  });

  it('CHAT-11 that somebody is typing is told to the others, without a number, and never kept', async () => {
    const { owner, editor, viewer } = await people();
    const sockets = [
      await openMember(app.url, owner.token),
      await openMember(app.url, editor.token),
      await openMember(app.url, editor.token),
    ] as const;
    const outside = await makeRoom(app);
    const stranger = await openMember(app.url, outside.token);
    await sockets[1].ask('chat:typing', { typing: true });
    expect(await sockets[0].next('chat:typing')).toEqual({ memberId: editor.member.id, typing: true });
    await sockets[1].ask('chat:typing', { typing: false });
    await until('both', () => sockets[0].all('chat:typing').length === 2);
    expect(await sockets[1].refusal('chat:typing', { typing: 'yes' })).toBe('invalid_request');
    await pause(quietMs);
    for (const socket of [sockets[1], sockets[2], stranger]) expect(socket.all('chat:typing')).toEqual([]);
    await say(viewer, 'x');
    await sockets[0].next('message:created');
    sockets[0].expectNoGap();
    for (const socket of [...sockets, stranger]) socket.close();
  });
});

describe('saying it once', () => {
  it('CHAT-9 the same key is the same message, in parallel, and over HTTP and events together', async () => {
    const { owner, editor } = await people();
    const socket = await openMember(app.url, owner.token);
    const body = { text: 'once' };
    const headers = { 'idempotency-key': 'a key' };
    const path = `/api/v2/rooms/${owner.room.id}/messages`;
    const post = () => app.ask('POST', path, { token: owner.token, headers, body });
    const answers = await Promise.all([post(), post(), post(), socket.ask('message:post', { ...body, key: 'a key' })]);
    const ids = answers.map((answer) => ('status' in answer ? answer.body.id : answer.message.id));
    expect(new Set(ids).size).toBe(1);
    const other = { token: owner.token, headers, body: { text: 'twice' } };
    expectProblem(await app.ask('POST', path, other), 'idempotency_conflict');
    // Somebody else's keys are their own.
    expect((await app.ask('POST', path, { token: editor.token, headers, body })).status).toBe(201);
    expect(textsOf(await list(owner))).toEqual(['once', 'once']);
    // A repetition tells how the message is by now.
    await askIn(app, owner, 'DELETE', `/messages/${ids[0]}`);
    expect((await post()).body).toMatchObject({ id: ids[0], text: '' });
    socket.close();
  });

  it('CHAT-10 is limited for each member, from wherever, and for each address', async () => {
    await using strict = await openApp({ RATE_LIMITS: 'on' }, { ratePoints: { messagesOfMember: 3, messages: 5 } });
    const owner = await makeRoom(strict);
    const post = (who: RoomEntry) => askIn(strict, who, 'POST', '/messages', { text: 'x' });
    const socket = await openMember(strict.url, owner.token);
    await post(owner);
    const { message } = await socket.ask('message:post', { text: 'x' });
    await socket.ask('message:edit', { messageId: message.id, text: 'y' });
    expect(await socket.refusal('message:post', { text: 'x' })).toBe('rate_limited');
    const editor = await enter(strict, owner.room.id);
    expect((await post(editor)).status).toBe(201);
    const refused = await post(editor);
    expectProblem(refused, 'rate_limited');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    socket.close();
  });
});
