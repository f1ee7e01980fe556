import { useCallback, useSyncExternalStore } from 'react';

/** Whether a media query holds right now. */
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const media = matchMedia(query);
      media.addEventListener('change', listener);
      return () => media.removeEventListener('change', listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}

/** Below this the room is a phone's: one pane at a time. The same width stands in the style sheets. */
export const narrowScreen = '(max-width: 767px)';

/** From here on a panel stands beside the code and its output. */
export const roomyScreen = '(min-width: 1200px)';
