import type {
  CallParticipant,
  ClientEvents,
  Knock,
  Member,
  MemberRole,
  OwnerEvents,
  PassingEvents,
  Room,
  RunWithOutput,
  ServerEvents,
} from '@coderoom/protocol';
import { limits, ProblemError } from '@coderoom/protocol';
import type { Socket as IoSocket, Namespace } from 'socket.io';
import type { Caller } from '../caller.ts';
import type { MemberRow } from '../members/store.ts';
import type { Access } from './authorize.ts';
import type { DialectGuest, DialectSockets } from './dialect-sockets.ts';
import type { EventRouter, EventSession } from './event-router.ts';
import { createExpiry, type Expiry } from './expiry.ts';
import type { Presence } from './presence.ts';
import { expectedFailure } from './problems.ts';
import type { RateLimits } from './rate-limits.ts';
import { type Delivery, formFor, type RoomEvents } from './room-events.ts';
import { type SocketServer, toConnectError } from './socket-server.ts';

/** Rooms' events: lets members in, tells them their room's state and then every event, and takes theirs. */
export interface EventSockets {
  disconnectMember(memberId: string): void;
  disconnectRoom(roomId: string): void;
  disconnectSession(sessionId: string): void;
  /** From now on a member gets what this role gets. */
  setRole(memberId: string, role: MemberRole): void;
  /** Tells what passes to one member, or to all in a room but one. */
  tell<Name extends keyof PassingEvents>(name: Name, event: Parameters<PassingEvents[Name]>[0], to: Audience): void;
}

type Audience = { member: string } | { room: string; butMember: string };

export interface EventSocketsOptions {
  server: SocketServer;
  access: Access;
  dialects: DialectSockets;
  rateLimits: RateLimits;
  events: RoomEvents;
  presence: Presence;
  router: EventRouter;
  logger: { error(details: object, message: string): void };
  /** What a newcomer is told of their room. */
  readRoom(caller: Caller): Promise<RoomState>;
  describeMember(row: MemberRow): Member;
  activeRun(roomId: string): RunWithOutput | null;
  listCall(roomId: string): CallParticipant[];
  now(): number;
}

interface RoomState {
  room: Room;
  members: Member[];
  lastRun: RunWithOutput | null;
  /** For the owner. */
  knocks?: Knock[] | undefined;
}

interface MemberData {
  caller: Caller;
  expiresAt: number;
  /** As it was set last; undefined until the member is told how things are. */
  role?: MemberRole;
}
type SocketData = MemberData | { guest: DialectGuest };
type ToClient = ServerEvents & OwnerEvents & PassingEvents;
type Socket = IoSocket<ClientEvents, ToClient, Record<string, never>, SocketData>;
type Rooms = Namespace<ClientEvents, ToClient, Record<string, never>, SocketData>;

export function createEventSockets(options: EventSocketsOptions): EventSockets {
  const { server, access, dialects, rateLimits, events, presence, router, logger } = options;
  const rooms = server.io.of('/') as unknown as Rooms;

  rooms.use(async (socket, next) => {
    try {
      const guest = await dialects.claim(socket as never);
      if (guest !== undefined) {
        socket.data = { guest };
        return next();
      }
      const { token, room } = socket.handshake.auth as { token?: unknown; room?: unknown };
      if (token !== undefined && typeof token !== 'string') throw new ProblemError('token_invalid');
      if (room !== undefined && typeof room !== 'string') throw new ProblemError('room_not_found');
      // In words that clients of other systems know, too: without a token nobody can tell whose client it is.
      if (token === undefined) throw new ProblemError('token_missing', { detail: 'Authentication token missing' });
      const { expiresAt, ...caller } = await access.byToken(token, room);
      const open = rooms.adapter.rooms.get(ofMember(caller.member.id))?.size ?? 0;
      if (open >= limits.eventSocketsPerMember) throw new ProblemError('rate_limited');
      const seated = presence.takeSeat(seatOf(caller), caller.room.capacity);
      if (!seated) throw new ProblemError('room_full');
      socket.data = { caller, expiresAt };
      next();
    } catch (error) {
      next(toConnectError(error));
    }
  });

  rooms.on('connection', (socket) => {
    if ('guest' in socket.data) return dialects.welcome(socket as never, socket.data.guest);
    welcome(socket, socket.data).catch((error) => {
      if (expectedFailure(error) === undefined) logger.error({ err: error }, 'a member could not be welcomed');
      // As if the network had failed: the client comes back.
      socket.conn.close();
    });
  });

  events.setSink((roomId, delivery) => {
    const isHeard = rooms.adapter.rooms.has(inRoom(roomId));
    if (isHeard) send(roomId, delivery);
    return isHeard;
  });

  function send(roomId: string, delivery: Delivery): void {
    const forms = new Set(roles.map((role) => formFor(role, delivery)));
    for (const form of forms) {
      if (form === undefined) continue;
      const to = forms.size === 1 ? [inRoom(roomId)] : rolesOf(form, delivery).map((role) => withRole(roomId, role));
      rooms.to(to).emit(delivery.name, form as never);
    }
  }

  async function welcome(socket: Socket, data: MemberData): Promise<void> {
    const { caller, expiresAt } = data;
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
    const call = options.listCall(room.id);
    let state: RoomState;
    let role: MemberRole;
    try {
      // Who was removed, or deleted the room, between the handshake and now was not yet here to be disconnected.
      const now = await access.again(caller);
      state = await options.readRoom(now);
      role = data.role ?? now.member.role;
    } catch (error) {
      hold.release();
      throw error;
    }
    data.role = role;
    socket.emit('room:welcome', {
      seq: hold.seq,
      room: state.room,
      memberId: member.id,
      members: state.members,
      run: run ?? state.lastRun,
      ...(state.knocks === undefined ? {} : { knocks: state.knocks }),
      call,
    });
    for (const delivery of hold.release()) {
      const form = formFor(role, delivery);
      if (form !== undefined) socket.emit(delivery.name, form as never);
    }
    socket.join([inRoom(room.id), withRole(room.id, role)]);
  }

  function listen(socket: Socket, caller: Caller, expiry: Expiry): void {
    const address = server.addressOf(socket);
    const session: EventSession = {
      caller: () => access.again(caller),
      count: (kind) => rateLimits.count(kind, address),
      extend: (untilMs) => expiry.set(untilMs),
      tell: (name, event) => (socket.emit as (name: string, event: object) => void)(name, event),
      onClosed: (listener) => void (socket.connected ? socket.once('disconnect', listener) : listener()),
    };
    server.listen(socket as never, (name, payload) => router.dispatch(name, payload, session));
  }

  return {
    disconnectMember(memberId) {
      rooms.in(ofMember(memberId)).disconnectSockets(true);
      dialects.disconnect({ memberId });
    },
    disconnectSession(sessionId) {
      rooms.in(ofSession(sessionId)).disconnectSockets(true);
      dialects.disconnect({ sessionId });
    },
    disconnectRoom(roomId) {
      rooms.in(inRoom(roomId)).disconnectSockets(true);
      dialects.disconnect({ roomId });
    },

    setRole(memberId, role) {
      dialects.setRole(memberId, role);
      for (const id of rooms.adapter.rooms.get(ofMember(memberId)) ?? []) {
        const socket = rooms.sockets.get(id);
        if (socket === undefined || !('caller' in socket.data)) continue;
        const roomId = socket.data.caller.room.id;
        socket.data.role = role;
        if (!socket.rooms.has(inRoom(roomId))) continue;
        for (const other of roles) socket.leave(withRole(roomId, other));
        socket.join(withRole(roomId, role));
      }
    },

    tell(name, event, to) {
      const those =
        'member' in to ? rooms.to(ofMember(to.member)) : rooms.to(inRoom(to.room)).except(ofMember(to.butMember));
      (those.emit as (name: string, event: object) => boolean)(name, event);
    },
  };
}

const roles: readonly MemberRole[] = ['owner', 'editor', 'viewer'];
const rolesOf = (form: object, delivery: Delivery) => roles.filter((role) => formFor(role, delivery) === form);

const inRoom = (roomId: string) => `room ${roomId}`;
const withRole = (roomId: string, role: MemberRole) => `room ${roomId} ${role}`;
const ofSession = (sessionId: string) => `session ${sessionId}`;
const ofMember = (memberId: string) => `member ${memberId}`;

function seatOf({ room, member }: Caller) {
  return { id: member.id, roomId: room.id, isOwner: member.role === 'owner' };
}
