import { limits, type ProblemError } from '@coderoom/protocol';
import type { FastifyRequest } from 'fastify';
import { type TSchema, Type } from 'typebox';
import type { Caller } from '../../caller.ts';
import type { LanguageService } from '../../languages/service.ts';
import type { MemberService } from '../../members/service.ts';
import type { RoomService } from '../../rooms/service.ts';
import type { SnippetService } from '../../snippets/service.ts';
import { type Dialect, type DialectAnswer, DialectFault } from '../dialect.ts';
import { type Guests, nameAmongUs } from '../guests.ts';
import { createShortCode, toV4 } from '../ids.ts';
import type { OpenRoom, OpenRooms } from '../open-rooms.ts';
import type { Creators } from './creators.ts';
import {
  describeSession,
  describeSnippet,
  Ended,
  Failure,
  LatestSnippet,
  Participant,
  PushedSnippet,
  readFields,
  Session,
  SessionBody,
  SnippetBody,
} from './shapes.ts';

/** CodeCast: somebody shows snippets from their editor to people who look on; nobody signs in. */
export function createCodeCast(options: CodeCastOptions): Dialect {
  const { rooms, openRooms, guests, members, languages, snippets, creators } = options;

  async function findSession({ params, address }: FastifyRequest): Promise<OpenRoom> {
    const { code } = params as { code: string };
    // Its codes are compared exactly, and ours are small letters, too.
    const open = code === code.toLowerCase() ? await openRooms.find('codecast', code, address) : undefined;
    if (open === undefined) throw fault(404, noSession);
    return open;
  }

  /** Who made the session: by the token they chose, as it is, without a word before it. */
  async function findCreator(request: FastifyRequest): Promise<{ open: OpenRoom; caller: Caller }> {
    const { headers, address } = request;
    if (headers.authorization === undefined || headers.authorization === '') throw fault(401, 'Missing creator token');
    const open = await findSession(request);
    const { room } = open;
    const memberId = await creators.findMember(room.id, headers.authorization, address);
    const member = memberId === undefined ? undefined : await members.find(memberId);
    if (member?.removedAt !== null) throw fault(403, 'Invalid creator token');
    return { open, caller: { room, member } };
  }

  async function create({ body, address }: FastifyRequest): Promise<object> {
    const fields = readFields(body, ['creator_token', 'display_name']);
    if (fields === undefined) throw invalidBody();
    const { creator_token: token, display_name: displayName } = fields;
    const name = nameAmongUs(displayName);
    const request = {
      title: 'CodeCast session',
      capacity: limits.roomCapacityMax,
      ...(name === undefined ? {} : { name }),
    };
    const { room, member } = await rooms.create(request, { asker: { kind: 'nobody' }, address }, { text: '' });
    await creators.keep({ roomId: room.id, memberId: member.id }, token);
    const open = await openRooms.find('codecast', room.id, address);
    if (open === undefined) throw fault(404, noSession);
    const creator = await members.find(member.id);
    if (creator !== undefined) guests.setOnline({ member: creator }, true, address);
    return describeSession(open, displayName);
  }

  async function join(request: FastifyRequest): Promise<object> {
    const open = await findSession(request);
    const { member, name } = await guests.join('codecast', open, request.address, (present) => {
      const lookingOn = present.filter(({ dialect }) => dialect === 'codecast').length;
      if (lookingOn >= limits.codecastParticipants) throw fault(403, noSeat);
      return { name: createName(present.map((guest) => guest.name)), color: '' };
    });
    const joinedAt = new Date(member.joinedAt).toISOString();
    return { display_name: name, id: toV4(member.id), joined_at: joinedAt, session_id: toV4(open.room.id) };
  }

  async function push(request: FastifyRequest): Promise<object> {
    const { open, caller } = await findCreator(request);
    const fields = readFields(request.body, ['file_name', 'content']);
    if (fields === undefined) throw invalidBody();
    // Others see that somebody is there as long as something is heard of them.
    guests.setOnline(caller, true, request.address);
    const pushed = await snippets.push(caller, { fileName: fields.file_name, content: fields.content });
    await followLanguage(caller, pushed.path);
    return { ...describeSnippet(pushed), session_id: toV4(open.room.id) };
  }

  /** Its clients have no word for a language: what is shown is what the room can run. */
  async function followLanguage(caller: Caller, path: string): Promise<void> {
    const ending = /\.[^./]+$/.exec(path)?.[0];
    const language = (await languages.list()).find(({ fileName }) => ending !== undefined && fileName.endsWith(ending));
    if (language === undefined || language.id === caller.room.language) return;
    await rooms.update(caller, { language: language.id });
  }

  async function latest(request: FastifyRequest): Promise<object> {
    const { room } = await findSession(request);
    guests.hear(room.id, request.address);
    const found = await snippets.latest(room.id);
    if (found === undefined) throw fault(404, 'No snippets found');
    return describeSnippet(found);
  }

  async function end(request: FastifyRequest): Promise<object> {
    const { caller } = await findCreator(request);
    await rooms.delete(caller);
    return { message: 'Session ended and all related data deleted' };
  }

  return {
    name: 'codecast',
    tag: { name: 'CodeCast', description: 'Snippets for people who look on, as CodeCast has them' },
    paths: [base, `${base}/*`],
    dropsSlash: true,
    render,

    register(http) {
      // A body that is none is noticed after what is asked for was found, and some are never looked at.
      http.removeAllContentTypeParsers();
      // As bytes: Fastify refuses what it cannot count as text.
      const parser = { parseAs: 'buffer', bodyLimit: limits.httpBodyMaxBytes } as const;
      http.addContentTypeParser('*', parser, (_request, body, done) => done(null, parseLeniently(String(body))));
      // Whatever the clients call it; Fastify would refuse what is no type at all.
      http.addHook('onRequest', async ({ headers }) => {
        delete headers['content-type'];
      });
      http.setValidatorCompiler(() => (value) => ({ value }));

      http.post(
        base,
        {
          config: { rate: 'rooms' },
          schema: {
            ...describe('codeCastCreateSession', 'Begin a session', { 201: Session }, [400, 409, 413]),
            body: SessionBody,
          },
        },
        async (request, reply) => reply.status(201).send(await create(request)),
      );
      http.post(
        `${base}/:code/join`,
        {
          config: { rate: 'joins' },
          schema: describe('codeCastJoinSession', 'Come to look on', { 201: Participant }, [403, 404, 413]),
        },
        async (request, reply) => reply.status(201).send(await join(request)),
      );
      http.post(
        `${base}/:code/snippets`,
        {
          config: { rate: 'snippets' },
          schema: {
            ...describe('codeCastPushSnippet', 'Show a snippet', { 201: PushedSnippet }, [400, ...creatorFailures]),
            security: withCreatorToken,
            body: SnippetBody,
          },
        },
        async (request, reply) => reply.status(201).send(await push(request)),
      );
      http.get(
        `${base}/:code/snippets`,
        { schema: describe('codeCastGetSnippet', 'The snippet that was shown last', { 200: LatestSnippet }, [404]) },
        latest,
      );
      http.post(
        `${base}/:code/end`,
        {
          schema: {
            ...describe('codeCastEndSession', 'End a session, with all that is in it', { 200: Ended }, creatorFailures),
            security: withCreatorToken,
          },
        },
        end,
      );
    },
  };
}

export interface CodeCastOptions {
  rooms: Pick<RoomService, 'create' | 'update' | 'delete'>;
  openRooms: Pick<OpenRooms, 'find'>;
  guests: Pick<Guests, 'join' | 'setOnline' | 'hear'>;
  members: Pick<MemberService, 'find'>;
  languages: Pick<LanguageService, 'list'>;
  snippets: Pick<SnippetService, 'push' | 'latest'>;
  creators: Creators;
}

const base = '/api/v1/sessions/anon';
const noSession = 'Session not found or inactive';
const noSeat = 'Max amount of participants';
const withCreatorToken = [{ codeCastCreatorToken: [] }];
const creatorFailures = [401, 403, 404, 413];
/** Of every operation, whatever it is. */
const anyFailures = [429, 500, 503];

function describe(operationId: string, summary: string, success: Record<number, TSchema>, failures: number[]) {
  return {
    tags: ['CodeCast'],
    operationId,
    summary,
    security: [] as Record<string, string[]>[],
    ...(operationId === 'codeCastCreateSession' ? {} : { params: Type.Object({ code: Type.String() }) }),
    response: { ...success, ...Object.fromEntries([...failures, ...anyFailures].map((status) => [status, Failure])) },
  };
}

const fault = (status: number, error: string) => new DialectFault(status, { error });
const invalidBody = () => fault(400, 'Invalid request body');

function render({ code, status, message }: ProblemError, { routeOptions }: FastifyRequest): DialectAnswer {
  switch (code) {
    case 'not_found':
    case 'method_not_allowed':
      return { status: 404, body: '404 page not found', headers: { 'content-type': 'text/plain' } };
    case 'room_not_found':
      return { status: 404, body: { error: noSession } };
    case 'room_full':
      return { status: 403, body: { error: noSeat } };
    case 'invalid_request':
    case 'invalid_json':
      return { status: 400, body: { error: 'Invalid request body' } };
    default: {
      const isCreation = status >= 500 && routeOptions.url === base;
      return { status, body: { error: isCreation ? 'Failed to create session' : message } };
    }
  }
}

function parseLeniently(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const nameCharacters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** What somebody who looks on is called: three characters, and not those of somebody else. */
function createName(taken: readonly string[]): string {
  for (;;) {
    const name = createShortCode(nameLength, nameCharacters);
    if (!taken.includes(name)) return name;
  }
}

const nameLength = 3;
