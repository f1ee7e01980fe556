import {
  connectDocument,
  type DocumentClient,
  freshSeed,
  joinRoom,
  launchBrowser,
  pause,
  type Randomness,
  randomness,
  request,
  until,
} from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toV4 } from '../src/dialects/ids.ts';
import { type CodeCallSocket, openPerson, openSocket } from './dialects/codecall-client.ts';
import { type CodeChillApp, type CodeChillSocket, openCodeChill } from './dialects/codechill-client.ts';
import { type EventReader, readEvents } from './dialects/event-reader.ts';
import { openMember, type RoomMember } from './room-member.ts';

/**
 * One room and everybody in it, each by another door and in other words: a browser, a Yjs client, and a client of each of
 * the five systems, as such clients are: those that hold a whole text replace theirs by what they are told.
 */
const playMs = 30_000;
const settleMs = 30_000;
/** Of writing over somebody else's version. */
const attemptsMax = 50;
const path = 'main.js';
const creatorToken = 'chosen by whoever began it';

let site: CodeChillApp;
let browser: Awaited<ReturnType<typeof launchBrowser>>;
type Page = Awaited<ReturnType<typeof browser.newPage>>;
let party: Party;

beforeAll(async () => {
  [site, browser] = await Promise.all([openCodeChill(), launchBrowser()]);
  party = await gather();
}, 120_000);
afterAll(async () => {
  party?.leave();
  await browser?.close();
  await site?.[Symbol.asyncDispose]();
});

/** Everybody, in the room. */
interface Party {
  room: Room;
  /** Somebody who only listens, by our own events. */
  witness: RoomMember;
  document: DocumentClient;
  page: Page;
  /** What went wrong in the page. */
  problems: string[];
  chill: CodeChillSocket;
  call: CodeCallSocket;
  /** What CodeCall calls the room. */
  callSession: string;
  typists: Typist[];
  leave(): void;
}

/** Somebody who writes lines into the text, wherever one begins. */
interface Typist {
  name: string;
  /** How long they wait between two lines, at most. */
  everyMs: number;
  type(line: string, random: Randomness): Promise<void>;
  /** The text as they see it. */
  text(): string | Promise<string>;
}

interface Room {
  id: string;
  /** As other systems want ids. */
  idV4: string;
  /** CodeCast's, by which all others find it, too. */
  code: string;
  /** Our own, which CodeInterview takes: an id there is Code Connect Live's. */
  ourCode: string;
  /** Of the one who listens. */
  token: string;
}

async function ask(method: string, address: string, body?: unknown, headers: Record<string, string> = {}) {
  const options = { method, headers, ...(body === undefined ? {} : { body }) };
  const answer = await request(site.url, address, options);
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever came
  return { status: answer.status, body: answer.body as any };
}

async function mustAsk(...asked: Parameters<typeof ask>) {
  const answer = await ask(...asked);
  expect(answer.status, `${asked[0]} ${asked[1]}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
  return answer.body;
}

/** Where a line may stand: at the beginning of the text or of one of its lines. */
function putLine(text: string, line: string, random: Randomness): string {
  const places = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  const at = random.pick(places);
  return text.slice(0, at) + line + text.slice(at);
}

/** A room begun by CodeCast, the only one of all whose owner can prove it by nothing but a token of that system. */
async function beginRoom(): Promise<Room> {
  const session = await mustAsk('POST', '/api/v1/sessions/anon', {
    creator_token: creatorToken,
    display_name: 'Caster',
  });
  const code = session.session_code as string;
  await pushSnippet(code, path, '// begun\n');
  const { room, token } = await joinRoom(site.url, code, { name: 'Witness' });
  return { id: room.id, idV4: toV4(room.id), ourCode: room.code, code, token };
}

const pushSnippet = (code: string, file_name: string, content: string) =>
  mustAsk('POST', `/api/v1/sessions/anon/${code}/snippets`, { file_name, content }, { authorization: creatorToken });

function createYjsTypist(document: DocumentClient): Typist {
  const file = () => document.file(path);
  return {
    name: 'yjs',
    everyMs: 300,
    text: () => file().toString(),
    async type(line, random) {
      const text = file().toString();
      const places = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
      file().insert(random.pick(places), line);
    },
  };
}

async function createBrowserTypist(page: Page): Promise<Typist> {
  const editor = page.getByRole('textbox', { name: 'Code editor' });
  await editor.waitFor();
  return {
    name: 'web',
    everyMs: 600,
    // Only what is in view is in the page; so the editor is asked for its lines, without the flags at others' carets.
    text: () =>
      editor.evaluate((content) => {
        interface View {
          state: { doc: object };
        }
        const { root, view } = (content as unknown as { cmTile: { root?: { view: View }; view: View } }).cmTile;
        return String((root?.view ?? view).state.doc);
      }),
    async type(line, random) {
      await editor.focus();
      await page.keyboard.press(random.below(2) === 0 ? 'Control+Home' : 'Control+End');
      await page.keyboard.insertText(line);
    },
  };
}

/** Sends what it has with the version it has; on a conflict it takes what there is and puts its line in again. */
function createCodeChillTypist(
  socket: CodeChillSocket,
  joined: { current_content: string; content_version: number },
): Typist {
  let text = joined.current_content;
  let version = joined.content_version;
  const waiting: { isAccepted: boolean | undefined }[] = [];
  const take = (content: string, known: number) => {
    text = content;
    version = known;
  };
  socket.on('code_updated', (told) => take(told.content as string, told.version as number));
  socket.on('code_change_ack', (told) => {
    version = told.version as number;
    const sent = waiting.shift();
    if (sent !== undefined) sent.isAccepted = true;
  });
  socket.on('code_conflict', (told) => {
    take(told.current_content as string, told.current_version as number);
    const sent = waiting.shift();
    if (sent !== undefined) sent.isAccepted = false;
  });
  return {
    name: 'chill',
    everyMs: 400,
    text: () => text,
    async type(line, random) {
      for (let attempt = 0; attempt < attemptsMax; attempt++) {
        text = putLine(text, line, random);
        const sent: { isAccepted: boolean | undefined } = { isAccepted: undefined };
        waiting.push(sent);
        socket.emit('code_change', { content: text, version });
        await until('an answer to code_change', () => sent.isAccepted !== undefined);
        if (sent.isAccepted) return;
      }
      throw new Error('CodeChill’s client met nothing but conflicts');
    },
  };
}

/** Puts with the version it has; on a conflict it takes the text that is named there. Its stream tells it of others. */
function createCodeConnectLiveTypist({ idV4 }: Room, stream: EventReader): Typist {
  const clientId = 'a client of Code Connect Live';
  let text = '';
  let version = -1;
  let read = 0;
  const catchUp = () => {
    for (; read < stream.events.length; read++) {
      const told = stream.events[read];
      if (told.sourceClientId === clientId || told.version <= version) continue;
      text = told.code;
      version = told.version;
    }
  };
  return {
    name: 'live',
    everyMs: 400,
    text() {
      catchUp();
      return text;
    },
    async type(line, random) {
      for (let attempt = 0; attempt < attemptsMax; attempt++) {
        catchUp();
        text = putLine(text, line, random);
        const { status, body } = await ask('PUT', `/v1/sessions/${idV4}`, { code: text, version, clientId });
        if (status === 200) {
          version = Math.max(version, body.version);
          return;
        }
        expect(status, JSON.stringify(body)).toBe(409);
        text = body.codeContent;
        version = body.version;
      }
      throw new Error('Code Connect Live’s client met nothing but conflicts');
    },
  };
}

/** Reads, changes, writes. */
function createCodeInterviewTypist({ ourCode }: Room): Typist {
  const address = `/api/v1/sessions/${ourCode}`;
  const headers = { 'user-agent': 'a client of CodeInterview' };
  const read = async (): Promise<string> => (await mustAsk('GET', address, undefined, headers)).code;
  return {
    name: 'interview',
    everyMs: 500,
    text: read,
    async type(line, random) {
      await mustAsk('PATCH', address, { code: putLine(await read(), line, random) }, headers);
    },
  };
}

function createCodeCallTypist(client: CodeCallSocket, sessionId: string): Typist {
  return {
    name: 'call',
    everyMs: 300,
    text: () => client.text,
    type: async (line, random) => client.type(sessionId, putLine(client.text, line, random)),
  };
}

/** Everybody writes, each at their own pace, for as long as the play takes. Returns all lines. */
async function play(typists: Typist[], seed: number): Promise<string[]> {
  const lines: string[] = [];
  const endAt = Date.now() + playMs;
  await Promise.all(
    typists.map(async (typist, index) => {
      const random = randomness(seed + index);
      for (let count = 0; Date.now() < endAt; count++) {
        const line = `${typist.name}${count}_${random.below(1000)};\n`;
        lines.push(line);
        await typist.type(line, random);
        await pause(20 + random.below(typist.everyMs));
      }
    }),
  );
  return lines;
}

async function gather(): Promise<Party> {
  const room = await beginRoom();
  const witness = await openMember(site.url, room.token);

  const document = connectDocument(site.url, room.id, (await joinRoom(site.url, room.code, { name: 'Yjs' })).token);
  await document.synced();
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  await page.goto(`${site.url}/r/${room.code}`);
  const web = await createBrowserTypist(page);

  const person = await site.signIn('Chill');
  await mustAsk('POST', `/api/rooms/${room.idV4}/join`, {}, { authorization: `Bearer ${person.token}` });
  const chill = await site.connect(person);
  const joined = await chill.join(room.idV4);

  const stream = await readEvents(`${site.url}/v1/sessions/${room.idV4}/stream`);
  await mustAsk('POST', `/v1/sessions/${room.idV4}/participants`, { name: 'Live' });
  await mustAsk('POST', `/api/v1/sessions/${room.ourCode}/users`, { name: 'Interview' });

  const caller = await openPerson(site.app, 'Caller');
  const callSession = (await caller.post(`/sessions/join/${room.code}`)).body.data.id as string;
  const call = await openSocket(site.url, caller.accessToken);
  call.emit('join-session', { sessionId: callSession });
  await call.next('presence:update');

  const typists = [
    createYjsTypist(document),
    web,
    createCodeChillTypist(chill, joined),
    createCodeConnectLiveTypist(room, stream),
    createCodeInterviewTypist(room),
    createCodeCallTypist(call, callSession),
  ];
  return {
    ...{ room, witness, document, page, problems, chill, call, callSession, typists },
    leave() {
      stream.close();
      document[Symbol.dispose]();
      for (const one of [witness, chill, call]) one.close();
    },
  };
}

async function fileOf({ id, token }: Room, name: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}` };
  return (await mustAsk('GET', `/api/v2/rooms/${id}/files/${name}`, undefined, headers)).text;
}

async function expectTextEverywhere(text: string): Promise<void> {
  await Promise.all(
    party.typists.map((typist) =>
      until(`the text at ${typist.name}`, async () => (await typist.text()) === text, { timeoutMs: settleMs }),
    ),
  );
}

async function drawLine(page: Page, box: { x: number; y: number }, from: number): Promise<void> {
  await page.mouse.move(box.x + from, box.y + from);
  await page.mouse.down();
  for (let step = 1; step <= 8; step++) await page.mouse.move(box.x + from + step * 12, box.y + from + step * 6);
  await page.mouse.up();
}

const besideTheCode = (page: Page, name: string) =>
  page.getByRole('navigation', { name: 'Beside the code' }).getByRole('button', { name });

describe('one room, seven doors', () => {
  it('DIA-201 everybody sees who is there, as far as their system shows people', async () => {
    const { room, witness, page, chill, call } = party;
    const names = ['Caster', 'Witness', 'Chill', 'Live', 'Interview', 'Caller'];
    const members = [...witness.welcome.members, ...witness.all('member:joined').map(({ member }) => member)];
    expect(members.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    const participants: { name: string }[] = await mustAsk('GET', `/v1/sessions/${room.idV4}/participants`);
    expect(participants.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    const { users } = await mustAsk('GET', `/api/v1/sessions/${room.ourCode}/users`);
    expect(users.map(({ name }: { name: string }) => name)).toEqual(expect.arrayContaining(names));
    expect(await chill.next('user_joined')).toMatchObject({ room_id: room.idV4 });
    const [told] = call.all('presence:update') as { users: object[] }[];
    expect(told?.users.length).toBeGreaterThanOrEqual(names.length);
    const people = page.getByRole('button', { name: 'People', exact: true });
    await people.click();
    await until('all names in the browser', async () => {
      const shown = await page.locator('body').innerText();
      return names.every((name) => shown.includes(name));
    });
    await people.click();
  });

  it('DIA-200 all type at once for 30 s: everybody ends with the same text, and no line is lost, doubled or torn', {
    timeout: 180_000,
  }, async () => {
    const { room, witness, typists } = party;
    const seed = freshSeed();
    await expectTextEverywhere('// begun\n');
    // CodeCast has no word for typing: it shows one snippet after the other meanwhile.
    let snippets = 0;
    const casting = (async () => {
      for (const endAt = Date.now() + playMs; Date.now() < endAt; snippets++) {
        await pushSnippet(room.code, 'shown.js', `shown(${snippets});\n`);
        await pause(1_000);
      }
    })();
    const [lines] = await Promise.all([play(typists, seed), casting]);
    const expected = ['', '// begun', ...lines.map((line) => line.trimEnd())].toSorted();
    const text = await until(
      'everything to have arrived',
      async () => {
        const before = await fileOf(room, path);
        await pause(1_000);
        return before === (await fileOf(room, path)) ? before : undefined;
      },
      { timeoutMs: settleMs },
    );
    await expectTextEverywhere(text);
    expect(text.split('\n').toSorted(), `CODEROOM_SEED=${seed}`).toEqual(expected);
    const written = Object.groupBy(lines, (line) => /^[a-z]+/.exec(line)?.[0] ?? '');
    for (const { name } of typists) expect(written[name]?.length, name).toBeGreaterThan(5);

    const last = `shown(${snippets - 1});\n`;
    const { content } = await mustAsk('GET', `/api/v1/sessions/anon/${room.code}/snippets`);
    expect([content, await fileOf(room, 'shown.js')]).toEqual([last, last]);
    expect(witness.all('snippet:pushed')).toHaveLength(snippets);
  });

  it('DIA-202 what is said on the web is said in CodeChill, and the other way round', async () => {
    const { witness, chill } = party;
    await witness.ask('message:post', { text: 'from the web' });
    chill.emit('send_message', { content: 'from CodeChill' });
    const said = ['from the web', 'from CodeChill'];
    await until('both in CodeChill', () =>
      said.every((content) => chill.all('new_message').some((message) => message.content === content)),
    );
    await until('both on the web', () =>
      said.every((text) => witness.all('message:created').some(({ message }) => message.text === text)),
    );
  });

  it('DIA-203 what is drawn in a browser is drawn in CodeCall, and the other way round, until either clears it', {
    timeout: 60_000,
  }, async () => {
    const { document, page, call, callSession: sessionId } = party;
    const board = document.doc.getMap('board');
    await besideTheCode(page, 'Board').click();
    const paper = page.getByRole('application', { name: 'Drawing area' });
    await paper.waitFor();
    const box = await paper.boundingBox();
    if (box === null) throw new Error('the board is not to be seen');
    await page.getByRole('button', { name: 'Pen', exact: true }).click();
    for (let attempt = 0; call.all('whiteboard-draw').length === 0; attempt++) {
      await drawLine(page, box, 40 + attempt * 5);
      await pause(1_000);
    }
    const numbers = { x0: expect.any(Number), y0: expect.any(Number), x1: expect.any(Number), y1: expect.any(Number) };
    expect(call.all('whiteboard-draw')[0]).toMatchObject({ stroke: { ...numbers, tool: 'pen' } });

    const stroke = { x0: 1, y0: 2, x1: 300, y1: 200, color: '#ff0000', size: 9, tool: 'pen' };
    call.emit('whiteboard-draw', { sessionId, stroke });
    await until('CodeCall’s stroke', () => JSON.stringify(board.toJSON()).includes('"x1":300,"y1":200'));
    call.emit('whiteboard-clear', { sessionId });
    await call.next('whiteboard-clear');
    await until('an empty board', () => board.size === 0);
  });

  it('DIA-204 a run that somebody starts is seen by all who can be told of it', { timeout: 60_000 }, async () => {
    const { witness, page, chill, typists } = party;
    chill.emit('execute_code', { source_code: 'console.log("run by CodeChill")', language: 'javascript' });
    expect(await chill.next('execution_completed')).toMatchObject({
      status: 'completed',
      output: 'run by CodeChill\n',
    });
    expect((await witness.next('run:finished')).run.result?.stdout).toBe('run by CodeChill\n');
    await besideTheCode(page, 'Output').click();
    const output = page.getByRole('region', { name: 'Output' });
    const shows = (text: string) => async () => (await output.innerText()).replaceAll('\u00a0', ' ').includes(text);
    await until('its output in the browser', shows('run by CodeChill'), { timeoutMs: 20_000 });

    const live = typists.find(({ name }) => name === 'live');
    const code = 'console.log("run from the browser");\n';
    const version = Number((await mustAsk('GET', `/v1/sessions/${party.room.idV4}`)).version);
    await mustAsk('PUT', `/v1/sessions/${party.room.idV4}`, { code, version, clientId: 'somebody new' });
    expect(live).toBeDefined();
    await expectTextEverywhere(code);
    await page.getByRole('textbox', { name: 'Code editor' }).focus();
    await page.keyboard.press('Control+Enter');
    await until('it at CodeChill', () =>
      chill.all('execution_completed').some((told) => told.output === 'run from the browser\n'),
    );
    await until('its output in the browser', shows('run from the browser'));
  });

  it('DIA-200 nothing went wrong on the way', async () => {
    const { witness, problems } = party;
    witness.expectNoGap();
    expect(problems).toEqual([]);
    expect(site.app.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
  });
});
