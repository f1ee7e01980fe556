import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  type Ack,
  type ClientEvents,
  limits,
  type Member,
  ProblemError,
  type Room,
  type RunWithOutput,
  type ServerEvents,
} from '@coderoom/protocol';
import { Server as Engine } from 'engine.io';
import { type Socket as IoSocket, Server } from 'socket.io';
import type { Caller } from '../caller.ts';
import type { Config } from '../config.ts';
import type { MemberRow } from '../members/store.ts';
import type { Access } from './authorize.ts';
import { type EventRouter, type EventSession, refusal } from './event-router.ts';
import { createExpiry, type Expiry } from './expiry.ts';
import { clientAddress, type Origins } from './origin.ts';
import type { Presence } from './presence.ts';
import { expectedFailure, problemMediaType, renderProblem } from './problems.ts';
import type { RateLimits } from './rate-limits.ts';
import type { RoomEvents } from './room-events.ts';

/** Socket.IO: lets members in, tells them their room's state and then every event, and takes theirs. */
export interface EventSockets {
  /** Whether a request is for Socket.IO. */
  isFor(request: IncomingMessage): boolean;
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** How many connections there are, those not yet let in among them. */
  count(): number;
  disconnectMember(memberId: string): void;
  disconnectRoom(roomId: string): void;
  disconnectSession(sessionId: string): void;
  /** Clients see a lost connection, so that they come back to the next server. */
  close(): Promise<void>;
}

export interface EventSocketsOptions {
  config: Pick<Config, 'corsOrigins' | 'proxies'>;
  access: Access;
  origins: Origins;
  rateLimits: RateLimits;
  events: RoomEvents;
  presence: Presence;
  router: EventRouter;
  logger: { error(details: object, message: string): void; debug(details: object, message: string): void };
  /** What a newcomer is told of their room. */
  readRoom(caller: Caller): Promise<{ room: Room; members: Member[]; lastRun: RunWithOutput | null }>;
  describeMember(row: MemberRow): Member;
  activeRun(roomId: string): RunWithOutput | null;
  createRequestId(): string;
  now(): number;
}

interface SocketData {
  caller: Caller;
  expiresAt: number;
  /** Events that were too many. */
  refused?: number;
}
type Socket = IoSocket<ClientEvents, ServerEvents, Record<string, never>, SocketData>;

const path = '/socket.io/';

export function createEventSockets(options: EventSocketsOptions): EventSockets {
  const { config, access, origins, rateLimits, events, presence, router, logger } = options;
  // Made apart from the HTTP server, so that requests reach it only through the gateway's own checks.
  const engine = new Engine({
    maxHttpBufferSize: limits.eventMaxBytes,
    perMessageDeflate: false,
    pingInterval: limits.socketPingMs,
    ...(config.corsOrigins.length === 0 ? {} : { cors: { origin: config.corsOrigins } }),
  });
  const io = new Server<ClientEvents, ServerEvents, Record<string, never>, SocketData>({
    connectTimeout: limits.socketAuthTimeoutMs,
    serveClient: false,
  });
  io.bind(engine);

  io.use(async (socket, next) => {
    try {
      const { token, room } = socket.handshake.auth as { token?: unknown; room?: unknown };
      if (token !== undefined && typeof token !== 'string') throw new ProblemError('token_invalid');
      if (room !== undefined && typeof room !== 'string') throw new ProblemError('room_not_found');
      const { expiresAt, ...caller } = await access.byToken(token, room);
      const seated = presence.takeSeat(seatOf(caller), caller.room.capacity);
      if (!seated) throw new ProblemError('room_full');
      socket.data = { caller, expiresAt };
      next();
    } catch (error) {
      next(toConnectError(error));
    }
  });

  io.on('connection', (socket) => {
    welcome(socket).catch((error) => {
      if (expectedFailure(error) === undefined) logger.error({ err: error }, 'a member could not be welcomed');
      // As if the network had failed: the client comes back.
      socket.conn.close();
    });
  });

  events.setSink((roomId, name, event) => {
    const isHeard = io.sockets.adapter.rooms.has(inRoom(roomId));
    if (isHeard) io.to(inRoom(roomId)).emit(name, event as never);
    return isHeard;
  });

  async function welcome(socket: Socket): Promise<void> {
    const { caller, expiresAt } = socket.data;
    const { room, member } = caller;
    const expiry = createExpiry(expiresAt, () => socket.disconnect(true), options.now);
    socket.join(ofMember(member.id));
    if (caller.sessionId !== undefined) socket.join(ofSession(caller.sessionId));
    const connection = presence.connect(seatOf(caller), 'events');
    listen(socket, caller, expiry);
    socket.on('disconnect', () => {
      expiry.cancel();
      connection.closed();
    });

    if (connection.cameOnline) events.publish(room.id, 'member:joined', { member: options.describeMember(member) });
    // From here on nothing is missed: what happens while the state is read is sent right after it.
    const hold = events.hold(room.id);
    const run = options.activeRun(room.id);
    let state: Awaited<ReturnType<EventSocketsOptions['readRoom']>>;
    try {
      // Who was removed, or deleted the room, between the handshake and now was not yet here to be disconnected.
      state = await options.readRoom(await access.again(caller));
    } catch (error) {
      hold.release();
      throw error;
    }
    socket.emit('room:welcome', {
      seq: hold.seq,
      room: state.room,
      memberId: member.id,
      members: state.members,
      run: run ?? state.lastRun,
    });
    for (const { name, event } of hold.release()) socket.emit(name, event as never);
    socket.join(inRoom(room.id));
  }

  function listen(socket: Socket, caller: Caller, expiry: Expiry): void {
    const address = clientAddress(socket.request, config.proxies);
    const session: EventSession = {
      caller: () => access.again(caller),
      count: (kind) => rateLimits.count(kind, address),
      extend: (untilMs) => expiry.set(untilMs),
    };
    socket.onAny(async (name: string, ...args: unknown[]) => {
      const last = args.at(-1);
      const reply = typeof last === 'function' ? (last as (ack: Ack) => void) : () => {};
      try {
        await rateLimits.count('events', socket.id);
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        reply(refusal(error));
        // Who does not stop is stopped.
        socket.data.refused = (socket.data.refused ?? 0) + 1;
        if (socket.data.refused > limits.eventsRefusedMax) socket.disconnect(true);
        return;
      }
      reply(await router.dispatch(name, typeof args[0] === 'function' ? {} : args[0], session));
    });
  }

  /** Fails with what an unwelcome handshake is told. */
  async function admit(request: IncomingMessage): Promise<void> {
    if (!origins.allows(request)) throw new ProblemError('origin_refused');
    // A handshake has no session id yet; later requests belong to a socket that was counted.
    const isHandshake = !/^[^#]*[?&]sid=[^&#]/.test(request.url ?? '');
    if (isHandshake) await rateLimits.count('sockets', clientAddress(request, config.proxies));
  }

  return {
    isFor: ({ url }) => url?.startsWith(path) === true,

    handleRequest(request, response) {
      admit(request).then(
        () => engine.handleRequest(request as never, response),
        (error) => {
          const { head, body } = renderRefusal(error, options.createRequestId());
          response.writeHead(head.status, head.headers).end(body);
        },
      );
    },

    handleUpgrade(request, socket, head) {
      socket.on('error', () => {});
      admit(request).then(
        () => engine.handleUpgrade(request as never, socket, head),
        (error) => refuseUpgrade(socket, error, options.createRequestId()),
      );
    },

    count: () => engine.clientsCount,
    disconnectMember: (memberId) => io.in(ofMember(memberId)).disconnectSockets(true),
    disconnectSession: (sessionId) => io.in(ofSession(sessionId)).disconnectSockets(true),
    disconnectRoom: (roomId) => io.in(inRoom(roomId)).disconnectSockets(true),

    async close() {
      await io.close();
      engine.close();
    },
  };
}

const inRoom = (roomId: string) => `room ${roomId}`;
const ofSession = (sessionId: string) => `session ${sessionId}`;
const ofMember = (memberId: string) => `member ${memberId}`;

function seatOf({ room, member }: Caller) {
  return { id: member.id, roomId: room.id, isOwner: member.role === 'owner' };
}

/** What a client gets as `connect_error`: its `data` says which failure it is. */
function toConnectError(error: unknown): Error {
  const { code, message, retryAfterSeconds } = expectedFailure(error) ?? new ProblemError('internal');
  return Object.assign(new Error(message), { data: { code, message, retryAfterSeconds } });
}

function renderRefusal(error: unknown, requestId: string) {
  const problem = expectedFailure(error) ?? new ProblemError('internal');
  const { status, retryAfterSeconds } = problem;
  const body = JSON.stringify(renderProblem(problem, requestId));
  const headers: Record<string, string> = {
    'content-type': problemMediaType,
    'content-length': String(Buffer.byteLength(body)),
    'x-request-id': requestId,
    'x-content-type-options': 'nosniff',
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
  };
  return { head: { status, headers }, body };
}

/** Answers an upgrade request as HTTP does. */
export function refuseUpgrade(socket: Duplex, error: unknown, requestId: string): void {
  const { head, body } = renderRefusal(error, requestId);
  const lines = Object.entries({ ...head.headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${head.status} Refused\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
  socket.once('finish', () => socket.destroy());
}
