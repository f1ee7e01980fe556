import type { ServerEvents } from '@coderoom/protocol';

/** Events of rooms in their order: numbers them and hands them to whoever sends them. Knows no sockets. */
export interface RoomEvents {
  /** Sends an event to all in the room. What it tells must already be stored. */
  publish<Name extends RoomEvent>(roomId: string, name: Name, event: Unnumbered<Name>): void;
  /**
   * For a newcomer who is being told the room's state, which takes time to read: `seq` is where that state begins,
   * and what is published from now on is held until it is released. Everything may then be sent after the state,
   * even what the state contains already: every event replaces what it names.
   */
  hold(roomId: string): EventHold;
  /** Who sends the events; called at once for each, and says whether anybody is there to hear them. */
  setSink(sink: EventSink): void;
}

type RoomEvent = Exclude<keyof ServerEvents, 'room:welcome'>;
type Unnumbered<Name extends RoomEvent> = Omit<Parameters<ServerEvents[Name]>[0], 'seq'>;
type EventSink = (roomId: string, name: RoomEvent, event: NumberedEvent) => boolean;
type NumberedEvent = { seq: number };

interface EventHold {
  readonly seq: number;
  /** What was published meanwhile, in order; the hold is over. */
  release(): { name: RoomEvent; event: NumberedEvent }[];
}

export function createRoomEvents(): RoomEvents {
  const seqs = new Map<string, number>();
  const holds = new Map<string, Set<{ name: RoomEvent; event: NumberedEvent }[]>>();
  let sink: EventSink = () => false;

  return {
    publish(roomId, name, event) {
      const seq = (seqs.get(roomId) ?? 0) + 1;
      seqs.set(roomId, seq);
      const numbered = { ...event, seq };
      for (const held of holds.get(roomId) ?? []) held.push({ name, event: numbered });
      const isHeard = sink(roomId, name, numbered);
      // Numbers only have to be gapless for those who listen; with nobody there they may begin again.
      if (!isHeard && !holds.has(roomId)) seqs.delete(roomId);
    },

    hold(roomId) {
      const held: { name: RoomEvent; event: NumberedEvent }[] = [];
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

    setSink(newSink) {
      sink = newSink;
    },
  };
}
