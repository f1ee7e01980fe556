import { useMemo, useSyncExternalStore } from 'react';
import type { Awareness } from 'y-protocols/awareness';

export interface MemberPlace {
  client: number;
  /** The path that they have open. */
  file: string | null;
}

/** Where each member is, by member id; of one with several windows, the last one heard of. */
export function usePlaces(awareness: Awareness): ReadonlyMap<string, MemberPlace> {
  const store = useMemo(() => {
    let places = placesOf(awareness);
    return {
      get: () => places,
      subscribe(listener: () => void) {
        const refresh = () => {
          places = placesOf(awareness);
          listener();
        };
        refresh();
        awareness.on('change', refresh);
        return () => awareness.off('change', refresh);
      },
    };
  }, [awareness]);
  return useSyncExternalStore(store.subscribe, store.get);
}

export function placesOf(awareness: Awareness): Map<string, MemberPlace> {
  const places = new Map<string, MemberPlace>();
  for (const [client, state] of awareness.getStates()) {
    const { user, file } = state as { user?: { id?: unknown }; file?: unknown };
    if (client === awareness.clientID || typeof user?.id !== 'string') continue;
    places.set(user.id, { client, file: typeof file === 'string' ? file : null });
  }
  return places;
}
