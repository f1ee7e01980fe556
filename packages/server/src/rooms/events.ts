import { RoomPatch } from '@coderoom/protocol';
import { Type } from 'typebox';
import type { EventRouter } from '../gateway/event-router.ts';
import type { RoomService } from './service.ts';

export function registerRoomEvents(router: EventRouter, rooms: RoomService): void {
  router.on('room:update', RoomPatch, async (caller, patch) => ({ room: await rooms.update(caller, patch) }));

  router.on('token:renew', Type.Object({}, { additionalProperties: false }), async (caller, _request, session) => {
    const renewed = await rooms.renewToken(caller);
    session.extend(Date.parse(renewed.tokenExpiresAt));
    return renewed;
  });
}
