import { KnockAdmit, KnockRefuse, limits } from '@coderoom/protocol';
import { Type } from 'typebox';
import { type Access, readBearer } from '../gateway/authorize.ts';
import type { Http } from '../gateway/http.ts';
import { accessErrors, bodyErrors, problems, withRoomToken } from '../gateway/openapi.ts';
import type { RoomRow } from '../rooms/store.ts';
import type { KnockService } from './service.ts';

export function registerKnockRoutes(
  http: Http,
  services: { access: Access; knocks: KnockService; findRoom(key: string): Promise<RoomRow | undefined> },
): void {
  const { access, knocks, findRoom } = services;
  const tags = ['knocks'];
  const oneRoom = Type.Object({ room: Type.String() });
  const oneKnock = Type.Object({ room: Type.String(), knock: Type.String() });
  const settleErrors = ['forbidden', 'knock_not_found', 'knock_settled'] as const;
  const askerErrors = ['token_missing', 'token_invalid', 'knock_not_found'] as const;

  http.get(
    '/api/v2/rooms/:room/knocks',
    {
      schema: {
        tags,
        security: withRoomToken,
        operationId: 'listKnocks',
        summary: 'Who asks to join, in the order in which they came (owner)',
        params: oneRoom,
        response: {
          200: Type.Object({ items: Type.Array(Type.Ref('Knock')) }),
          ...problems(...accessErrors, 'forbidden'),
        },
      },
    },
    async ({ headers, params }) => ({
      items: await knocks.list(await access.byHeader(headers.authorization, params.room)),
    }),
  );

  http.get(
    '/api/v2/rooms/:room/knocks/:knock',
    {
      schema: {
        tags,
        security: withKnockToken,
        operationId: 'getKnock',
        summary: 'How one’s own knock stands; with the way in once one is let in',
        description: `Whoever is not heard of for ${limits.knockAbsentMs / 1000} s has gone: ask again and again, best with wait.`,
        params: oneKnock,
        querystring: Type.Object(
          {
            wait: Type.Optional(
              Type.Integer({
                minimum: 0,
                maximum: limits.knockWaitMaxS,
                description: 'seconds for which the answer may be held back until there is one',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Ref('KnockStatus'),
          ...problems(...askerErrors, 'membership_ended', 'room_not_found'),
        },
      },
    },
    async ({ headers, params, query }, reply) => {
      const named = await name(params, headers.authorization);
      const hungUp = new AbortController();
      reply.raw.once('close', () => hungUp.abort());
      return knocks.status(named, { waitMs: (query.wait ?? 0) * 1000, signal: hungUp.signal });
    },
  );

  http.delete(
    '/api/v2/rooms/:room/knocks/:knock',
    {
      schema: {
        tags,
        security: withKnockToken,
        operationId: 'withdrawKnock',
        summary: 'Take back one’s own knock',
        params: oneKnock,
        response: {
          204: Type.Null({ description: 'withdrawn' }),
          ...problems(...bodyErrors, ...askerErrors, 'knock_settled'),
        },
      },
    },
    async ({ headers, params }, reply) => {
      await knocks.withdraw(await name(params, headers.authorization));
      return reply.status(204).send(null);
    },
  );

  http.post(
    '/api/v2/rooms/:room/knocks/:knock/admit',
    {
      schema: {
        tags,
        security: withRoomToken,
        operationId: 'admitKnock',
        summary: 'Let somebody in (owner)',
        params: oneKnock,
        body: KnockAdmit,
        response: {
          200: Type.Ref('Knock'),
          ...problems(...bodyErrors, ...accessErrors, ...settleErrors, 'room_full'),
        },
      },
    },
    async ({ headers, params, body }) =>
      knocks.admit(await access.byHeader(headers.authorization, params.room), params.knock, body.role),
  );

  http.post(
    '/api/v2/rooms/:room/knocks/:knock/refuse',
    {
      schema: {
        tags,
        security: withRoomToken,
        operationId: 'refuseKnock',
        summary: 'Let somebody not in, with ban for good (owner)',
        params: oneKnock,
        body: KnockRefuse,
        response: { 200: Type.Ref('Knock'), ...problems(...bodyErrors, ...accessErrors, ...settleErrors) },
      },
    },
    async ({ headers, params, body }) =>
      knocks.refuse(await access.byHeader(headers.authorization, params.room), params.knock, {
        ban: body.ban === true,
      }),
  );

  async function name({ room, knock }: { room: string; knock: string }, authorization: string | undefined) {
    return { room: await findRoom(room), knockId: knock, token: readBearer(authorization) };
  }
}

/** The security of a route that is for whoever asked to join. */
const withKnockToken = [{ knockToken: [] }];
