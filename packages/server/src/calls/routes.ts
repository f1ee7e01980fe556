import { Call } from '@coderoom/protocol';
import { Type } from 'typebox';
import type { Access } from '../gateway/authorize.ts';
import type { Http } from '../gateway/http.ts';
import { accessErrors, problems, withRoomToken } from '../gateway/openapi.ts';
import type { CallService } from './service.ts';

export function registerCallRoutes(http: Http, access: Access, calls: CallService): void {
  http.get(
    '/api/v2/rooms/:room/call',
    {
      schema: {
        tags: ['calls'],
        security: withRoomToken,
        operationId: 'getCall',
        summary: 'Who is in the room’s call, and the STUN and TURN servers to reach them by',
        description:
          'Joining, and what peers tell each other to connect, goes by the Socket.IO events `call:…`. The credentials ' +
          'are for this member alone and are good for an hour to begin with; ask again before connecting later.',
        params: Type.Object({ room: Type.String() }),
        response: { 200: Call, ...problems(...accessErrors) },
      },
    },
    async ({ headers, params }) => calls.read(await access.byHeader(headers.authorization, params.room)),
  );
}
