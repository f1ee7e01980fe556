import { limits, ProblemError } from '@coderoom/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { assertMayChange } from '../../caller.ts';
import { VersionConflict } from '../../files/whole-texts.ts';
import type { Http } from '../../gateway/http.ts';
import { cleanLine } from '../../people-text.ts';
import { clientOf } from '../client-texts.ts';
import { readBody } from '../fastapi.ts';
import type { OpenRoom } from '../open-rooms.ts';
import { always, common, fault, missing, ofSession, refused, streamed, withBody } from './answers.ts';
import { endWhenShut, findSession } from './find-session.ts';
import { type CodeConnectLiveServices, name } from './services.ts';
import {
  CodeUpdate,
  Conflict,
  describeSession,
  describeStreamed,
  LanguageUpdate,
  LanguageUpdated,
  type SentTitle,
  Session,
  SessionCreate,
  Updated,
} from './shapes.ts';
import { templateOf } from './templates.ts';

const onlyLooking = { 403: refused('who comes from there may only look') };

/** Who changes a language, for those who follow. */
const languageChange = 'server-language-change';

/** Sessions: made, read, written over a version, followed. */
export function registerSessionRoutes(http: Http, services: CodeConnectLiveServices): void {
  const { openRooms, guests, wholeTexts, clientTexts, rooms, streams } = services;

  /** What a client that names no version may have made its code from. */
  async function textsBefore(open: OpenRoom, request: FastifyRequest, code: string): Promise<readonly string[]> {
    const isShared = await guests.areSeveral(name, open, request.address);
    return clientTexts.of(open.room.id, clientOf(name, request), code, { isShared });
  }

  const tooMany = { 409: refused('too many sessions were made from this address') };
  const creation = {
    ...common,
    summary: 'Make a session',
    body: SessionCreate,
    response: { 201: Session, 400: refused('no language of Code Connect Live'), ...tooMany, ...withBody, ...always },
  };
  const addresses = { cclCreateSession: '/v1/sessions', cclCreateSessionUnderApi: '/api/v1/sessions' };
  for (const [operationId, address] of Object.entries(addresses)) {
    if (address.startsWith('/api') && !services.isAloneUnderApi) continue;
    http.post(
      address,
      { config: { rate: 'rooms' }, schema: { ...creation, operationId } },
      async (request, reply) => createSession(services, request, reply) as never,
    );
  }

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
      const open = await findSession(openRooms, request);
      const now = await wholeTexts.read(open.room.id);
      clientTexts.note(open.room.id, clientOf(name, request), now.text);
      // There it may have been one of CodeInterview's that knows a room by our id, and goes on with PATCH.
      const isUnderApi = request.originalUrl.startsWith('/api/');
      if (isUnderApi) clientTexts.note(open.room.id, clientOf('code-interview', request), now.text);
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
        response: {
          200: Updated,
          ...onlyLooking,
          409: refused('another version is current', Conflict),
          ...missing,
          ...withBody,
        },
      },
    },
    async (request) => {
      const { code, version, clientId } = readBody(request, CodeUpdate);
      const open = await findSession(openRooms, request);
      const { room } = open;
      assertMayChange(open.caller);
      const client = clientOf(name, request);
      const base = version == null ? { texts: await textsBefore(open, request, code) } : { version };
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
        response: {
          200: LanguageUpdated,
          400: refused('no language of Code Connect Live'),
          ...onlyLooking,
          ...missing,
          ...withBody,
        },
      },
    },
    async (request) => {
      const { language } = readBody(request, LanguageUpdate);
      const { room, caller } = await findSession(openRooms, request);
      assertMayChange(caller);
      const text = templateOf(language);
      if (text === undefined) throw fault(400, `Unsupported language: ${language}`);
      const { version } = await wholeTexts.write(room.id, {
        memberId: null,
        text,
        sourceId: languageChange,
        before: () => rooms.update(caller, { language }),
      });
      clientTexts.note(room.id, clientOf(name, request), text);
      return { code: text, version };
    },
  );

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
      const open = await findSession(openRooms, request);
      const { id } = open.room;
      const client = clientOf(name, request);
      const stream = streams.open(request, reply);
      const stop = wholeTexts.watch(
        id,
        (now) => {
          clientTexts.note(id, client, now.text);
          stream.send(describeStreamed(now));
        },
        stream.end,
      );
      stream.onBeat(() => guests.hear(id, request.address));
      endWhenShut(stream, openRooms, id, request);
      stream.onClosed(stop);
      return reply;
    },
  );
}

/** Also for who asks at another address. */
export async function createSession(services: CodeConnectLiveServices, request: FastifyRequest, reply: FastifyReply) {
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
  clientTexts.note(open.room.id, clientOf(name, request), now.text);
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
