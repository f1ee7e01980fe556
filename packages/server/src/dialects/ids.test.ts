import { expect, it } from 'vitest';
import { createIdMaker, isId } from '../identifiers.ts';
import { createShortCode, fromV4, isUuid, toV4 } from './ids.ts';

it('DIA-12 an id is a UUIDv4 for clients that want one, and the same id again when it comes back in either form', () => {
  const createId = createIdMaker();
  for (let round = 0; round < 100; round++) {
    const id = createId();
    const foreign = toV4(id);
    expect(foreign).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(fromV4(foreign)).toBe(id);
    expect(fromV4(foreign.toUpperCase())).toBe(id);
    expect(fromV4(id)).toBe(id);
    expect(isUuid(foreign) && isUuid(id) && isId(fromV4(foreign))).toBe(true);
  }
  for (const junk of ['', 'k7m2-p9xq', 'x'.repeat(36), '019a0000-0000-1000-8000-000000000000']) {
    expect(fromV4(junk)).toBe(junk);
    expect(isUuid(junk)).toBe(false);
  }
});

it('DIA-13 short codes have the length and the characters that are asked for, and differ', () => {
  const codes = Array.from({ length: 200 }, () => createShortCode(10, '0123456789abcdefghijklmnopqrstuvwxyz'));
  for (const code of codes) expect(code).toMatch(/^[0-9a-z]{10}$/);
  expect(new Set(codes).size).toBe(codes.length);
});
