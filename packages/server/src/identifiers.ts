import { randomBytes, randomInt } from 'node:crypto';

/** Ids and codes; nothing else makes them. */

/** A maker of UUIDv7 strings (RFC 9562, 5.7) that grow with time, also within one millisecond. */
export function createIdMaker(now: () => number = Date.now): () => string {
  let lastMs = 0;
  let counter = 0;
  return () => {
    const ms = Math.max(now(), lastMs);
    // The 12 bits of rand_a count within a millisecond (RFC 9562, 6.2, method 1); the clock is moved on when they are used up.
    counter = ms === lastMs ? counter + 1 : randomInt(counterStart);
    lastMs = ms;
    if (counter > counterMax) {
      lastMs++;
      counter = 0;
    }
    const bytes = randomBytes(16);
    bytes.writeUIntBE(lastMs, 0, 6);
    bytes.writeUInt16BE(0x7000 | counter, 6);
    bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
    const hex = bytes.toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  };
}

/** A room's code such as `k7m2-p9xq`: without characters that look alike. There are about 8.5 × 10¹¹ of them. */
export function createRoomCode(): string {
  const letters = Array.from({ length: 2 * codePartLength }, () => codeAlphabet[randomInt(codeAlphabet.length)]);
  return `${letters.slice(0, codePartLength).join('')}-${letters.slice(codePartLength).join('')}`;
}

/** What a person typed as a room's id or code, as it is stored; undefined when it cannot be one. */
export function normalizeRoomKey(typed: string): string | undefined {
  const key = typed.toLowerCase();
  if (!/^[0-9a-z-]{1,36}$/.test(key)) return undefined;
  return key.length === 2 * codePartLength && !key.includes('-')
    ? `${key.slice(0, codePartLength)}-${key.slice(codePartLength)}`
    : key;
}

/** Whether a string has the form of our ids: anything else cannot name a stored thing. */
export function isId(value: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);
}

const counterStart = 0x400;
const counterMax = 0xfff;
const codePartLength = 4;
const codeAlphabet = 'abcdefghjkmnpqrstuvwxyz23456789';
