/** Dots for those who are at the board right now; known without loading it. */
import { type CSSProperties, useCallback, useSyncExternalStore } from 'react';
import type { Awareness } from 'y-protocols/awareness';

const shownMax = 3;

export function PeopleAtBoard({ awareness }: { awareness: Awareness }) {
  const subscribe = useCallback(
    (listener: () => void) => {
      awareness.on('change', listener);
      return () => awareness.off('change', listener);
    },
    [awareness],
  );
  // As a text, which is the same for the same colours.
  const colors = useSyncExternalStore(subscribe, () => colorsAtBoard(awareness).join(' '));
  if (colors === '') return null;
  return (
    <span className="file-people">
      {colors.split(' ').map((color) => (
        <span key={color} className="file-person" style={{ '--member': color } as CSSProperties} />
      ))}
      <span className="sr-only">, somebody is there</span>
    </span>
  );
}

function colorsAtBoard(awareness: Awareness): string[] {
  const colors = new Set<string>();
  for (const [client, state] of awareness.getStates()) {
    const { board, user } = state as { board?: { pointer?: unknown } | null; user?: { color?: unknown } };
    if (client === awareness.clientID || board?.pointer == null || typeof user?.color !== 'string') continue;
    if (/^#[0-9a-f]{6}$/.test(user.color)) colors.add(user.color);
  }
  return [...colors].slice(0, shownMax);
}
