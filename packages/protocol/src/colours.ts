/** A member's colour: `color` for caret and name flag, `light` behind a selection. */
export interface Colour {
  color: string;
  light: string;
}

/**
 * Hues spaced so that neighbours in the list are far apart; white text on `color` has a contrast of at least 4.5:1
 * (WCAG 2.2, 1.4.3), held by a test.
 */
export const colours: readonly Colour[] = [
  { color: '#2563eb', light: '#2563eb33' },
  { color: '#c2410c', light: '#c2410c33' },
  { color: '#15803d', light: '#15803d33' },
  { color: '#a21caf', light: '#a21caf33' },
  { color: '#0e7490', light: '#0e749033' },
  { color: '#be123c', light: '#be123c33' },
  { color: '#7c3aed', light: '#7c3aed33' },
  { color: '#4d7c0f', light: '#4d7c0f33' },
  { color: '#a16207', light: '#a1620733' },
  { color: '#0f766e', light: '#0f766e33' },
  { color: '#db2777', light: '#db277733' },
  { color: '#4f46e5', light: '#4f46e533' },
];

/** The first colour that nobody in the room has, or, when all are taken, the one that fewest have. */
export function pickColour(taken: readonly string[]): Colour {
  let best = colours[0] as Colour;
  let fewest = Number.POSITIVE_INFINITY;
  for (const colour of colours) {
    const count = taken.filter((color) => color === colour.color).length;
    if (count < fewest) {
      best = colour;
      fewest = count;
    }
  }
  return best;
}

/** The colour whose `color` is the given one; the first of the palette for an unknown one. */
export function colourOf(color: string): Colour {
  return colours.find((colour) => colour.color === color) ?? (colours[0] as Colour);
}
