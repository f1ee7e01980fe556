import { limits } from '@coderoom/protocol';

/** The CodeCall clients that are in rooms right now, so that one can be told what another said in its own words. */
export interface Company<Place extends Companion> {
  /** Returns how to leave. */
  enter(place: Place): () => void;
  othersThan(place: Place): Place[];
  /** What a member who has gone had on their screen. */
  remember(place: Place, text: string | undefined): void;
  recall(place: Companion): string | undefined;
}

export interface Companion {
  readonly roomId: string;
  readonly memberId: string;
}

export function createCompany<Place extends Companion>(): Company<Place> {
  const rooms = new Map<string, Set<Place>>();
  /** The longest not used first. */
  const screens = new Map<string, string>();
  const keyOf = ({ roomId, memberId }: Companion) => `${roomId} ${memberId}`;

  return {
    enter(place) {
      const places = rooms.get(place.roomId) ?? new Set();
      rooms.set(place.roomId, places.add(place));
      return () => {
        places.delete(place);
        if (places.size === 0 && rooms.get(place.roomId) === places) rooms.delete(place.roomId);
      };
    },

    othersThan: (place) => [...(rooms.get(place.roomId) ?? [])].filter((other) => other !== place),

    remember(place, text) {
      screens.delete(keyOf(place));
      if (text === undefined || text.length > limits.codecallScreenMaxLength) return;
      screens.set(keyOf(place), text);
      const oldest = screens.keys().next().value;
      if (screens.size > limits.codecallScreensKept && oldest !== undefined) screens.delete(oldest);
    },

    recall: (place) => screens.get(keyOf(place)),
  };
}
