import { limits, ProblemError } from '@coderoom/protocol';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Http } from '../../gateway/http.ts';
import { readBody } from '../fastapi.ts';
import type { Guest } from '../guests.ts';
import { fromV4 } from '../ids.ts';
import type { OpenRoom } from '../open-rooms.ts';
import { fault, missing, ofParticipant, ofSession, refused, streamed, withBody } from './answers.ts';
import { endWhenShut, findSession } from './find-session.ts';
import { type CodeConnectLiveServices, name } from './services.ts';
import { describeParticipant, type Gesture, Participant, ParticipantCreate, ParticipantUpdate } from './shapes.ts';

const colors = ['#FF6B6B', '#4ECDC4', '#45B7D1', '#FFA07A', '#98D8C8', '#F7DC6F', '#BB8FCE', '#85C1E2'];

/** Participants: who is there, and what they say of themselves. */
export function registerParticipantRoutes(http: Http, services: CodeConnectLiveServices): void {
  const { openRooms, guests, streams, participantStreams } = services;
  /** Of participants, least recently told first. */
  const gestures = new Map<string, Gesture>();

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
    async (request) => (await guests.list(name, await findSession(openRooms, request))).map(describe),
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
      const open = await findSession(openRooms, request);
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
      const open = await findSession(openRooms, request);
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
        response: {
          204: Type.Null({ description: 'gone' }),
          403: refused('they came by another door'),
          413: withBody[413],
          ...missing,
        },
      },
    },
    async (request, reply) => {
      const open = await findSession(openRooms, request);
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
      const open = await findSession(openRooms, request);
      const { id } = open.room;
      const stream = streams.open(request, reply);
      participantStreams.follow(id, stream, async () => {
        const now = await openRooms.find(name, request.params.sessionId, request.address);
        return now === undefined ? undefined : (await guests.list(name, now)).map(describe);
      });
      stream.onBeat(() => guests.hear(id, request.address));
      endWhenShut(stream, openRooms, id, request);
      return reply;
    },
  );
}
