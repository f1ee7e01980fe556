import { limits, type MemberRole, ProblemError } from '@coderoom/protocol';
import { decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose';
import type { Socket as IoSocket } from 'socket.io';
import type { Caller } from '../caller.ts';
import type { MemberService } from '../members/service.ts';
import type { Access } from './authorize.ts';
import { createBoundedEmit } from './bounded-emit.ts';
import { createExpiry } from './expiry.ts';
import type { Presence } from './presence.ts';
import { expectedFailure } from './problems.ts';
import type { RateKind, RateLimits } from './rate-limits.ts';
import { createReceipts, type PingedConnection } from './receipts.ts';
import type { HeardEvent, RoomEvents, RoomListener } from './room-events.ts';
import type { SocketServer } from './socket-server.ts';

/**
 * Socket.IO connections of other systems' clients. They belong to somebody signed in and sit down in rooms by what they
 * say later; in every other respect they are treated as our own are. What is said on them is their dialect's.
 */
export interface DialectSockets {
  /** Undefined: a handshake is for none of the dialects. Fails where one has refused it. */
  claim(socket: UntypedSocket): Promise<DialectGuest | undefined>;
  /** Somebody who was claimed is connected. */
  welcome(socket: UntypedSocket, guest: DialectGuest): void;
  /** Ends those connections that are in a room as this member, in this room, or of this sign-in. */
  disconnect(of: { memberId: string } | { roomId: string } | { sessionId: string }): void;
  /** From now on a member hears what this role hears. */
  setRole(memberId: string, role: MemberRole): void;
}

/** One system's way to speak on a socket. */
export interface SocketDialect {
  /** Whether a handshake is for this system, by what it looks like: nothing is checked yet. */
  recognises(handshake: DialectHandshake): boolean;
  /** Fails with a `ProblemError`, or with a `HandshakeRefusal` in words that its clients know. */
  admit(handshake: DialectHandshake): Promise<DialectGuest>;
}

interface DialectHandshake {
  /** Of `auth`; empty where there is none. */
  token: string;
  /** What the token says, unverified; undefined when it is no JWT. */
  unverified: { algorithm: string | undefined; payload: JWTPayload } | undefined;
  address: string;
  userAgent: string;
}

/** Somebody who may connect. */
export interface DialectGuest {
  accountId: string;
  /** With it the connection ends. */
  sessionId: string;
  /** Of the token, in milliseconds since the epoch: the connection ends then. */
  expiresAt: number;
  /** Takes over. Listens at once: events may come in the same moment. */
  connected(socket: DialectSocket): void;
}

export interface DialectSocket {
  readonly address: string;
  emit(name: string, ...args: unknown[]): void;
  /**
   * Takes the client's events, as long as they are not too many; `refuse` hears of those that are. With an event comes
   * how many receipts there had been when it came.
   */
  listen(
    handle: (name: string, args: unknown[], receipts: number) => Promise<void>,
    refuse: (problem: ProblemError, name: string) => void,
  ): void;
  /** Called when the client has dealt with all that was emitted so far. Returns the number of that receipt. */
  askReceipt(onReceipt: () => void): number;
  /** Counts one for the address; fails with `rate_limited`. */
  count(kind: RateKind): Promise<void>;
  /**
   * Sits down in a room, as a member who is online from now on. What happens there is held back until `begin`, so that
   * nothing is missed while the room's state is read. Fails with `room_full`, `rate_limited`, or as `access.again`.
   */
  enter(caller: Caller, hear: RoomListener): Promise<DialectSeat>;
  onClosed(listener: () => void): void;
  close(): void;
}

/** One's place in a room. It ends with the connection. */
export interface DialectSeat {
  /** Whether the member was not online before, of which everybody in the room was then told. */
  readonly cameOnline: boolean;
  /** Who speaks, as the database has them now; fails when they are a member no more. */
  caller(): Promise<Caller>;
  /** Hears what was held back, and from now on everything at once. */
  begin(): void;
  /** Gets up on purpose: gone at once, unless one is there by another connection. */
  leave(): void;
}

export interface DialectSocketsOptions {
  server: SocketServer;
  access: Pick<Access, 'again'>;
  rateLimits: RateLimits;
  events: RoomEvents;
  presence: Presence;
  describeMember: MemberService['describe'];
  /** In the order in which they are asked. */
  dialects: SocketDialect[];
  logger: { error(details: object, message: string): void };
  now(): number;
}

type UntypedSocket = Pick<
  IoSocket,
  'id' | 'handshake' | 'request' | 'conn' | 'connected' | 'emit' | 'on' | 'onAny' | 'disconnect'
>;

interface Connection {
  guest: DialectGuest;
  seats: Set<Seat>;
  close(): void;
  /** As if the network had failed: the client comes back, is checked again, and is in no room. */
  drop(): void;
}

interface Seat {
  memberId: string;
  roomId: string;
  role: MemberRole;
  stop(how: { onPurpose: boolean }): void;
}

export function createDialectSockets(options: DialectSocketsOptions): DialectSockets {
  const { server, access, rateLimits, events, presence, dialects, logger, now } = options;
  const connections = new Set<Connection>();

  const countSeatsOf = (memberId: string) =>
    connections
      .values()
      .reduce((sum, { seats }) => sum + [...seats].filter((is) => is.memberId === memberId).length, 0);

  function sitDown(connection: Connection, caller: Caller, hear: RoomListener): DialectSeat {
    const { room, member } = caller;
    if (connection.seats.size >= limits.dialectSeatsPerSocket) throw new ProblemError('rate_limited');
    if (countSeatsOf(member.id) >= limits.eventSocketsPerMember) throw new ProblemError('rate_limited');
    const place = { id: member.id, roomId: room.id, isOwner: member.role === 'owner' };
    if (!presence.takeSeat(place, room.capacity)) throw new ProblemError('room_full');
    const present = presence.connect(place, 'events');
    let held: HeardEvent[] | undefined = [];
    const tell = (heard: HeardEvent) => {
      try {
        hear(heard);
      } catch (error) {
        logger.error({ err: error, event: heard.name }, 'an event could not be told in other words');
      }
    };
    const unlisten = events.listen(
      room.id,
      () => seat.role,
      (heard) => (held === undefined ? tell(heard) : held.push(heard)),
    );
    const seat: Seat = {
      memberId: member.id,
      roomId: room.id,
      role: member.role,
      stop(how) {
        if (!connection.seats.delete(seat)) return;
        unlisten();
        present.closed(how);
      },
    };
    connection.seats.add(seat);
    if (present.cameOnline) events.publish(room.id, 'member:joined', { member: options.describeMember(member) });
    return {
      cameOnline: present.cameOnline,
      caller: () => access.again(caller),
      begin() {
        const missed = held ?? [];
        held = undefined;
        for (const heard of missed) tell(heard);
      },
      leave: () => seat.stop({ onPurpose: true }),
    };
  }

  return {
    async claim(socket) {
      const handshake = readHandshake(socket, server.addressOf(socket));
      const dialect = dialects.find((one) => one.recognises(handshake));
      if (dialect === undefined) return undefined;
      const guest = await dialect.admit(handshake);
      const open = connections.values().filter(({ guest: { accountId } }) => accountId === guest.accountId);
      if (open.toArray().length >= limits.accountSocketsMax) throw new ProblemError('rate_limited');
      return guest;
    },

    welcome(socket, guest) {
      const closed: (() => void)[] = [];
      const connection: Connection = {
        guest,
        seats: new Set(),
        close: () => socket.disconnect(true),
        drop: () => socket.conn.close(),
      };
      const receipts = createReceipts(socket.conn as unknown as PingedConnection);
      const expiry = createExpiry(guest.expiresAt, connection.close, now);
      connections.add(connection);
      socket.on('disconnect', (reason: string) => {
        connections.delete(connection);
        expiry.cancel();
        // Who closes the page or reloads it is not heard saying so, and may be back in a moment.
        const onPurpose = reason === 'client namespace disconnect';
        for (const seat of connection.seats) seat.stop({ onPurpose });
        for (const listener of closed) listener();
      });
      guest.connected({
        address: server.addressOf(socket),
        emit: createBoundedEmit(socket),
        askReceipt(onReceipt) {
          if (receipts.waiting() >= limits.dialectReceiptsWaitingMax) connection.drop();
          return receipts.ask(onReceipt);
        },
        count: (kind) => rateLimits.count(kind, server.addressOf(socket)),
        onClosed: (listener) => closed.push(listener),
        close: connection.close,

        listen(handle, refuse) {
          const handleSafely = (name: string, args: unknown[], before: number) =>
            handle(name, args, before).catch((error) => {
              if (expectedFailure(error) === undefined) logger.error({ err: error, event: name }, 'an event failed');
            });
          server.hear(socket, handleSafely, refuse, receipts.count);
        },

        async enter(caller, hear) {
          // Whoever is gone would never get up.
          if (!socket.connected) throw new ProblemError('membership_ended');
          const seat = sitDown(connection, caller, hear);
          try {
            // Who was removed, or deleted the room, a moment ago was not yet here to be disconnected.
            await seat.caller();
          } catch (error) {
            seat.leave();
            throw error;
          }
          if (!socket.connected) throw new ProblemError('membership_ended');
          return seat;
        },
      });
    },

    disconnect(of) {
      for (const { guest, seats, close, drop } of [...connections]) {
        if ('sessionId' in of) {
          if (guest.sessionId === of.sessionId) close();
          continue;
        }
        const isMeant = ({ roomId, memberId }: Seat) =>
          'roomId' in of ? roomId === of.roomId : memberId === of.memberId;
        // Those clients are not in one room for good: they go on elsewhere, where a closed socket would say nothing more.
        if (![...seats].some(isMeant)) continue;
        // At once, however long it takes until what was already sent has been read.
        for (const seat of seats) seat.stop({ onPurpose: false });
        drop();
      }
    },

    setRole(memberId, role) {
      for (const { seats } of connections) {
        for (const seat of seats) if (seat.memberId === memberId) seat.role = role;
      }
    },
  };
}

function readHandshake({ handshake }: UntypedSocket, address: string): DialectHandshake {
  const { token } = handshake.auth as { token?: unknown };
  const text = typeof token === 'string' && token.length <= limits.issuerTokenMaxLength ? token : '';
  return {
    token: text,
    unverified: readUnverified(text),
    address,
    userAgent: String(handshake.headers['user-agent'] ?? ''),
  };
}

function readUnverified(token: string): DialectHandshake['unverified'] {
  try {
    return { algorithm: decodeProtectedHeader(token).alg, payload: decodeJwt(token) };
  } catch {
    return undefined;
  }
}
