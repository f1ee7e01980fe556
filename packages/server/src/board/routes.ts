import { limits } from '@coderoom/protocol';
import { Type } from 'typebox';
import type { Access } from '../gateway/authorize.ts';
import type { Http } from '../gateway/http.ts';
import { accessErrors, problems, withRoomToken } from '../gateway/openapi.ts';
import type { BoardService } from './service.ts';

export function registerBoardRoutes(http: Http, access: Access, boards: BoardService): void {
  const common = { tags: ['board'], security: withRoomToken, params: Type.Object({ room: Type.String() }) };

  http.get(
    '/api/v2/rooms/:room/board',
    {
      schema: {
        ...common,
        operationId: 'listBoard',
        summary: 'What is drawn in a room, from below to above',
        querystring: Type.Object(
          {
            after: Type.Optional(
              Type.String({
                maxLength: limits.cursorMaxLength * 2,
                description: 'the `next` of the page before: what lies above that',
              }),
            ),
            limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.boardPageMax })),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({
            items: Type.Array(Type.Ref('BoardElement')),
            next: Type.Union([Type.String(), Type.Null()], { description: 'null: that is all' }),
          }),
          ...problems(...accessErrors),
        },
      },
    },
    async ({ headers, params, query }) => boards.list(await access.byHeader(headers.authorization, params.room), query),
  );

  http.get(
    '/api/v2/rooms/:room/board.svg',
    {
      schema: {
        ...common,
        operationId: 'drawBoard',
        summary: 'What is drawn in a room, as a picture',
        response: {
          200: { description: 'on white paper', content: { 'image/svg+xml': { schema: Type.String() } } },
          ...problems(...accessErrors, 'too_large'),
        },
      },
    },
    async ({ headers, params }, reply) => {
      const svg = await boards.draw(await access.byHeader(headers.authorization, params.room));
      return reply.type('image/svg+xml; charset=utf-8').send(svg);
    },
  );
}
