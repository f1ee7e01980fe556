import type { Room } from '@coderoom/protocol';
import { describe, expect, it } from 'vitest';
import { type Settings, settingsOf, settingsPatch } from './settings-patch.ts';

const room: Room = {
  id: 'r',
  code: 'abcd',
  title: 'Queue',
  description: 'Two pointers',
  language: 'python',
  execution: 'on',
  visibility: 'unlisted',
  hasPassword: true,
  lobby: false,
  viewCode: null,
  capacity: 20,
  status: 'active',
  createdAt: '2026-01-01T00:00:00.000Z',
  endedAt: null,
  expiresAt: null,
};
const before = settingsOf(room);
const patchOf = (change: Partial<Settings>) => settingsPatch(before, { ...before, ...change });

describe('what is saved of the settings', () => {
  it('WEB-27 is nothing when nothing was touched', () => {
    expect(patchOf({})).toEqual({});
    expect(patchOf({ title: ' Queue ' })).toEqual({});
  });

  it('WEB-27 is only what was touched, so that others’ changes stay', () => {
    expect(patchOf({ execution: 'off' })).toEqual({ execution: 'off' });
    expect(patchOf({ title: 'Stack', lobby: true })).toEqual({ title: 'Stack', lobby: true });
    expect(patchOf({ viewLink: true, capacity: 3, visibility: 'private', description: '' })).toEqual({
      viewLink: true,
      capacity: 3,
      visibility: 'private',
      description: '',
    });
  });

  it('WEB-27 tells a password that stays from one that goes and one that is new', () => {
    expect(patchOf({ password: { kind: 'as-it-is' } })).toEqual({});
    expect(patchOf({ password: { kind: 'none' } })).toEqual({ password: null });
    expect(patchOf({ password: { kind: 'new', text: 'open sesame' } })).toEqual({ password: 'open sesame' });
  });
});
