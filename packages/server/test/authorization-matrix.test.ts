import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { temporaryFolder, until } from '@coderoom/testkit';
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cast, gatherCast, gatherPeople, type People, type Role, roles, secretKey } from './authorization-cast.ts';
import { openDocument, openEvents } from './doors.ts';
import { unknownId } from './openapi-world.ts';
import { freshEmail, goodPassword } from './people.ts';
import { openMember, type RoomMember } from './room-member.ts';
import { type OpenApi, openApp, type RunningApp } from './running-app.ts';
import { createStillExecution } from './still-execution.ts';

/**
 * Who may do what, held against the data in authorization-matrix.json: a row for every operation, every event of clients
 * and every other door, a column for everybody in `roles`. What has no row fails.
 */
interface Matrix {
  roles: string[];
  /** Statuses, in the order of the roles; after an operation's name may stand what is sent in particular. */
  operations: Record<string, string>;
  /** 'ok', the code of the acknowledgement, or the code by which the connection was refused. */
  events: Record<string, string>;
  doors: Record<string, string>;
}

const matrixPath = new URL('./authorization-matrix.json', import.meta.url);
const matrix = JSON.parse(readFileSync(matrixPath, 'utf8')) as Matrix;
const folder = temporaryFolder();
let app: RunningApp;
let people: People;
let operations: { id: string; method: string; path: string }[];

beforeAll(async () => {
  app = await openApp(
    { DATA_DIR: folder.path, SECRET_KEY: secretKey, METRICS_TOKEN: 'for nobody in this test', LOG_LEVEL: 'warn' },
    { execution: createStillExecution() },
  );
  people = await gatherPeople(app);
  const document: OpenApi = (await app.ask('GET', '/openapi.json')).body;
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      id: operation.operationId,
      method: method.toUpperCase(),
      path,
    })),
  );
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

function operationOf(row: string): { method: string; path: string } {
  const found = operations.find(({ id }) => id === row.split(' ')[0]);
  if (found === undefined) throw new Error(`${row} is no operation`);
  return found;
}

/** What is sent where an empty body is none, or other ids than the cast's are meant. */
const requests: Record<string, (cast: Cast) => { body?: unknown; query?: string; ids?: Record<string, string> }> = {
  register: () => ({ body: { email: freshEmail(), password: goodPassword } }),
  login: ({ owner }) => ({ body: { email: owner.email, password: owner.password } }),
  loginByIssuerToken: () => ({ body: { token: 'x' } }),
  refresh: ({ owner }) => ({ body: { refreshToken: owner.refreshToken } }),
  logout: () => ({ body: {} }),
  updateAccount: () => ({ body: { picture: null } }),
  deleteAccount: () => ({ body: { password: goodPassword } }),
  changePassword: () => ({ body: { currentPassword: goodPassword, newPassword: `${goodPassword} too` } }),
  claimRooms: ({ guestToken }) => ({ body: { tokens: [guestToken] } }),
  updateRoom: () => ({ body: { title: 'Another' } }),
  'updateRoom capacity': () => ({ body: { capacity: 40 } }),
  'updateRoom password': () => ({ body: { password: 'a new one' } }),
  'updateRoom visibility': () => ({ body: { visibility: 'public' } }),
  'updateRoom lobby': () => ({ body: { lobby: false } }),
  'updateRoom viewLink': () => ({ body: { viewLink: true } }),
  'endRoom wipe': () => ({ body: { wipe: true } }),
  'updateMember name': () => ({ body: { name: 'Somebody else' } }),
  'removeMember ban': () => ({ query: '?ban=true' }),
  deleteFile: () => ({ ids: { path: 'notes.txt' } }),
  updateMember: () => ({ body: { role: 'viewer' } }),
  inviteFriend: ({ friend }) => ({ body: { accountId: friend.account.id } }),
  requestFriend: ({ asking }) => ({ body: { accountId: asking.account.id } }),
  acceptFriend: ({ asking }) => ({ ids: { account: asking.account.id } }),
  findPeople: () => ({ query: '?search=Ada' }),
  postMessage: () => ({ body: { text: 'hello' } }),
  editMessage: () => ({ body: { text: 'hello' } }),
  pushSnippet: () => ({ body: { fileName: 'shown.py', content: 'x = 1' } }),
  codeCastCreateSession: () => ({ body: { creator_token: 'any', display_name: 'Ada' } }),
  codeCastPushSnippet: () => ({ body: { file_name: 'shown.py', content: 'x = 1' } }),
  writeFile: () => ({ body: { text: 'x = 1' } }),
  followRun: ({ ids }) => ({ ids: { run: ids.finishedRun } }),
  cclCreateSession: () => ({ body: { title: 'A session' } }),
  cclUpdateCode: () => ({ body: { code: 'x = 1' } }),
  cclUpdateLanguage: () => ({ body: { language: 'javascript' } }),
  cclJoinSession: () => ({ body: { name: 'Ada' } }),
  cclUpdateParticipant: () => ({ body: { isTyping: true } }),
  cclExecute: () => ({ body: { language: 'python', code: '1' } }),
  codeInterviewUpdateSession: () => ({ body: { code: 'x = 1' } }),
  codeInterviewExecute: () => ({ body: { language: 'python', code: '1' } }),
  codecallRegister: () => ({ body: { name: 'Ada', email: freshEmail(), password: goodPassword } }),
  codecallLogin: ({ owner }) => ({ body: { email: owner.email, password: owner.password } }),
  codecallRefresh: ({ owner }) => ({ body: { refreshToken: owner.refreshToken } }),
  codecallLogout: ({ owner }) => ({ body: { refreshToken: owner.refreshToken } }),
  runOnce: () => ({ body: { language: 'python', source: '1' } }),
};

function askAs(cast: Cast, role: Role, row: string) {
  const { method, path } = operationOf(row);
  const { body, query = '', ids = {} } = requests[row]?.(cast) ?? {};
  const address = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = ids[name] ?? cast.ids[name];
    if (value === undefined) throw new Error(`authorization-cast.ts has to say what {${name}} is`);
    return encodeURIComponent(value);
  });
  const token = cast.tokens[role];
  return app.ask(method, address + query, {
    ...(token === undefined ? {} : { token }),
    ...(body === undefined ? {} : { body }),
  });
}

/**
 * What the database holds of a cast, and of how many rows each table has: other rooms' documents are packed meanwhile, and
 * versions of their texts stored. The audit log is there to keep refusals as well; when something was last used is no
 * change.
 */
function dump({ room, owner, stranger, friend, asking }: Cast): Record<string, string[]> {
  const ids = [room.id, ...[owner, stranger, friend, asking].map(({ account }) => account.id)];
  using database = new DatabaseSync(join(folder.path, 'coderoom.db'), { readOnly: true });
  const tables = database.prepare("select name from sqlite_master where type = 'table'").all();
  const read = (name: string) => {
    const rows = database.prepare(`select * from ${name}`).all();
    const own = rows
      .map((row) => JSON.stringify({ ...row, last_active_at: 0, last_used_at: 0 }))
      .filter((row) => ids.some((id) => row.includes(id)));
    return name.startsWith('document') || name === 'whole_texts' ? own.sort() : [...own.sort(), `${rows.length} rows`];
  };
  const names = tables.map(({ name }) => String(name)).filter((name) => name !== 'audit_entries');
  return Object.fromEntries(names.map((name) => [name, read(name)]));
}

/** Only what differs is shown. */
function expectUnchanged(before: Record<string, string[]>, after: Record<string, string[]>, what: string): void {
  const differing = Object.keys(after).filter((table) => before[table]?.join() !== after[table]?.join());
  const changes = differing.map((table) => after[table]?.filter((row) => !before[table]?.includes(row)));
  expect(changes, `${what} changed ${differing}`).toEqual([]);
}

const cells = (row: string | undefined) => row?.split(/\s+/) ?? [];
const expectedOf = (row: string, role: Role) => cells(row)[roles.indexOf(role)] ?? 'missing';

describe('the authorisation matrix', () => {
  it('AUTHZ-1 has a row for every operation and every event of clients, with a cell for everybody', () => {
    expect(matrix.roles).toEqual([...roles]);
    const rows = Object.keys(matrix.operations);
    expect(rows.filter((row) => !row.includes(' ')).sort()).toEqual(operations.map(({ id }) => id).sort());
    expect(Object.keys(requests).filter((row) => !rows.includes(row))).toEqual([]);
    expect(Object.keys(matrix.events).sort()).toEqual([...clientEvents()].sort());
    for (const [name, row] of Object.entries({ ...matrix.operations, ...matrix.events, ...matrix.doors })) {
      expect(cells(row), name).toHaveLength(roles.length);
    }
  });

  it('AUTHZ-1 every operation answers everybody as the matrix says; what is denied changes and tells nothing', {
    timeout: 900_000,
  }, async () => {
    const observed: Record<string, string> = {};
    for (const [name, row] of Object.entries(matrix.operations)) {
      const { method, path } = operationOf(name);
      const answers = new Map<Role, number>();
      // First everybody who is to be denied, all in the same room: who succeeds may leave nothing of it.
      const isDenied = (role: Role) => ['401', '403', '404'].includes(expectedOf(row, role));
      let cast = await gatherCast(app, people);
      const witness = await openWitness(cast);
      for (const role of roles.filter(isDenied)) {
        const before = dump(cast);
        answers.set(role, (await askAs(cast, role, name)).status);
        expectUnchanged(before, dump(cast), `${name} by ${role}`);
      }
      await expectToldNothing(witness, name);
      witness.close();

      const allowed = roles.filter((role) => !isDenied(role));
      const spoils = spoilsPeople.test(name);
      for (const role of allowed) {
        answers.set(role, (await askAs(cast, role, name)).status);
        if (role === allowed.at(-1) && !spoils) break;
        if (spoils) people = await gatherPeople(app);
        if (spoils || (method !== 'GET' && path.includes('{room}'))) cast = await gatherCast(app, people);
      }
      // A refresh token that was used is good for a moment only.
      if (name === 'refresh' || name === 'codecallRefresh') people = await gatherPeople(app);
      observed[name] = roles.map((role) => answers.get(role)).join(' ');
    }
    expect(observed).toEqual(matrix.operations);
  });

  it('AUTHZ-2 every event is acknowledged to everybody as the matrix says; what is denied changes and tells nothing', {
    timeout: 900_000,
  }, async () => {
    const observed: Record<string, string> = {};
    for (const [name, row] of Object.entries(matrix.events)) {
      const answers = new Map<Role, string>();
      const emit = async (cast: Cast, role: Role) => answers.set(role, await emitAs(cast, role, name));
      // First those who leave nothing in the room, all in the same one. Somebody of another room may well change that.
      const isDenied = (role: Role) => expectedOf(row, role) !== 'ok';
      const cast = await gatherCast(app, people);
      const witness = await openWitness(cast);
      for (const role of roles.filter((one) => isDenied(one) || one === 'otherMember')) {
        const before = dump(cast);
        await emit(cast, role);
        if (isDenied(role)) expectUnchanged(before, dump(cast), `${name} by ${role}`);
      }
      await expectToldNothing(witness, name);
      witness.close();
      for (const role of roles) if (!answers.has(role)) await emit(await gatherCast(app, people), role);
      observed[name] = roles.map((role) => answers.get(role)).join(' ');
    }
    expect(observed).toEqual(matrix.events);
  });

  it('AUTHZ-3 every other door opens to everybody as the matrix says', async () => {
    const cast = await gatherCast(app, people);
    const outcome = (opening: Promise<{ close(): void }>) =>
      opening.then(
        (door) => {
          door.close();
          return 'open';
        },
        (error: Error) => error.message,
      );
    const doors: Record<string, (token: string) => Promise<string>> = {
      '/collab': (token) => outcome(openDocument(app, cast.room.id, token)),
      '/socket.io': (token) => outcome(openEvents(app, token, cast.room.id)),
      '/socket.io /account': (token) => outcome(openAccountSocket(token).then(({ socket }) => socket)),
    };
    const observed: Record<string, string> = {};
    for (const [name, knock] of Object.entries(doors)) {
      const answers: string[] = [];
      for (const role of roles) answers.push(await knock(cast.tokens[role] ?? ''));
      observed[name] = answers.join(' ');
    }
    expect(observed).toEqual(matrix.doors);
  });
});

describe('ids', () => {
  it('AUTHZ-4 a room of others and no room at all are answered the same, whatever is asked of them', async () => {
    const cast = await gatherCast(app, people);
    const elsewhere = Object.fromEntries(Object.keys(cast.ids).map((name) => [name, unknownId]));
    const ofRooms = operations.filter(({ id, path }) => path.includes('{room}') && id !== 'joinRoom');
    expect(ofRooms.length).toBeGreaterThan(20);
    for (const { id } of ofRooms) {
      for (const role of ['nobody', 'otherMember', 'stranger'] as const) {
        const [theirs, none] = await Promise.all([
          askAs(cast, role, id),
          askAs({ ...cast, ids: { ...elsewhere, finishedRun: unknownId } }, role, id),
        ]);
        const told = ({ status, body }: typeof theirs) => ({ status, ...body, requestId: '' });
        expect(told(theirs), `${id} by ${role}`).toEqual(told(none));
      }
    }
  });
});

/** What is sent by an event. */
const payloads: Record<string, (cast: Cast, token: string) => object> = {
  'room:update': () => ({ title: 'Another' }),
  'member:update': ({ ids }) => ({ memberId: ids.member, role: 'viewer' }),
  'run:start': () => ({}),
  'run:stdin': ({ ids }) => ({ runId: ids.run, data: 'x' }),
  'run:report': ({ ids }) => ({ runId: ids.run, output: [] }),
  'run:cancel': ({ ids }) => ({ runId: ids.run }),
  'call:join': () => ({}),
  'call:signal': () => ({ to: unknownId, signal: { description: { type: 'offer', sdp: '' } } }),
  'call:media': () => ({ microphone: true, camera: false, screen: null }),
  'call:leave': () => ({}),
  'message:post': () => ({ text: 'hello' }),
  'message:edit': ({ ids }) => ({ messageId: ids.message, text: 'changed' }),
  'message:delete': ({ ids }) => ({ messageId: ids.message }),
  'chat:typing': () => ({ typing: true }),
  'token:renew': () => ({}),
  '/account token:renew': (_, accessToken) => ({ accessToken }),
};

/** The code by which an event, or the connection it would have come by, is refused; or 'ok'. */
async function emitAs(cast: Cast, role: Role, row: string): Promise<string> {
  const token = cast.tokens[role] ?? '';
  const isOfAccount = row.startsWith('/account ');
  // Somebody of another room is in that one.
  const room = role === 'otherMember' ? undefined : cast.room.id;
  const opened = isOfAccount ? openAccountSocket(token) : openRoomSocket(token, room);
  const { socket, refusal } = await opened.catch((error: Error) => ({ socket: undefined, refusal: error.message }));
  if (socket === undefined) return refusal ?? '';
  const ack = await socket.emitWithAck(row.split(' ').at(-1) ?? '', payloads[row]?.(cast, token) ?? {});
  socket.close();
  return ack.ok ? 'ok' : ack.error.code;
}

async function openSocket(path: string, auth: object): Promise<{ socket: Socket; refusal?: string }> {
  const socket = io(app.url + path, { auth, transports: ['websocket'], forceNew: true, reconnection: false });
  await new Promise<void>((resolve, reject) => {
    socket.on('connect', resolve);
    socket.on('connect_error', (error) => reject(new Error((error as { data?: { code: string } }).data?.code)));
  });
  return { socket };
}

const openRoomSocket = (token: string, room: string | undefined) =>
  openSocket('/', room === undefined ? { token } : { token, room });
const openAccountSocket = (token: string) => openSocket('/account', { token });

/** Operations after whose success somebody's account, sessions, friends or invitations are not what they were. */
const spoilsPeople =
  /^(deleteAccount|changePassword|endOtherSessions|endSession|logout|codecallLogout|acceptFriend|removeFriend|requestFriend|blockPerson|declineInvitation|claimRooms)$/;

async function openWitness(cast: Cast): Promise<RoomMember> {
  const witness = await openMember(app.url, cast.tokens.owner ?? '');
  await witness.ask('member:update', { memberId: witness.welcome.memberId, name: 'Witness' });
  return witness;
}

/** A good change that comes after the denied ones shows that nothing of those was on its way. */
async function expectToldNothing(witness: RoomMember, what: string): Promise<void> {
  const name = `After ${what}`.slice(0, 40);
  await witness.ask('member:update', { memberId: witness.welcome.memberId, name });
  await until('the last word', () => witness.all('member:updated').some(({ member }) => member.name === name));
  // Connections come and go, which is told.
  const told = witness.names().filter((event) => event !== 'member:joined' && event !== 'member:left');
  expect(told, what).toEqual(['member:updated', 'member:updated']);
}

/** As protocol/events.ts names them; types leave no trace at run time, so its text is read. */
function clientEvents(): Set<string> {
  const text = readFileSync(new URL('../../protocol/src/events.ts', import.meta.url), 'utf8');
  const names = (type: string) => {
    const [, body = ''] = new RegExp(`export interface ${type} \\{([^]*?)\\n\\}`).exec(text) ?? [];
    return [...body.matchAll(/^ {2}'([\w:]+)'/gm)].map(([, name = '']) => name);
  };
  return new Set([...names('ClientEvents'), ...names('AccountClientEvents').map((name) => `/account ${name}`)]);
}
