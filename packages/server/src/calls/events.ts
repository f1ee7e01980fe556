import { CallJoin, CallMedia, CallSignalTo } from '@coderoom/protocol';
import { Type } from 'typebox';
import type { EventRouter, EventSession } from '../gateway/event-router.ts';
import type { CallConnection, CallService } from './service.ts';

export function registerCallEvents(router: EventRouter, calls: CallService): void {
  const connections = new WeakMap<EventSession, CallConnection>();
  const followed = new WeakSet<EventSession>();

  function connectionOf(session: EventSession): CallConnection {
    const known = connections.get(session);
    if (known !== undefined) return known;
    const connection: CallConnection = {
      tell: ({ from, signal }) => session.tell('call:signal', { from, signal }),
    };
    connections.set(session, connection);
    return connection;
  }

  router.on('call:join', CallJoin, async (caller, { media }, session) => {
    const connection = connectionOf(session);
    const joined = calls.join(caller, connection, media);
    // After it has joined, so that a connection that has ended meanwhile leaves, too.
    if (!followed.has(session)) session.onClosed(() => calls.leave(connection));
    followed.add(session);
    return joined;
  });

  router.on('call:signal', CallSignalTo, async (_caller, message, session) => {
    await calls.signal(connectionOf(session), message);
    return {};
  });

  router.on('call:media', CallMedia, async (_caller, media, session) => {
    calls.changeMedia(connectionOf(session), media);
    return {};
  });

  router.on('call:leave', Type.Object({}, { additionalProperties: false }), async (_caller, _request, session) => {
    calls.leave(connectionOf(session));
    return {};
  });
}
