import { limits, ProblemError, type RunResult } from '@coderoom/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { VersionConflict, type WholeTexts } from '../../files/whole-texts.ts';
import { hangUpOf } from '../../gateway/hang-up.ts';
import type { Http } from '../../gateway/http.ts';
import { withoutToken } from '../../gateway/openapi.ts';
import { cleanLine } from '../../people-text.ts';
import type { RoomService } from '../../rooms/service.ts';
import type { RunService } from '../../runs/service.ts';
import type { AliasStore } from '../alias-store.ts';
import { type ClientTexts, clientOf } from '../client-texts.ts';
import { type Dialect, DialectFault } from '../dialect.ts';
import type { EventStreams } from '../event-streams.ts';
import { readBody, renderByFastApi, validationFailed } from '../fastapi.ts';
import type { Guest, Guests } from '../guests.ts';
import { fromV4 } from '../ids.ts';
import type { OpenRoom, OpenRooms } from '../open-rooms.ts';
import type { ParticipantStreams } from './participant-streams.ts';
import {
  CodeUpdate,
  Conflict,
  describeParticipant,
  describeSession,
  describeStreamed,
  Execute,
  Executed,
  Failure,
  type Gesture,
  LanguageUpdate,
  LanguageUpdated,
  Participant,
  ParticipantCreate,
  ParticipantUpdate,
  type SentTitle,
  Session,
  SessionCreate,
  Updated,
} from './shapes.ts';
import { templateOf } from './templates.ts';

/** Code Connect Live, in all three generations of its protocol: sessions with versions, participants, and streams of both. */

export interface CodeConnectLiveServices {
  openRooms: OpenRooms;
  guests: Guests;
  aliases: Pick<AliasStore, 'setState'>;
  wholeTexts: WholeTexts;
  clientTexts: ClientTexts;
  rooms: Pick<RoomService, 'update'>;
  runs: Pick<RunService, 'runOnce'>;
  streams: EventStreams;
  participantStreams: ParticipantStreams;
  random(): number;
}

/** The dialect, and the making of a session for who asks elsewhere. */
export interface CodeConnectLive extends Dialect {
  createSession(request: FastifyRequest, reply: FastifyReply): Promise<unknown>;
  shapes: { session: typeof Session; failure: typeof Failure };
}

/** What its server says at `/`. */
export const codeConnectLiveRoot = { message: 'Code Connect Live API', version: '1.0.0' };

const name = 'code-connect-live';
const languageChange = 'server-language-change';
const executeTimeoutMs = limits.runWallMaxMs + limits.httpHandlerTimeoutMs;
const colors = ['#FF6B6B', '#4ECDC4', '#45B7D1', '#FFA07A', '#98D8C8', '#F7DC6F', '#BB8FCE', '#85C1E2'];

export function createCodeConnectLive(services: CodeConnectLiveServices): CodeConnectLive {
  return {
    name,
    tag: { name: 'Code Connect Live', description: 'Clients of Code Connect Live' },
    paths: ['/v1', '/v1/*'],
    dropsSlash: true,
    render: (problem) => renderByFastApi(problem) ?? fault(problem.status, problem.message).answer,
    register: (http) => register(http, services),
    createSession: (request, reply) => createSession(services, request, reply),
    shapes: { session: Session, failure: Failure },
  };
}

const fault = (code: number, error: string, more: object = {}) =>
  new DialectFault(code, { detail: { error, code, ...more }, ...more });

async function createSession(services: CodeConnectLiveServices, request: FastifyRequest, reply: FastifyReply) {
  const { openRooms, aliases, wholeTexts, clientTexts } = services;
  const { title, language = 'javascript' } = readBody(request, SessionCreate);
  const text = templateOf(language);
  if (text === undefined) throw fault(400, `Unsupported language: ${language}`);
  const stored = titleAmongUs(title);
  const open = await openRooms.create({
    dialect: name,
    title: stored,
    language,
    text,
    capacity: limits.roomCapacityMax,
    address: request.address,
    ownerName: 'Code Connect Live',
  });
  open.state = JSON.stringify({ sent: title, stored } satisfies SentTitle);
  await aliases.setState(name, open.room.id, open.state);
  const now = await wholeTexts.read(open.room.id);
  clientTexts.note(open.room.id, clientOf(request), now.text);
  return reply.status(201).send(describeSession(open, now));
}

/** A title of any length and kind as our own clients can show it. */
function titleAmongUs(title: string): string {
  const beginning = title.slice(0, limits.roomTitleMaxLength).replace(/[\ud800-\udbff]$/, '');
  try {
    return cleanLine(beginning, limits.roomTitleMaxLength);
  } catch (error) {
    if (error instanceof ProblemError) return 'Code Connect Live session';
    throw error;
  }
}

function register(http: Http, services: CodeConnectLiveServices): void {
  const { openRooms, guests, wholeTexts, clientTexts, rooms, runs, streams, participantStreams } = services;
  /** Of participants, least recently told first. */
  const gestures = new Map<string, Gesture>();
  // Bodies are judged as FastAPI would.
  http.setValidatorCompiler(() => () => true);
  const common = { tags: ['Code Connect Live'], security: withoutToken };
  const refused = (description: string, schema: typeof Failure | typeof Conflict = Failure) => ({
    description,
    content: { 'application/json': { schema } },
  });
  const always = { 429: refused('too many requests') };
  const missing = { ...always, 404: refused('there is no such session, or no such participant') };
  const withBody = { 413: refused('too large'), 422: validationFailed };
  const ofSession = { ...common, params: Type.Object({ sessionId: Type.String() }) };
  const ofParticipant = {
    ...common,
    params: Type.Object({ sessionId: Type.String(), participantId: Type.String() }),
  };

  async function find({ params, address }: FastifyRequest<{ Params: { sessionId: string } }>): Promise<OpenRoom> {
    const open = await openRooms.find(name, params.sessionId, address);
    if (open === undefined) throw fault(404, 'Session not found');
    return open;
  }

  async function findParticipant(
    open: OpenRoom,
    { params }: FastifyRequest<{ Params: { participantId: string } }>,
  ): Promise<Guest> {
    const id = fromV4(params.participantId);
    const found = (await guests.list(name, open)).find(({ member }) => member.id === id);
    if (found === undefined) throw fault(404, 'Participant not found');
    return found;
  }

  const describe = (guest: Guest) => describeParticipant(guest, gestures.get(guest.member.id));

  function gesticulate(memberId: string, gesture: Gesture): void {
    gestures.delete(memberId);
    gestures.set(memberId, gesture);
    for (const oldest of gestures.keys()) {
      if (gestures.size <= limits.gesturesRemembered) break;
      gestures.delete(oldest);
    }
  }

  http.post(
    '/v1/sessions',
    {
      config: { rate: 'rooms' },
      schema: {
        ...common,
        operationId: 'cclCreateSession',
        summary: 'Make a session',
        body: SessionCreate,
        response: { 201: Session, 400: refused('no language of Code Connect Live'), ...withBody, ...always },
      },
    },
    async (request, reply) => createSession(services, request, reply) as never,
  );

  http.get(
    '/v1/sessions/:sessionId',
    {
      config: { requests: 'polls' },
      schema: {
        ...ofSession,
        operationId: 'cclGetSession',
        summary: 'A session as it is',
        response: { 200: Session, ...missing },
      },
    },
    async (request) => {
      const open = await find(request);
      const now = await wholeTexts.read(open.room.id);
      clientTexts.note(open.room.id, clientOf(request), now.text);
      return describeSession(open, now);
    },
  );

  http.put(
    '/v1/sessions/:sessionId',
    {
      config: { requests: 'polls' },
      schema: {
        ...ofSession,
        operationId: 'cclUpdateCode',
        summary: 'Change the code; what others typed meanwhile stays',
        description: 'Without a version, what the same client was shown last counts as what the code was made from.',
        body: CodeUpdate,
        response: { 200: Updated, 409: refused('another version is current', Conflict), ...missing, ...withBody },
      },
    },
    async (request) => {
      const { code, version, clientId } = readBody(request, CodeUpdate);
      const { room } = await find(request);
      const client = clientOf(request);
      const base = version == null ? { texts: clientTexts.of(room.id, client) } : { version };
      const source = clientId == null ? {} : { sourceId: clientId };
      try {
        const written = await wholeTexts.write(room.id, { memberId: null, text: code, base, ...source });
        clientTexts.note(room.id, client, written.text);
        return { version: written.version, message: 'Code updated successfully' };
      } catch (error) {
        if (!(error instanceof VersionConflict)) throw error;
        const { text: codeContent, version } = error.current;
        clientTexts.note(room.id, client, codeContent);
        throw fault(409, 'Version conflict', { codeContent, version });
      }
    },
  );

  http.put(
    '/v1/sessions/:sessionId/language',
    {
      schema: {
        ...ofSession,
        operationId: 'cclUpdateLanguage',
        summary: 'Change the language, and the code to what a session in it begins with',
        body: LanguageUpdate,
        response: { 200: LanguageUpdated, 400: refused('no language of Code Connect Live'), ...missing, ...withBody },
      },
    },
    async (request) => {
      const { language } = readBody(request, LanguageUpdate);
      const { room, caller } = await find(request);
      const text = templateOf(language);
      if (text === undefined) throw fault(400, `Unsupported language: ${language}`);
      const { version } = await wholeTexts.write(room.id, {
        memberId: null,
        text,
        sourceId: languageChange,
        before: () => rooms.update(caller, { language }),
      });
      clientTexts.note(room.id, clientOf(request), text);
      return { code: text, version };
    },
  );

  const streamed = { 200: { description: 'events', content: { 'text/event-stream': { schema: Type.String() } } } };

  http.get(
    '/v1/sessions/:sessionId/stream',
    {
      exposeHeadRoute: false,
      schema: {
        ...ofSession,
        operationId: 'cclFollowSession',
        summary: 'Code, language and version: at once, and after each change',
        response: { ...streamed, ...missing },
      },
    },
    async (request, reply) => {
      const open = await find(request);
      const { id } = open.room;
      const client = clientOf(request);
      const stream = streams.open(request, reply);
      const stop = wholeTexts.watch(
        id,
        (now) => {
          clientTexts.note(id, client, now.text);
          stream.send(describeStreamed(now));
        },
        stream.end,
      );
      stream.onBeat(() => {
        guests.hear(id, request.address);
        // The room may be for everybody no more.
        find(request).catch((error: unknown) => error instanceof DialectFault && stream.end());
      });
      stream.onClosed(stop);
      return reply;
    },
  );

  http.get(
    '/v1/sessions/:sessionId/participants',
    {
      config: { requests: 'polls' },
      schema: {
        ...ofSession,
        operationId: 'cclListParticipants',
        summary: 'Who is in a session',
        response: { 200: Type.Array(Participant), ...missing },
      },
    },
    async (request) => (await guests.list(name, await find(request))).map(describe),
  );

  http.post(
    '/v1/sessions/:sessionId/participants',
    {
      config: { rate: 'joins' },
      schema: {
        ...ofSession,
        operationId: 'cclJoinSession',
        summary: 'Come into a session',
        body: ParticipantCreate,
        response: {
          200: Participant,
          409: refused('somebody is called so, or the session is full'),
          ...missing,
          ...withBody,
        },
      },
    },
    async (request) => {
      const { name: asked } = readBody(request, ParticipantCreate);
      const open = await find(request);
      const guest = await guests.join(name, open, request.address, (present) => {
        if (present.some((other) => other.name === asked)) {
          throw fault(409, 'Participant with this name already exists');
        }
        return { name: asked, color: colors[Math.floor(services.random() * colors.length)] as string };
      });
      participantStreams.changed(open.room.id);
      return describe(guest);
    },
  );

  http.patch(
    '/v1/sessions/:sessionId/participants/:participantId',
    {
      config: { requests: 'polls' },
      schema: {
        ...ofParticipant,
        operationId: 'cclUpdateParticipant',
        summary: 'Where a participant’s cursor is, and whether they type or are there',
        body: ParticipantUpdate,
        response: { 200: Participant, 403: refused('they came by another door'), ...missing, ...withBody },
      },
    },
    async (request) => {
      const { cursor, isTyping, isOnline } = readBody(request, ParticipantUpdate);
      const open = await find(request);
      const guest = await findParticipant(open, request);
      if (guest.dialect !== name) throw new ProblemError('forbidden');
      const { id } = guest.member;
      const known = gestures.get(id) ?? { cursor: null, isTyping: false };
      gesticulate(id, { cursor: cursor ?? known.cursor, isTyping: isTyping ?? known.isTyping });
      guests.setOnline(guest, isOnline ?? true, request.address);
      participantStreams.changed(open.room.id);
      return describe({ ...guest, isOnline: isOnline ?? true });
    },
  );

  http.delete(
    '/v1/sessions/:sessionId/participants/:participantId',
    {
      schema: {
        ...ofParticipant,
        operationId: 'cclLeaveSession',
        summary: 'Leave a session',
        response: { 204: Type.Null({ description: 'gone' }), 403: refused('they came by another door'), ...missing },
      },
    },
    async (request, reply) => {
      const open = await find(request);
      const guest = await findParticipant(open, request);
      await guests.leave(name, open, guest);
      gestures.delete(guest.member.id);
      participantStreams.changed(open.room.id);
      return reply.status(204).send(null);
    },
  );

  http.get(
    '/v1/sessions/:sessionId/participants/stream',
    {
      exposeHeadRoute: false,
      schema: {
        ...ofSession,
        operationId: 'cclFollowParticipants',
        summary: 'All participants: at once, and after each change',
        response: { ...streamed, ...missing },
      },
    },
    async (request, reply) => {
      const open = await find(request);
      const { id } = open.room;
      const stream = streams.open(request, reply);
      participantStreams.follow(id, stream, async () => {
        const now = await openRooms.find(name, id, request.address);
        return now === undefined ? undefined : (await guests.list(name, now)).map(describe);
      });
      stream.onBeat(() => guests.hear(id, request.address));
      return reply;
    },
  );

  http.post(
    '/v1/execute',
    {
      config: { rate: 'runs' },
      handlerTimeout: executeTimeoutMs,
      schema: {
        ...common,
        operationId: 'cclExecute',
        summary: 'Run a program in the sandbox; one that fails is answered with 200, too',
        body: Execute,
        response: {
          200: Executed,
          400: refused('no language of Code Connect Live'),
          409: refused('the language is not installed'),
          503: refused('this server does not run code'),
          ...withBody,
          ...always,
        },
      },
    },
    async (request, reply) => {
      const { code, language } = readBody(request, Execute);
      if (templateOf(language) === undefined) throw fault(400, `Unsupported language: ${language}`);
      const result = await runs.runOnce(request.address, { language, source: code }, hangUpOf(reply));
      return {
        success: result.status === 'ok',
        output: result.stdout,
        error: result.status === 'ok' ? null : reasonOf(result),
        executionTime: result.wallMs,
      };
    },
  );
}

/** What went wrong, as the program or its compiler says it, and else in a sentence. */
function reasonOf({ status, compileOutput, stderr, exitCode, signal }: RunResult): string {
  const told = `${compileOutput}${stderr}`.trim();
  switch (status) {
    case 'timeout':
      return 'Execution timed out';
    case 'memory':
      return 'The program used more memory than it may';
    case 'output':
      return 'The program printed more than it may';
    case 'internal':
      throw new ProblemError('internal');
    case 'ok':
    case 'error':
    case 'cancelled':
      return (
        told || (signal === null ? `The program ended with exit code ${exitCode}` : `The program ended by ${signal}`)
      );
    default:
      return status satisfies never;
  }
}
