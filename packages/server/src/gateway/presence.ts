import { limits } from '@coderoom/protocol';

/** Who is in which room right now, and whose seat is kept. In memory: after a restart everybody connects again. */
export interface Presence {
  /**
   * Takes a seat in a room, or keeps the one the member has. False when all are taken. Never waits, so that however
   * many come at once, no more than `capacity` sit. The owner's seat is always kept.
   */
  takeSeat(member: SeatedMember, capacity: number): boolean;
  /**
   * From now on that many may sit there, also for who was let in with an older number in mind. False, and nothing is
   * changed, when more than that sit there already.
   */
  resize(roomId: string, capacity: number): boolean;
  /** The seat that is always kept is now `to`'s. False, and nothing is changed, when that would be one too many. */
  handOver(roomId: string, from: string, to: string, capacity: number): boolean;
  /** A connection opened. */
  connect(member: SeatedMember, kind: ConnectionKind): Connection;
  /** Has an event connection, or had one a moment ago. */
  isOnline(roomId: string, memberId: string): boolean;
  /** How many are online in a room. */
  countOnlineIn(roomId: string): number;
  /** Rooms in which somebody has a connection. */
  occupied(): string[];
  /** Has a connection, had one a moment ago, or has joined a moment ago. */
  isSeated(roomId: string, memberId: string): boolean;
  /** How many members are online, in all rooms together. */
  countOnline(): number;
  /** The member is no longer one: gone at once, without the grace of a reload. */
  forget(roomId: string, memberId: string): void;
  forgetRoom(roomId: string): void;
  /** Stops all timers. */
  close(): void;
}

interface SeatedMember {
  id: string;
  roomId: string;
  isOwner: boolean;
}

interface Connection {
  /** Whether the member was not online before. */
  cameOnline: boolean;
  /** With `onPurpose`, somebody said that they go: there is no grace, in which one may come back from a lost connection. */
  closed(how?: { onPurpose: boolean }): void;
}

/** Only event connections make a member visible; both keep the seat. */
type ConnectionKind = 'events' | 'document';

export interface PresenceOptions {
  /** The last event connection is gone, and the grace over. */
  onOffline(roomId: string, memberId: string): void;
  /** Somebody came, or went. */
  onUsed?(roomId: string): void;
  now?: () => number;
  graceMs?: number;
  reservationMs?: number;
}

interface Seat {
  isOwner: boolean;
  connections: Record<ConnectionKind, number>;
  /** Since when the last event connection is gone, while the grace lasts. */
  leaving: NodeJS.Timeout | undefined;
  reservedUntil: number;
}

export function createPresence(options: PresenceOptions): Presence {
  const { onOffline, onUsed = () => {}, now = Date.now, graceMs = limits.presenceGraceMs } = options;
  const reservationMs = options.reservationMs ?? limits.seatReservationMs;
  const rooms = new Map<string, Map<string, Seat>>();
  /** Capacities that were changed a short while ago. */
  const resized = new Map<string, number>();
  let closed = false;

  const isVisible = (seat: Seat) => seat.connections.events > 0 || seat.leaving !== undefined;
  const isTaken = (seat: Seat) => isVisible(seat) || seat.connections.document > 0 || seat.reservedUntil > now();

  function seatsOf(roomId: string): Map<string, Seat> {
    const seats = rooms.get(roomId) ?? new Map<string, Seat>();
    rooms.set(roomId, seats);
    return seats;
  }

  function seatOf({ roomId, id, isOwner }: SeatedMember): Seat {
    const seats = seatsOf(roomId);
    const seat = seats.get(id) ?? {
      isOwner,
      connections: { events: 0, document: 0 },
      leaving: undefined,
      reservedUntil: 0,
    };
    seats.set(id, seat);
    return seat;
  }

  /** Forgets seats that nobody holds, and rooms without any. */
  function sweep(roomId: string): void {
    const seats = rooms.get(roomId);
    if (seats === undefined) return;
    for (const [id, seat] of seats) if (!isTaken(seat)) seats.delete(id);
    if (seats.size === 0) rooms.delete(roomId);
  }

  // Who has joined and never connected leaves a seat behind that nobody asks for.
  const sweeper = setInterval(() => {
    for (const roomId of [...rooms.keys()]) sweep(roomId);
    for (const roomId of [...resized.keys()]) if (!rooms.has(roomId)) resized.delete(roomId);
  }, reservationMs).unref();

  function disconnect(member: SeatedMember, kind: ConnectionKind, isOnPurpose: boolean): void {
    const { roomId, id } = member;
    const seat = rooms.get(roomId)?.get(id);
    if (closed || seat === undefined) return;
    seat.connections[kind]--;
    onUsed(roomId);
    const leave = () => {
      seat.leaving = undefined;
      sweep(roomId);
      onOffline(roomId, id);
    };
    if (kind === 'events' && seat.connections.events === 0) {
      if (isOnPurpose) leave();
      else seat.leaving = setTimeout(leave, graceMs);
    }
    sweep(roomId);
  }

  /** The owner's seat is taken, whether or not they are there. */
  function countTaken(seats: Map<string, Seat>): number {
    const ownersSeat = 1;
    return ownersSeat + seats.values().reduce((others, seat) => others + (seat.isOwner ? 0 : 1), 0);
  }

  return {
    resize(roomId, capacity) {
      sweep(roomId);
      if (countTaken(rooms.get(roomId) ?? new Map()) > capacity) return false;
      resized.set(roomId, capacity);
      return true;
    },

    handOver(roomId, from, to, capacity) {
      sweep(roomId);
      const seats = rooms.get(roomId);
      const [old, fresh] = [seats?.get(from), seats?.get(to)];
      const others = seats === undefined ? 0 : countTaken(seats) - 1;
      const othersAfter = others + (old === undefined ? 0 : 1) - (fresh === undefined ? 0 : 1);
      const ownersSeat = 1;
      if (othersAfter + ownersSeat > (resized.get(roomId) ?? capacity)) return false;
      if (old !== undefined) old.isOwner = false;
      if (fresh !== undefined) fresh.isOwner = true;
      return true;
    },

    takeSeat(member, capacity) {
      sweep(member.roomId);
      const seats = seatsOf(member.roomId);
      const present = seats.get(member.id);
      const allowed = resized.get(member.roomId) ?? capacity;
      if (present === undefined && !member.isOwner && countTaken(seats) >= allowed) {
        sweep(member.roomId);
        return false;
      }
      seatOf(member).reservedUntil = now() + reservationMs;
      return true;
    },

    connect(member, kind) {
      const seat = seatOf(member);
      const wasVisible = isVisible(seat);
      seat.connections[kind]++;
      onUsed(member.roomId);
      if (kind === 'events') {
        clearTimeout(seat.leaving);
        seat.leaving = undefined;
      }
      let open = true;
      return {
        cameOnline: kind === 'events' && !wasVisible,
        closed({ onPurpose = false } = { onPurpose: false }) {
          if (open && rooms.get(member.roomId)?.get(member.id) === seat) disconnect(member, kind, onPurpose);
          open = false;
        },
      };
    },

    isOnline(roomId, memberId) {
      const seat = rooms.get(roomId)?.get(memberId);
      return seat !== undefined && isVisible(seat);
    },

    countOnlineIn: (roomId) => rooms.get(roomId)?.values().filter(isVisible).toArray().length ?? 0,

    occupied: () =>
      rooms
        .entries()
        .filter(([, seats]) => seats.values().some(({ connections }) => connections.events + connections.document > 0))
        .map(([roomId]) => roomId)
        .toArray(),

    isSeated(roomId, memberId) {
      const seat = rooms.get(roomId)?.get(memberId);
      return seat !== undefined && isTaken(seat);
    },

    countOnline() {
      return rooms.values().reduce((sum, seats) => sum + seats.values().filter(isVisible).toArray().length, 0);
    },

    forget(roomId, memberId) {
      const seats = rooms.get(roomId);
      clearTimeout(seats?.get(memberId)?.leaving);
      seats?.delete(memberId);
      if (seats?.size === 0) rooms.delete(roomId);
    },

    forgetRoom(roomId) {
      for (const seat of rooms.get(roomId)?.values() ?? []) clearTimeout(seat.leaving);
      rooms.delete(roomId);
      resized.delete(roomId);
    },

    close() {
      closed = true;
      clearInterval(sweeper);
      for (const seats of rooms.values()) for (const seat of seats.values()) clearTimeout(seat.leaving);
      rooms.clear();
    },
  };
}
