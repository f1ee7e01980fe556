import { limits } from '@coderoom/protocol';
import type { AppOverrides } from './app.ts';
import { registerCallEvents } from './calls/events.ts';
import { registerChatEvents } from './chat/events.ts';
import { type DialectList, socketDialects } from './dialects/serve-dialects.ts';
import { type AccountSockets, createAccountSockets } from './gateway/account-sockets.ts';
import { createDocumentSockets, type DocumentSockets } from './gateway/collab-socket.ts';
import { createDialectSockets } from './gateway/dialect-sockets.ts';
import { createEventRouter } from './gateway/event-router.ts';
import type { Origins } from './gateway/origin.ts';
import { createSocketServer, type SocketServer } from './gateway/socket-server.ts';
import { createEventSockets, type EventSockets } from './gateway/sockets.ts';
import { registerMemberEvents } from './members/events.ts';
import { registerRoomEvents } from './rooms/events.ts';
import { registerRunEvents } from './runs/events.ts';
import type { Base, Services } from './services.ts';

/** All open connections of clients, by what they are for. */
export interface Connections {
  server: SocketServer;
  events: EventSockets;
  account: AccountSockets;
  documents: DocumentSockets;
}

export interface ConnectionsOptions {
  base: Base;
  services: Services;
  dialects: DialectList;
  origins: Origins;
  overrides: Pick<AppOverrides, 'presenceGraceMs' | 'socketPingMs'>;
  createRequestId(): string;
}

/** What listens on sockets, wired to the services. */
export function createConnections(options: ConnectionsOptions): Connections {
  const { base, services, dialects, origins, overrides, createRequestId } = options;
  const { config, logger, rateLimits, now } = base;
  const { access, signedIn, friends, events, presence, members, rooms, runs, knocks, calls, collab } = services;

  const router = createEventRouter(logger);
  registerRoomEvents(router, rooms);
  registerMemberEvents(router, members);
  registerRunEvents(router, runs);
  registerChatEvents(router, services.chat, services.idempotency);
  registerCallEvents(router, calls);

  const socketServer = createSocketServer({ config, origins, rateLimits, createRequestId });
  const accountSockets = createAccountSockets({
    server: socketServer,
    signedIn,
    logger,
    readOnlineFriends: friends.onlineFriends,
    onPresence: friends.tellPresence,
    graceMs: overrides.presenceGraceMs ?? limits.presenceGraceMs,
    now,
  });
  const eventSockets = createEventSockets({
    server: socketServer,
    access,
    dialects: createDialectSockets({
      server: socketServer,
      access,
      rateLimits,
      events,
      presence,
      describeMember: members.describe,
      dialects: socketDialects(dialects),
      logger,
      now,
    }),
    rateLimits,
    events,
    presence,
    router,
    logger,
    readRoom: async (caller) => {
      const { room, member } = caller;
      const [all, lastRun, asking] = await Promise.all([
        members.list(room.id),
        runs.last(room.id),
        member.role === 'owner' ? knocks.list(caller) : undefined,
      ]);
      const online = all.filter((other) => other.online);
      return { room: rooms.describe(room, member.role), members: online, lastRun, knocks: asking };
    },
    describeMember: members.describe,
    activeRun: runs.active,
    listCall: calls.list,
    now,
  });
  const documentSockets = createDocumentSockets({
    config,
    collab,
    access,
    origins,
    rateLimits,
    presence,
    logger,
    now,
    pingMs: overrides.socketPingMs ?? limits.socketPingMs,
  });

  return { server: socketServer, events: eventSockets, account: accountSockets, documents: documentSockets };
}
