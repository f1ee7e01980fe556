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
  return createCode(roomCodeParts);
}

/** The code of a room's view-only link, such as `k7m2-p9xq-w3fz`: never one that is a room's own. */
export function createViewCode(): string {
  return createCode(viewCodeParts);
}

function createCode(parts: number): string {
  const part = () =>
    Array.from({ length: codePartLength }, () => codeAlphabet[randomInt(codeAlphabet.length)]).join('');
  return Array.from({ length: parts }, part).join('-');
}

/** What a person typed as a room's id or code, as it is stored; undefined when it cannot be one. */
export function normalizeRoomKey(typed: string): string | undefined {
  const key = typed.toLowerCase();
  if (!/^[0-9a-z-]{1,36}$/.test(key)) return undefined;
  const isCodeWithoutDashes = [roomCodeParts, viewCodeParts].some((parts) => key.length === parts * codePartLength);
  return isCodeWithoutDashes && !key.includes('-') ? key.replace(/.{4}(?=.)/g, '$&-') : key;
}

/** Whether a string has the form of our ids: anything else cannot name a stored thing. */
export function isId(value: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);
}

const counterStart = 0x400;
const counterMax = 0xfff;
const codePartLength = 4;
const roomCodeParts = 2;
const viewCodeParts = 3;
const codeAlphabet = 'abcdefghjkmnpqrstuvwxyz23456789';
