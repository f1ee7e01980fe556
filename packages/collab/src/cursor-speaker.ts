/**
 * The cursor of a member who is in the room by other means than a document socket, among those of editors. To the room it
 * is one more session of that member, which says where they are and hears nothing.
 */
import type { CollabMember, CollabSession, CollabSocket } from './contract.ts';
import type { PlacedCursor, ToldCursor } from './cursors.ts';
import { encodeAwareness } from './messages.ts';

export interface CursorSpeaker {
  /** Its client id among those of the room's awareness. */
  readonly client: number;
  /** They are there now; of several at once, the last. */
  move(place: PlacedCursor): void;
  close(): void;
}

export interface CursorSpeakerOptions {
  member: CollabMember;
  client: number;
  connect(request: { socket: CollabSocket; member: CollabMember; acks: boolean }): CollabSession;
  tellCursor(place: PlacedCursor): Promise<{ file: string; cursor: ToldCursor } | null>;
}

export function createCursorSpeaker({ member, client, connect, tellCursor }: CursorSpeakerOptions): CursorSpeaker {
  let isClosed = false;
  let isTelling = false;
  let wanted: PlacedCursor | undefined;
  let clock = 0;
  const socket: CollabSocket = {
    send() {},
    close() {
      isClosed = true;
    },
    pause() {},
    resume() {},
    bufferedBytes: 0,
  };
  const session = connect({ socket, member, acks: false });

  async function tell(): Promise<void> {
    isTelling = true;
    try {
      while (wanted !== undefined && !isClosed) {
        const place = wanted;
        wanted = undefined;
        const told = await tellCursor(place);
        const [message] = encodeAwareness(
          [{ client, clock: ++clock, text: JSON.stringify(told) }],
          Number.MAX_SAFE_INTEGER,
        );
        if (told !== null && message !== undefined && !isClosed) session.receive(message);
      }
    } catch {
      // The room is gone, or not to be read right now: the next move tells it.
    } finally {
      isTelling = false;
    }
  }

  return {
    client,
    move(place) {
      wanted = place;
      if (!isTelling) void tell();
    },
    close() {
      isClosed = true;
      session.closed();
    },
  };
}
