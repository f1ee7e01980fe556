import { limits } from '@coderoom/protocol';
import { OutboundFailure } from '../gateway/outbound.ts';

/** Reads fields of what another service answered: whatever it holds, what comes out is of the expected kind and size. */

export type Fields = Readonly<Record<string, unknown>>;

/** Fails when it is no object. */
export function readFields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new OutboundFailure('the answer is not as expected');
  }
  return value as Fields;
}

/** Fails when it is no array. */
export function readList(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new OutboundFailure('the answer is not as expected');
  return value;
}

/** Fails when the answer is about somebody else. */
export function assertAbout(username: string, named: unknown): void {
  if (typeof named !== 'string' || named.toLowerCase() !== username.toLowerCase()) {
    throw new OutboundFailure('the answer is about somebody else');
  }
}

/** One line that can be shown; null when there is none. */
export function readText(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const clean = value
    .slice(0, 2 * limits.profileTextMaxLength)
    .toWellFormed()
    .replace(/[^\P{C}\u200c\u200d]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, limits.profileTextMaxLength)
    .toWellFormed();
  return clean === '' ? null : clean;
}

/** An address that a link may lead to. */
export function readLink(value: unknown): string | null {
  const text = readText(value);
  if (text === null) return null;
  const url = URL.parse(/^[a-z][a-z\d+.-]*:/i.test(text) ? text : `https://${text}`);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' ? url.href : null;
}

export function readNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** A whole number from 0. */
export function readCount(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

export function readTime(value: unknown): string | null {
  const at = typeof value === 'string' ? Date.parse(value) : typeof value === 'number' ? value * 1000 : Number.NaN;
  // Dates end with the year 275760.
  return Number.isNaN(new Date(at).getTime()) ? null : new Date(at).toISOString();
}
