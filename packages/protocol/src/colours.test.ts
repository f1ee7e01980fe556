import { describe, expect, it } from 'vitest';
import { colourOf, colours, pickColour } from './colours.ts';

/** Relative luminance and contrast by WCAG 2.2. */
function contrastWithWhite(color: string): number {
  const channel = (at: number) => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  const luminance = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
  return 1.05 / (luminance + 0.05);
}

describe('the palette', () => {
  it.each(colours)('gives white text on $color a contrast of at least 4.5:1', ({ color }) => {
    expect(contrastWithWhite(color)).toBeGreaterThanOrEqual(4.5);
  });

  it('has no colour twice', () => {
    expect(new Set(colours.map(({ color }) => color)).size).toBe(colours.length);
  });
});

describe('picking a colour', () => {
  it('gives everybody a colour of their own while there are any', () => {
    const taken: string[] = [];
    for (const _ of colours) taken.push(pickColour(taken).color);
    expect(new Set(taken).size).toBe(colours.length);
  });

  it('then shares the one that fewest have', () => {
    const all = colours.map(({ color }) => color);
    expect(pickColour([...all, ...all.slice(1)])).toBe(colours[0]);
  });

  it('finds a colour again by its code, and falls back to the first', () => {
    expect(colourOf(colours[3]?.color ?? '')).toBe(colours[3]);
    expect(colourOf('#000000')).toBe(colours[0]);
  });
});
