import { expect, it } from 'vitest';
import { type RoomAct, refusalOf } from './acts.ts';

const acts: RoomAct[] = ['read', 'talk', 'write', 'set', 'settle', 'start', 'end', 'delete'];
const yes = undefined;

it('ROOM-14 who may do what, in each status of a room', () => {
  const table = {
    waiting: {
      owner: [yes, yes, yes, yes, yes, yes, yes, yes],
      editor: [yes, yes, yes, 'forbidden', 'forbidden', 'forbidden', 'forbidden', 'forbidden'],
      viewer: [yes, yes, 'forbidden', 'forbidden', 'forbidden', 'forbidden', 'forbidden', 'forbidden'],
    },
    active: {
      owner: [yes, yes, yes, yes, yes, 'room_started', yes, yes],
      editor: [yes, yes, yes, 'forbidden', 'forbidden', 'forbidden', 'forbidden', 'forbidden'],
      viewer: [yes, yes, 'forbidden', 'forbidden', 'forbidden', 'forbidden', 'forbidden', 'forbidden'],
    },
    ended: {
      owner: [yes, 'room_ended', 'room_ended', 'room_ended', yes, 'room_ended', 'room_ended', yes],
      editor: [yes, 'room_ended', 'room_ended', 'forbidden', 'forbidden', 'forbidden', 'forbidden', 'forbidden'],
      viewer: [yes, 'room_ended', 'forbidden', 'forbidden', 'forbidden', 'forbidden', 'forbidden', 'forbidden'],
    },
  } as const;
  for (const status of ['waiting', 'active', 'ended'] as const) {
    for (const role of ['owner', 'editor', 'viewer'] as const) {
      expect(
        acts.map((act) => refusalOf(act, role, status)),
        `${role}, ${status}`,
      ).toEqual(table[status][role]);
    }
  }
});
