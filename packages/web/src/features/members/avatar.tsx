import type { CSSProperties } from 'react';

/** A member as a disc in their colour with their initials. Decoration: the name stands beside it or in a label. */
export function Avatar({ name, color, size = 28 }: { name: string; color: string; size?: number }) {
  const style = { '--member': color, '--avatar-size': `${size}px` } as CSSProperties;
  return (
    <span className="avatar" style={style} aria-hidden="true">
      {initialsOf(name)}
    </span>
  );
}

/** The first letters of the first and the last word. */
function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => [...(word ?? '')][0]?.toLocaleUpperCase() ?? '').join('');
}
