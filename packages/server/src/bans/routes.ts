import { Type } from 'typebox';
import type { Access } from '../gateway/authorize.ts';
import type { Http } from '../gateway/http.ts';
import { accessErrors, bodyErrors, problems, withRoomToken } from '../gateway/openapi.ts';
import type { BanService } from './service.ts';

export function registerBanRoutes(http: Http, access: Access, bans: BanService): void {
  const common = { tags: ['members'], security: withRoomToken };

  http.get(
    '/api/v2/rooms/:room/bans',
    {
      schema: {
        ...common,
        operationId: 'listBans',
        summary: 'Who may not come in any more (owner)',
        params: Type.Object({ room: Type.String() }),
        response: {
          200: Type.Object({ items: Type.Array(Type.Ref('Ban')) }),
          ...problems(...accessErrors, 'forbidden'),
        },
      },
    },
    async ({ headers, params }) => ({
      items: await bans.list(await access.byHeader(headers.authorization, params.room)),
    }),
  );

  http.delete(
    '/api/v2/rooms/:room/bans/:ban',
    {
      schema: {
        ...common,
        operationId: 'liftBan',
        summary: 'Lift a ban (owner)',
        params: Type.Object({ room: Type.String(), ban: Type.String() }),
        response: {
          204: Type.Null({ description: 'lifted' }),
          ...problems(...bodyErrors, ...accessErrors, 'forbidden', 'ban_not_found'),
        },
      },
    },
    async ({ headers, params }, reply) => {
      await bans.lift(await access.byHeader(headers.authorization, params.room), params.ban);
      return reply.status(204).send(null);
    },
  );
}
