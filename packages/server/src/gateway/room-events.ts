import type { MemberRole, OwnerEvents, ServerEvents } from '@coderoom/protocol';

/** Events of rooms in their order: numbers them and hands them to whoever sends them. Knows no sockets. */
export interface RoomEvents {
  /**
   * Sends an event to all in the room. What it tells must already be stored. Viewers get `forViewers` instead, where
   * there is something in the event that is not for them.
   */
  publish<Name extends RoomEvent>(
    roomId: string,
    name: Name,
    event: Unnumbered<Name>,
    forViewers?: Unnumbered<Name>,
  ): void;
  /** Sends an event to the owner alone. It has no number, since the others would miss it. */
  tellOwner<Name extends keyof OwnerEvents>(roomId: string, name: Name, event: Parameters<OwnerEvents[Name]>[0]): void;
  /**
   * For a newcomer who is being told the room's state, which takes time to read: `seq` is where that state begins,
   * and what is published from now on is held until it is released. Everything may then be sent after the state,
   * even what the state contains already: every event replaces what it names.
   */
  hold(roomId: string): EventHold;
  /**
   * Hears what somebody of this role is told, at once and in order, for clients that are told it in other words.
   * Returns how to stop that.
   */
  listen(roomId: string, role: () => MemberRole, listener: RoomListener): () => void;
  /** Who sends the events; called at once for each, and says whether anybody is there to hear them. */
  setSink(sink: EventSink): void;
}

/** An event on its way, and who gets which form of it; `undefined` is not sent. */
export interface Delivery {
  name: RoomEvent | keyof OwnerEvents;
  toOwner: object;
  toEditors: object | undefined;
  toViewers: object | undefined;
}

/** An event as somebody hears it; without its number, which counts for those who get all of them as they are. */
export type HeardEvent = {
  [Name in Delivery['name']]: { name: Name; event: Omit<Parameters<(ServerEvents & OwnerEvents)[Name]>[0], 'seq'> };
}[Delivery['name']];

export type RoomListener = (heard: HeardEvent) => void;

type RoomEvent = Exclude<keyof ServerEvents, 'room:welcome'>;
type Unnumbered<Name extends RoomEvent> = Omit<Parameters<ServerEvents[Name]>[0], 'seq'>;
type EventSink = (roomId: string, delivery: Delivery) => boolean;

interface EventHold {
  readonly seq: number;
  /** What was published meanwhile, in order; the hold is over. */
  release(): Delivery[];
}

export function createRoomEvents(): RoomEvents {
  const seqs = new Map<string, number>();
  const holds = new Map<string, Set<Delivery[]>>();
  const listeners = new Map<string, Set<(delivery: Delivery) => void>>();
  let sink: EventSink = () => false;

  function deliver(roomId: string, delivery: Delivery): boolean {
    for (const held of holds.get(roomId) ?? []) held.push(delivery);
    for (const listener of listeners.get(roomId) ?? []) listener(delivery);
    return sink(roomId, delivery);
  }

  return {
    publish(roomId, name, event, forViewers) {
      const seq = (seqs.get(roomId) ?? 0) + 1;
      seqs.set(roomId, seq);
      const numbered = { ...event, seq };
      const toViewers = forViewers === undefined ? numbered : { ...forViewers, seq };
      const isHeard = deliver(roomId, { name, toOwner: numbered, toEditors: numbered, toViewers });
      // Numbers only have to be gapless for those who listen; with nobody there they may begin again.
      const isOver = name === 'room:deleted' || !isHeard;
      if (isOver && !holds.has(roomId)) seqs.delete(roomId);
    },

    tellOwner(roomId, name, event) {
      deliver(roomId, { name, toOwner: event, toEditors: undefined, toViewers: undefined });
    },

    hold(roomId) {
      const held: Delivery[] = [];
      const ofRoom = holds.get(roomId) ?? new Set();
      holds.set(roomId, ofRoom.add(held));
      return {
        seq: seqs.get(roomId) ?? 0,
        release() {
          ofRoom.delete(held);
          if (ofRoom.size === 0) holds.delete(roomId);
          return held;
        },
      };
    },

    listen(roomId, role, listener) {
      const ofRoom = listeners.get(roomId) ?? new Set();
      const hear = (delivery: Delivery) => {
        const event = formFor(role(), delivery);
        if (event !== undefined) listener({ name: delivery.name, event } as HeardEvent);
      };
      listeners.set(roomId, ofRoom.add(hear));
      return () => {
        ofRoom.delete(hear);
        if (ofRoom.size === 0 && listeners.get(roomId) === ofRoom) listeners.delete(roomId);
      };
    },

    setSink(newSink) {
      sink = newSink;
    },
  };
}

/** The form of an event that a role gets. */
export function formFor(role: MemberRole, delivery: Delivery): object | undefined {
  switch (role) {
    case 'owner':
      return delivery.toOwner;
    case 'editor':
      return delivery.toEditors;
    case 'viewer':
      return delivery.toViewers;
    default:
      return role satisfies never;
  }
}
