import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { assertMayChange } from '../../caller.ts';
import type { Http } from '../../gateway/http.ts';
import { clientOf } from '../client-texts.ts';
import { readBody } from '../fastapi.ts';
import type { OpenRoom } from '../open-rooms.ts';
import { always, common, fault, missing, ofSession, refused, withBody } from './answers.ts';
import { findSession, listUsers } from './find-session.ts';
import { type CodeInterviewServices, name, usersMax } from './services.ts';
import { describeSession, Failure, Session, SessionCreate, SessionPatch } from './shapes.ts';

/** The owner's seat is nobody's. */
const capacity = usersMax + 1;

/** Sessions: made, read, changed and deleted. */
export function registerSessionRoutes(http: Http, services: CodeInterviewServices): void {
  const { openRooms, guests, aliases, wholeTexts, clientTexts, rooms, elsewhere } = services;
  const sessions = elsewhere === undefined ? Session : Type.Union([Session, elsewhere.shapes.session]);
  const failures = elsewhere === undefined ? Failure : Type.Union([Failure, elsewhere.shapes.failure]);

  async function describe(open: OpenRoom, request: FastifyRequest, ...written: string[]) {
    const [now, users] = await Promise.all([wholeTexts.read(open.room.id), listUsers(guests, open, request.address)]);
    clientTexts.note(open.room.id, clientOf(name, request), now.text, ...written);
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
          201: sessions,
          ...(elsewhere === undefined ? {} : { 400: refused('no language of Code Connect Live', failures) }),
          409: refused('too many sessions were made from this address', failures),
          ...withBody,
          ...always,
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
          200: sessions,
          404: refused('there is no such session', failures),
          429: refused('too many requests', failures),
        },
      },
    },
    async (request) => (await describe(await findSession(openRooms, request), request)) as never,
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
        response: {
          200: Session,
          400: refused('nothing to change'),
          403: refused('who comes from there may only look'),
          ...missing,
          ...withBody,
        },
      },
    },
    async (request) => {
      const { code, language, status } = readBody(request, SessionPatch);
      const open = await findSession(openRooms, request);
      const { room, caller } = open;
      if (code == null && language == null && status == null) {
        const message = 'At least one field (code, language, or status) must be provided';
        throw fault(400, 'INVALID_REQUEST', message);
      }
      assertMayChange(caller);
      const isOtherLanguage = language != null && language !== room.language;
      if (code != null || isOtherLanguage) {
        // In another language it is another file, which says what the last one did.
        const text = code ?? (await wholeTexts.read(room.id)).text;
        const isShared = await guests.areSeveral(name, open, request.address);
        const texts = clientTexts.of(room.id, clientOf(name, request), text, { isShared });
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
      const { room, caller } = await findSession(openRooms, request);
      await rooms.delete(caller);
      clientTexts.forget(room.id);
      return reply.status(204).send(null);
    },
  );
}
