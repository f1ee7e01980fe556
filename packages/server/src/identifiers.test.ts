import { describe, expect, it } from 'vitest';
import { createIdMaker, createRoomCode, createViewCode, isId, normalizeRoomKey } from './identifiers.ts';

describe('ids', () => {
  it('ROOM-1 are UUIDv7: version, variant and the time in front', () => {
    const id = createIdMaker(() => Date.UTC(2026, 0, 2, 3, 4, 5))();
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(Date.UTC(2026, 0, 2, 3, 4, 5));
    expect(isId(id)).toBe(true);
  });

  it('ROOM-1 grow, also within a millisecond, when a millisecond is used up and when the clock goes back', () => {
    const clock = [...Array.from({ length: 10_000 }, () => 1_000), ...Array.from({ length: 10 }, () => 500), 2_000];
    const createId = createIdMaker(() => clock.shift() ?? 3_000);
    const ids = Array.from({ length: 10_100 }, createId);
    expect(ids).toEqual([...ids].sort());
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('know what is none', () => {
    for (const value of [
      '',
      'x',
      '../../x',
      '01a1fe2f-082f-73a8-889d-bc69e9fae24f\0',
      '01A1FE2F-082F-73A8-889D-BC69E9FAE24F',
    ]) {
      expect(isId(value)).toBe(false);
    }
  });
});

describe('room codes', () => {
  it('ROOM-2 are short, lower-case and without characters that look alike', () => {
    const codes = Array.from({ length: 500 }, createRoomCode);
    for (const code of codes) expect(code).toMatch(/^[a-z2-9]{4}-[a-z2-9]{4}$/);
    expect(codes.join('')).not.toMatch(/[ilo01]/);
    expect(new Set(codes).size).toBe(codes.length);
  });

  it('ROOM-18 codes of view-only links are never those of rooms', () => {
    const code = createViewCode();
    expect(code).toMatch(/^([a-z2-9]{4}-){2}[a-z2-9]{4}$/);
    expect(normalizeRoomKey(code.toUpperCase().replaceAll('-', ''))).toBe(code);
  });

  it('ROOM-2 may be typed in capitals and without the hyphen', () => {
    expect(normalizeRoomKey('K7M2-P9XQ')).toBe('k7m2-p9xq');
    expect(normalizeRoomKey('k7m2p9xq')).toBe('k7m2-p9xq');
    expect(normalizeRoomKey("' or 1=1")).toBeUndefined();
    expect(normalizeRoomKey('a\0b')).toBeUndefined();
    expect(normalizeRoomKey('')).toBeUndefined();
  });
});
