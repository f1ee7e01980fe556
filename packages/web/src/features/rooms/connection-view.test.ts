import { expect, it } from 'vitest';
import type { CollabState } from '../editor/collab-client.ts';
import { connectionView, savingView } from './connection-view.ts';

const live: CollabState = { name: 'live' };
const trying = (attempt: number): CollabState => ({ name: 'connecting', attempt });

it.each([
  ['Connected', live, 'live', true],
  ['Connected', live, 'live', false], // the browser knows nothing of a server on this machine
  ['Connecting…', trying(0), 'connecting', true],
  ['Connecting…', live, 'connecting', true],
  ['Reconnecting…', live, 'lost', true],
  ['Reconnecting…', trying(1), 'lost', true],
  ['Offline – your edits are kept and will be sent', trying(4), 'lost', true],
  ['Offline – your edits are kept and will be sent', trying(0), 'lost', false],
] as const)('says %s', (text, collab, events, isOnline) => {
  expect(connectionView({ collab, events, isOnline }).text).toBe(text);
});

it('WEB-3 says that all is saved only when nothing is unsaved and the text is there', () => {
  expect(savingView({ unsaved: 0, hasSynced: false, canChange: true })).toBeNull();
  expect(savingView({ unsaved: 0, hasSynced: true, canChange: true })).toBe('All changes saved');
  expect(savingView({ unsaved: 1, hasSynced: true, canChange: true })).toBe('1 edit not yet saved');
  expect(savingView({ unsaved: 3, hasSynced: false, canChange: false })).toBe('3 edits not yet saved');
  expect(savingView({ unsaved: 0, hasSynced: true, canChange: false })).toBeNull();
});
