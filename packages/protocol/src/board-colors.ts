/** The colours that are offered for drawing, and how any colour is shown on dark paper. */

/** As they stand in elements: on white paper. */
export const boardInk = '#1b1c1a';

export const boardColors: readonly { name: string; color: string; onDark: string }[] = [
  { name: 'Ink', color: boardInk, onDark: '#ecedea' },
  { name: 'Grey', color: '#7b7d76', onDark: '#9b9e95' },
  { name: 'Red', color: '#d02b20', onDark: '#ff7a6b' },
  { name: 'Orange', color: '#d9700a', onDark: '#ffa94d' },
  { name: 'Green', color: '#15803d', onDark: '#55d68b' },
  { name: 'Teal', color: '#0e7490', onDark: '#5ccfe0' },
  { name: 'Blue', color: '#2563eb', onDark: '#7fabff' },
  { name: 'Purple', color: '#8a2fb8', onDark: '#cf9bff' },
];

const offered = new Map(boardColors.map(({ color, onDark }) => [color, onDark]));
const darkest = 0.42;

/** What is dark on white paper is light on dark paper; light colours stay. */
export function onDarkPaper(color: string): string {
  const known = offered.get(color);
  if (known !== undefined) return known;
  const parts = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255);
  const [red = 0, green = 0, blue = 0] = parts;
  const brightness = 0.3 * red + 0.59 * green + 0.11 * blue;
  if (brightness >= darkest) return color;
  // As much white as makes it as bright as it was dark.
  const white = (1 - 2 * brightness) / (1 - brightness);
  return `#${parts.map((part) => hex(part + (1 - part) * Math.max(white, darkest))).join('')}`;
}

function hex(part: number): string {
  return Math.round(part * 255)
    .toString(16)
    .padStart(2, '0');
}
