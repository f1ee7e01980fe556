/**
 * Our ids for clients that want UUIDs of version 4, and back. Ours are of version 7 and differ in that digit alone, so
 * nothing has to be remembered.
 */
import { randomInt } from 'node:crypto';

/** An id of ours as a UUIDv4. */
export function toV4(id: string): string {
  return withVersion(id, '4');
}

/** The id of ours that a client means; it may also have the form that we use ourselves. */
export function fromV4(id: string): string {
  return withVersion(id.toLowerCase(), '7');
}

/** Whether a client's id can be one of ours. */
export function isUuid(id: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(id);
}

/** A code that is hard to guess if it is long, of these characters. */
export function createShortCode(length: number, alphabet: string): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

function withVersion(id: string, version: '4' | '7'): string {
  return isUuid(id) ? `${id.slice(0, 14)}${version}${id.slice(15)}` : id;
}
