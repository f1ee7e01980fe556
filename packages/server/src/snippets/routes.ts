import { limits, ProblemError, SnippetPush } from '@coderoom/protocol';
import { Type } from 'typebox';
import type { Access } from '../gateway/authorize.ts';
import type { Http } from '../gateway/http.ts';
import type { Idempotency } from '../gateway/idempotency.ts';
import { accessErrors, bodyErrors, problems, withRoomToken } from '../gateway/openapi.ts';
import { idempotencyHeaders } from '../rooms/routes.ts';
import type { SnippetService } from './service.ts';

export function registerSnippetRoutes(
  http: Http,
  services: { access: Access; snippets: SnippetService; idempotency: Idempotency },
): void {
  const { access, snippets, idempotency } = services;
  const ofRoom = { tags: ['snippets'], security: withRoomToken, params: Type.Object({ room: Type.String() }) };

  http.post(
    '/api/v2/rooms/:room/snippets',
    {
      config: { rate: 'snippets' },
      schema: {
        ...ofRoom,
        operationId: 'pushSnippet',
        summary: 'Show the room a piece of code, which also goes into the file of its name',
        headers: idempotencyHeaders,
        body: SnippetPush,
        response: {
          201: Type.Ref('Snippet'),
          ...problems(
            ...bodyErrors,
            ...accessErrors,
            'forbidden',
            'room_ended',
            'too_many_files',
            'document_too_large',
            'idempotency_conflict',
          ),
        },
      },
    },
    async ({ headers, params, body }, reply) => {
      const caller = await access.byHeader(headers.authorization, params.room);
      const request = { key: headers['idempotency-key'], scope: `snippets ${caller.member.id}`, content: body };
      // A body may be large; of what is kept for a repetition, only its id.
      const { id } = await idempotency.once(request, async () => {
        const pushed = await snippets.push(caller, body);
        return { id: pushed.id };
      });
      const snippet = await snippets.find(caller, id);
      return reply.status(201).header('location', `/api/v2/rooms/${caller.room.id}/snippets/${id}`).send(snippet);
    },
  );

  http.get(
    '/api/v2/rooms/:room/snippets',
    {
      schema: {
        ...ofRoom,
        operationId: 'listSnippets',
        summary: 'The room’s snippets without their content, newest first',
        querystring: Type.Object(
          {
            before: Type.Optional(
              Type.String({
                maxLength: limits.cursorMaxLength,
                description: 'the `next` of the page before: snippets older than this one',
              }),
            ),
            limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.snippetsPageMax })),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({
            items: Type.Array(Type.Ref('SnippetSummary')),
            next: Type.Union([Type.String(), Type.Null()], { description: 'null: there are no older ones' }),
          }),
          ...problems(...accessErrors),
        },
      },
    },
    async ({ headers, params, query }) =>
      snippets.list(await access.byHeader(headers.authorization, params.room), query),
  );

  http.get(
    '/api/v2/rooms/:room/snippets/latest',
    {
      schema: {
        ...ofRoom,
        operationId: 'getLatestSnippet',
        summary: 'The snippet that was pushed last',
        response: { 200: Type.Ref('Snippet'), ...problems(...accessErrors, 'snippet_not_found') },
      },
    },
    async ({ headers, params }) => {
      const { room } = await access.byHeader(headers.authorization, params.room);
      const latest = await snippets.latest(room.id);
      if (latest === undefined) throw new ProblemError('snippet_not_found');
      return latest;
    },
  );

  http.get(
    '/api/v2/rooms/:room/snippets/:snippet',
    {
      schema: {
        ...ofRoom,
        params: Type.Object({ room: Type.String(), snippet: Type.String() }),
        operationId: 'getSnippet',
        summary: 'A snippet',
        response: { 200: Type.Ref('Snippet'), ...problems(...accessErrors, 'snippet_not_found') },
      },
    },
    async ({ headers, params }) =>
      snippets.find(await access.byHeader(headers.authorization, params.room), params.snippet),
  );
}
