import { describe, expect, it } from 'vitest';
import { findEntrance } from './entrance.ts';

const room = {
  visibility: 'unlisted',
  passwordHash: null,
  lobby: false,
  viewCode: null,
  isIdKnown: false,
  status: 'active',
} as const;
const somebody = { by: 'code', isBanned: false, isInvited: false, knowsPassword: false } as const;
const open = { kind: 'open', role: 'editor' };
const openToViewers = { kind: 'open', role: 'viewer' };
const password = { kind: 'password' };
const lobby = { kind: 'knock', role: 'editor', reason: 'lobby' };
const waiting = { kind: 'knock', role: 'editor', reason: 'waiting' };
const closed = (code: string) => ({ kind: 'closed', code });

type Row = [what: string, room: object, newcomer: object, entrance: object];

function hold(rows: Row[]): void {
  for (const [what, roomChange, newcomer, entrance] of rows) {
    expect(findEntrance({ ...room, ...roomChange }, { ...somebody, ...newcomer }), what).toEqual(entrance);
  }
}

describe('the door of a room', () => {
  it('ROOM-11 is open where nothing is asked, whether the room is listed or not', () => {
    hold([
      ['unlisted', {}, {}, open],
      ['public', { visibility: 'public' }, {}, open],
      ['by id', {}, { by: 'id' }, open],
    ]);
  });

  it('ROOM-11 of a private room somebody has to open: a password, the lobby, or an invitation', () => {
    const hidden = { visibility: 'private' };
    hold([
      ['with nothing', hidden, {}, closed('room_private')],
      ['invited', hidden, { isInvited: true }, open],
      ['with a password, without it', { ...hidden, passwordHash: 'h' }, {}, password],
      ['with a password', { ...hidden, passwordHash: 'h' }, { knowsPassword: true }, open],
      ['with a lobby', { ...hidden, lobby: true }, {}, lobby],
      ['with both', { ...hidden, lobby: true, passwordHash: 'h' }, { knowsPassword: true }, lobby],
      ['a password is not asked of the invited', { ...hidden, passwordHash: 'h' }, { isInvited: true }, open],
      ['nor do they meet the lobby', { ...hidden, lobby: true }, { isInvited: true }, open],
    ]);
  });

  it('ROOM-15 lets nobody in before the room has started', () => {
    hold([
      ['anybody', { status: 'waiting' }, {}, waiting],
      ['the invited', { status: 'waiting' }, { isInvited: true }, waiting],
      ['with a lobby', { status: 'waiting', lobby: true }, {}, lobby],
      ['with a password', { status: 'waiting', passwordHash: 'h' }, {}, password],
      ['for viewers', { status: 'waiting' }, { by: 'view-link' }, { ...waiting, role: 'viewer' }],
    ]);
  });

  it('ROOM-9 of a room that has ended makes viewers', () => {
    hold([
      ['anybody', { status: 'ended' }, {}, openToViewers],
      ['the invited', { status: 'ended' }, { isInvited: true }, openToViewers],
      ['a password is still asked', { status: 'ended', passwordHash: 'h' }, {}, password],
    ]);
  });

  it('ROOM-18 makes viewers of whoever comes by the view-only link, or by the id that it has told them', () => {
    const seen = { viewCode: 'v', isIdKnown: true };
    hold([
      ['by the link', seen, { by: 'view-link' }, openToViewers],
      ['by the id', seen, { by: 'id' }, openToViewers],
      ['by the code', seen, { by: 'code' }, open],
      ['by the id, when the link has ended', { ...seen, viewCode: null }, { by: 'id' }, closed('room_not_found')],
      ['by the id of a public room', { ...seen, visibility: 'public' }, { by: 'id' }, open],
      ['invited, by the id', { ...seen, viewCode: null }, { by: 'id', isInvited: true }, open],
      ['by the link, with a password', { ...seen, passwordHash: 'h' }, { by: 'view-link' }, password],
    ]);
  });

  it('ROOM-19 is closed to the banned, whatever they bring', () => {
    hold([
      ['with nothing', {}, { isBanned: true }, closed('banned')],
      ['invited', {}, { isBanned: true, isInvited: true }, closed('banned')],
      ['with the password', { passwordHash: 'h' }, { isBanned: true, knowsPassword: true }, closed('banned')],
      ['in a lobby', { lobby: true }, { isBanned: true }, closed('banned')],
    ]);
  });
});
