import { limits } from '@coderoom/protocol';
import type { EventStream } from '../event-streams.ts';

/** Lists of participants, told to who follows them: at once, and then when they have changed. */
export interface ParticipantStreams {
  /** `read` says how the list is now, and is the same for all of a room; undefined: there is none for who reads it. */
  follow(roomId: string, stream: EventStream, read: Read): void;
  /** The list of a room may have changed. */
  changed(roomId: string): void;
  close(): void;
}

type Read = () => Promise<object[] | undefined>;

interface Followed {
  streams: Map<EventStream, { told: string; read: Read }>;
  timer: NodeJS.Timeout;
  tell(): Promise<void>;
}

export function createParticipantStreams(onError: (error: unknown) => void): ParticipantStreams {
  const rooms = new Map<string, Followed>();

  /** By the first who may; streams of those who may not are over. */
  async function readFor(streams: Followed['streams']): Promise<object[] | undefined> {
    for (const [stream, { read }] of [...streams]) {
      const list = await read();
      if (list !== undefined) return list;
      stream.end();
    }
    return undefined;
  }

  function begin(roomId: string): Followed {
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
          const list = await readFor(followed.streams);
          const text = JSON.stringify(list);
          for (const [stream, follower] of followed.streams) {
            if (list === undefined || follower.told === text) continue;
            follower.told = text;
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
      const followed = rooms.get(roomId) ?? begin(roomId);
      followed.streams.set(stream, { told: '', read });
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
