import { limits } from '@coderoom/protocol';
import type { EventStream } from '../event-streams.ts';

/** Lists of participants, told to who follows them: at once, and then when they have changed. */
export interface ParticipantStreams {
  /** `read` says how the list is now; undefined: the session is none any more. */
  follow(roomId: string, stream: EventStream, read: () => Promise<object[] | undefined>): void;
  /** The list of a room may have changed. */
  changed(roomId: string): void;
  close(): void;
}

interface Followed {
  streams: Map<EventStream, string>;
  timer: NodeJS.Timeout;
  tell(): Promise<void>;
}

export function createParticipantStreams(onError: (error: unknown) => void): ParticipantStreams {
  const rooms = new Map<string, Followed>();

  function begin(roomId: string, read: () => Promise<object[] | undefined>): Followed {
    let isTelling = false;
    let isAskedAgain = false;
    const followed: Followed = {
      streams: new Map(),
      // People come and go by other doors, too.
      timer: setInterval(() => followed.tell().catch(onError), limits.participantsPollMs),
      async tell() {
        isAskedAgain = isTelling;
        if (isTelling) return;
        isTelling = true;
        try {
          const list = await read();
          if (list === undefined) for (const stream of [...followed.streams.keys()]) stream.end();
          const text = JSON.stringify(list);
          for (const [stream, told] of followed.streams) {
            if (list === undefined || told === text) continue;
            followed.streams.set(stream, text);
            stream.send(list);
          }
        } finally {
          isTelling = false;
        }
        if (isAskedAgain) await followed.tell();
      },
    };
    rooms.set(roomId, followed);
    return followed;
  }

  return {
    follow(roomId, stream, read) {
      const followed = rooms.get(roomId) ?? begin(roomId, read);
      followed.streams.set(stream, '');
      stream.onClosed(() => {
        followed.streams.delete(stream);
        if (followed.streams.size > 0) return;
        clearInterval(followed.timer);
        rooms.delete(roomId);
      });
      followed.tell().catch(onError);
    },

    changed(roomId) {
      rooms.get(roomId)?.tell().catch(onError);
    },

    close() {
      for (const { timer } of rooms.values()) clearInterval(timer);
      rooms.clear();
    },
  };
}
