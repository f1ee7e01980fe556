import { limits, type ProblemError } from '@coderoom/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type TSchema, Type } from 'typebox';
import type { WholeTexts } from '../../files/whole-texts.ts';
import { hangUpOf } from '../../gateway/hang-up.ts';
import type { Http } from '../../gateway/http.ts';
import { withoutToken } from '../../gateway/openapi.ts';
import type { RoomService } from '../../rooms/service.ts';
import type { RunService } from '../../runs/service.ts';
import type { AliasStore } from '../alias-store.ts';
import { type ClientTexts, clientOf } from '../client-texts.ts';
import { type Dialect, DialectFault } from '../dialect.ts';
import { readBody, renderByFastApi, validationFailed } from '../fastapi.ts';
import type { Guest, Guests } from '../guests.ts';
import type { OpenRoom, OpenRooms } from '../open-rooms.ts';
import { execute } from './execution.ts';
import {
  describeFailure,
  describeSession,
  describeUser,
  Execute,
  Executed,
  Failure,
  Session,
  SessionCreate,
  SessionPatch,
  User,
  UserCreate,
} from './shapes.ts';
import { chooseColor, generateName, userIdOf } from './users.ts';

/** CodeInterview: sessions that are read and written whole, with at most ten users whom nothing connects. */

export interface CodeInterviewServices {
  openRooms: OpenRooms;
  guests: Guests;
  aliases: Pick<AliasStore, 'setState'>;
  wholeTexts: WholeTexts;
  clientTexts: ClientTexts;
  rooms: Pick<RoomService, 'update' | 'delete'>;
  runs: Pick<RunService, 'runOnce'>;
  /** Code Connect Live, whose client asks here when it is served from this address. */
  elsewhere: Elsewhere | undefined;
  random(): number;
  now(): number;
}

/** Another dialect's sessions, where some of those that are asked for here are its own. */
interface Elsewhere {
  createSession(request: FastifyRequest, reply: FastifyReply): Promise<unknown>;
  /** How it answers. */
  shapes: { session: TSchema; failure: TSchema };
}

const name = 'code-interview';
const usersMax = 10;
/** The owner's seat is nobody's. */
const capacity = usersMax + 1;
const executeTimeoutMs = limits.runWallMaxMs + limits.httpHandlerTimeoutMs;

export function createCodeInterview(services: CodeInterviewServices): Dialect {
  return {
    name,
    tag: { name: 'CodeInterview', description: 'Clients of CodeInterview' },
    paths: ['/api/v1', '/api/v1/*'],
    dropsSlash: true,
    render,
    register: (http) => register(http, services),
  };
}

function render(problem: ProblemError) {
  const error = problem.code === 'internal' ? 'EXECUTION_ERROR' : problem.code.toUpperCase();
  return (
    renderByFastApi(problem) ?? {
      status: problem.status,
      body: describeFailure(problem.status, error, problem.message),
    }
  );
}

const fault = (status: number, error: string, message: string) =>
  new DialectFault(status, describeFailure(status, error, message));

function register(http: Http, services: CodeInterviewServices): void {
  const { openRooms, guests, aliases, wholeTexts, clientTexts, rooms, runs, elsewhere, random } = services;
  // Bodies are judged as FastAPI would.
  http.setValidatorCompiler(() => () => true);
  const common = { tags: ['CodeInterview'], security: withoutToken };
  const refused = (description: string) => ({
    description,
    content: { 'application/json': { schema: Failure } },
  });
  const orElsewhere = (own: TSchema, theirs: keyof Elsewhere['shapes']) =>
    elsewhere === undefined ? own : Type.Union([own, elsewhere.shapes[theirs]]);
  const refusedThere = (description: string) => ({
    description,
    content: { 'application/json': { schema: orElsewhere(Failure, 'failure') } },
  });
  const missing = { 404: refused('there is no such session, or no such user'), 429: refused('too many requests') };
  const withBody = { 413: refused('too large'), 422: validationFailed };
  const ofSession = { ...common, params: Type.Object({ sessionId: Type.String() }) };
  const ofUser = { ...common, params: Type.Object({ sessionId: Type.String(), userId: Type.String() }) };

  async function find(request: FastifyRequest<{ Params: { sessionId: string } }>): Promise<OpenRoom> {
    const { sessionId } = request.params;
    const open = await openRooms.find(name, sessionId, request.address);
    if (open === undefined) throw fault(404, 'SESSION_NOT_FOUND', `Session with ID '${sessionId}' not found`);
    return open;
  }

  /** Those who came by this door, whether or not something was heard of them, and whoever else is there. */
  async function listUsers(open: OpenRoom, address: string): Promise<Guest[]> {
    const all = await guests.list(name, open, { heardFrom: address });
    return all.filter(({ dialect, isOnline }) => dialect === name || isOnline);
  }

  async function describe(open: OpenRoom, request: FastifyRequest, ...written: string[]) {
    const [now, users] = await Promise.all([wholeTexts.read(open.room.id), listUsers(open, request.address)]);
    clientTexts.note(open.room.id, clientOf(request), now.text, ...written);
    return describeSession(open, now, users);
  }

  http.post(
    '/api/v1/sessions',
    {
      config: { rate: 'rooms' },
      schema: {
        ...common,
        operationId: 'codeInterviewCreateSession',
        summary: 'Make a session',
        body: SessionCreate,
        response: {
          201: orElsewhere(Session, 'session'),
          ...(elsewhere === undefined ? {} : { 400: refusedThere('no language of Code Connect Live') }),
          ...withBody,
          429: missing[429],
        },
      },
    },
    async (request, reply) => {
      const isElsewhere = request.hasBody && typeof request.body === 'object' && 'title' in (request.body as object);
      if (isElsewhere && elsewhere !== undefined) return elsewhere.createSession(request, reply) as never;
      const { language, code } = readBody(request, SessionCreate, { isOptional: true });
      const open = await openRooms.create({
        dialect: name,
        title: 'Code interview',
        language: language ?? 'javascript',
        text: code ?? '',
        capacity,
        address: request.address,
        ownerName: 'CodeInterview',
      });
      return reply.status(201).send(await describe(open, request));
    },
  );

  http.get(
    '/api/v1/sessions/:sessionId',
    {
      config: { requests: 'polls' },
      schema: {
        ...ofSession,
        operationId: 'codeInterviewGetSession',
        summary: 'A session as it is',
        response: {
          200: orElsewhere(Session, 'session'),
          ...missing,
          404: refusedThere('there is no such session'),
        },
      },
    },
    async (request) => (await describe(await find(request), request)) as never,
  );

  http.patch(
    '/api/v1/sessions/:sessionId',
    {
      config: { requests: 'polls' },
      schema: {
        ...ofSession,
        operationId: 'codeInterviewUpdateSession',
        summary: 'Change code, language or status; what others typed meanwhile stays',
        body: SessionPatch,
        response: { 200: Session, 400: refused('nothing to change'), ...missing, ...withBody },
      },
    },
    async (request) => {
      const { code, language, status } = readBody(request, SessionPatch);
      const open = await find(request);
      const { room, caller } = open;
      if (code == null && language == null && status == null) {
        const message = 'At least one field (code, language, or status) must be provided';
        throw fault(400, 'INVALID_REQUEST', message);
      }
      const isOtherLanguage = language != null && language !== room.language;
      if (code != null || isOtherLanguage) {
        const texts = clientTexts.of(room.id, clientOf(request));
        // In another language it is another file, which says what the last one did.
        const text = code ?? (await wholeTexts.read(room.id)).text;
        await wholeTexts.write(room.id, {
          memberId: null,
          text,
          ...(isOtherLanguage ? { before: () => rooms.update(caller, { language }) } : { base: { texts } }),
        });
      }
      if (status != null) {
        await aliases.setState(name, room.id, status);
        open.state = status;
      }
      return describe(open, request, ...(code == null ? [] : [code]));
    },
  );

  http.delete(
    '/api/v1/sessions/:sessionId',
    {
      schema: {
        ...ofSession,
        operationId: 'codeInterviewDeleteSession',
        summary: 'Delete a session that belongs to nobody but who knows it',
        response: {
          204: Type.Null({ description: 'deleted' }),
          403: refused('it is somebody’s room'),
          413: withBody[413],
          ...missing,
        },
      },
    },
    async (request, reply) => {
      const { room, caller } = await find(request);
      await rooms.delete(caller);
      clientTexts.forget(room.id);
      return reply.status(204).send(null);
    },
  );

  http.post(
    '/api/v1/sessions/:sessionId/users',
    {
      config: { rate: 'joins' },
      schema: {
        ...ofSession,
        operationId: 'codeInterviewJoinSession',
        summary: 'Come into a session',
        body: UserCreate,
        response: { 201: User, 409: refused('ten are in it'), ...missing, ...withBody },
      },
    },
    async (request, reply) => {
      const { name: asked } = readBody(request, UserCreate, { isOptional: true });
      const open = await find(request);
      const user = await guests.join(name, open, request.address, async (all) => {
        const users = all.filter(({ dialect, isOnline }) => dialect === name || isOnline);
        if (users.length >= usersMax) await makeRoom(open, users);
        const taken = users.map(({ color }) => color);
        return { name: asked || generateName(random), color: chooseColor(taken, random) };
      });
      return reply.status(201).send(describeUser(user));
    },
  );

  /** One of those who left without a word gives way. */
  async function makeRoom(open: OpenRoom, users: Guest[]): Promise<void> {
    const gone = users.find(({ dialect, isOnline }) => dialect === name && !isOnline);
    const message = `Session has reached maximum of ${usersMax} users`;
    if (gone === undefined) throw fault(409, 'SESSION_AT_CAPACITY', message);
    await guests.leave(name, open, gone);
  }

  http.get(
    '/api/v1/sessions/:sessionId/users',
    {
      config: { requests: 'polls' },
      schema: {
        ...ofSession,
        operationId: 'codeInterviewListUsers',
        summary: 'Who is in a session',
        response: { 200: Type.Object({ users: Type.Array(User) }), ...missing },
      },
    },
    async (request) => ({ users: (await listUsers(await find(request), request.address)).map(describeUser) }),
  );

  http.delete(
    '/api/v1/sessions/:sessionId/users/:userId',
    {
      schema: {
        ...ofUser,
        operationId: 'codeInterviewLeaveSession',
        summary: 'Leave a session',
        response: {
          204: Type.Null({ description: 'gone' }),
          403: refused('they came by another door'),
          413: withBody[413],
          ...missing,
        },
      },
    },
    async (request, reply) => {
      const open = await find(request);
      const { userId } = request.params;
      const users = await guests.list(name, open);
      const user = users.find(({ member }) => userIdOf(member.id) === userId);
      if (user === undefined) throw fault(404, 'USER_NOT_FOUND', `User with ID '${userId}' not found in session`);
      await guests.leave(name, open, user);
      return reply.status(204).send(null);
    },
  );

  http.post(
    '/api/v1/execute',
    {
      config: { rate: 'runs' },
      handlerTimeout: executeTimeoutMs,
      schema: {
        ...common,
        operationId: 'codeInterviewExecute',
        summary: 'Run a program in the sandbox; one that fails is answered with 200, too',
        body: Execute,
        response: {
          200: Executed,
          409: refused('the language is not installed'),
          ...withBody,
          429: missing[429],
          503: refused('this server does not run code'),
        },
      },
    },
    async (request, reply) => {
      const { code, language } = readBody(request, Execute);
      return execute(runs, { code, language }, { address: request.address, signal: hangUpOf(reply) });
    },
  );

  http.get(
    '/api/v1/health',
    {
      schema: {
        ...common,
        operationId: 'codeInterviewHealth',
        summary: 'Whether the server lives',
        response: { 200: Type.Object({ status: Type.Literal('ok'), timestamp: Type.String() }), 429: missing[429] },
      },
    },
    async () => ({ status: 'ok' as const, timestamp: new Date(services.now()).toISOString() }),
  );
}
