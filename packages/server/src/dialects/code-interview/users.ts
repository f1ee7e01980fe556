/** What CodeInterview's users are called: ids, generated names, colours. */
import { createHash } from 'node:crypto';

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz';
const idLength = 8;

const adjectives = ['Swift', 'Clever', 'Bold', 'Calm', 'Eager'];
const nouns = ['Coder', 'Dev', 'Hacker', 'Builder', 'Creator'];
const colors = [
  '#22d3ee',
  '#a78bfa',
  '#f472b6',
  '#fbbf24',
  '#34d399',
  '#fb7185',
  '#60a5fa',
  '#c084fc',
  '#4ade80',
  '#f97316',
];

/** A member's id in eight characters: always the same, so that nothing has to be remembered. */
export function userIdOf(memberId: string): string {
  const bytes = createHash('sha256').update(memberId).digest();
  let rest = bytes.readBigUInt64BE();
  let id = '';
  while (id.length < idLength) {
    id += alphabet[Number(rest % BigInt(alphabet.length))];
    rest /= BigInt(alphabet.length);
  }
  return id;
}

/** A name such as "SwiftCoder". */
export function generateName(random: () => number): string {
  return pick(adjectives, random) + pick(nouns, random);
}

/** A colour that nobody has; there are as many as there may be users. */
export function chooseColor(taken: readonly string[], random: () => number): string {
  const free = colors.filter((color) => !taken.includes(color));
  return pick(free.length > 0 ? free : colors, random);
}

function pick(from: readonly string[], random: () => number): string {
  return from[Math.floor(random() * from.length)] as string;
}
