import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPresence, type Presence } from './presence.ts';

const room = 'room-1';
const graceMs = 3_000;
const reservationMs = 60_000;
const member = (id: string) => ({ id, roomId: room, isOwner: id === 'owner' });

describe('presence', () => {
  let presence: Presence;
  let left: string[];

  beforeEach(() => {
    vi.useFakeTimers();
    left = [];
    presence = createPresence({ graceMs, reservationMs, onOffline: (_roomId, memberId) => left.push(memberId) });
  });
  afterEach(() => {
    presence.close();
    vi.useRealTimers();
  });

  it('EVENT-4 a member is online while at least one event connection is open', () => {
    const first = presence.connect(member('a'), 'events');
    const second = presence.connect(member('a'), 'events');
    expect([first.cameOnline, second.cameOnline]).toEqual([true, false]);
    expect(presence.countOnline()).toBe(1);
    first.closed();
    vi.advanceTimersByTime(graceMs * 2);
    expect(presence.isOnline(room, 'a')).toBe(true);
    second.closed();
    vi.advanceTimersByTime(graceMs);
    expect(presence.isOnline(room, 'a')).toBe(false);
    expect(presence.countOnline()).toBe(0);
    expect(left).toEqual(['a']);
  });

  it('EVENT-4 who goes on purpose is gone at once, unless they are there by another connection', () => {
    const [first, second] = [presence.connect(member('a'), 'events'), presence.connect(member('a'), 'events')];
    first.closed({ onPurpose: true });
    expect(presence.isOnline(room, 'a')).toBe(true);
    second.closed({ onPurpose: true });
    expect([presence.isOnline(room, 'a'), left]).toEqual([false, ['a']]);
    vi.advanceTimersByTime(graceMs * 2);
    expect(left).toEqual(['a']);
  });

  it('EVENT-4 a reload within the grace is neither leaving nor coming', () => {
    presence.connect(member('a'), 'events').closed();
    vi.advanceTimersByTime(graceMs - 1);
    expect(presence.isOnline(room, 'a')).toBe(true);
    expect(presence.connect(member('a'), 'events').cameOnline).toBe(false);
    vi.advanceTimersByTime(graceMs * 10);
    expect(left).toEqual([]);
  });

  it('EVENT-4 a document connection alone makes nobody visible', () => {
    expect(presence.connect(member('a'), 'document').cameOnline).toBe(false);
    expect(presence.isOnline(room, 'a')).toBe(false);
  });

  it('ROOM-6 no more sit than the room has seats, the owner among them', () => {
    const seated = ['a', 'b', 'c', 'd'].map((id) => presence.takeSeat(member(id), 3));
    expect(seated).toEqual([true, true, false, false]);
    expect(presence.takeSeat(member('owner'), 3)).toBe(true);
    expect(presence.takeSeat(member('a'), 3)).toBe(true);
  });

  it('ROOM-6 a seat is kept for a minute after joining, and as long as there is a connection', () => {
    presence.takeSeat(member('a'), 3);
    presence.takeSeat(member('b'), 3);
    const connection = presence.connect(member('b'), 'document');
    vi.advanceTimersByTime(reservationMs + 1);
    expect(presence.isSeated(room, 'a')).toBe(false);
    expect(presence.isSeated(room, 'b')).toBe(true);
    expect(presence.takeSeat(member('c'), 3)).toBe(true);
    expect(presence.takeSeat(member('d'), 3)).toBe(false);
    connection.closed();
    expect(presence.takeSeat(member('d'), 3)).toBe(true);
  });

  it('ROOM-6 fewer seats are given only when no more are taken, and count at once for who was let in by the old number', () => {
    for (const id of ['owner', 'a', 'b']) presence.takeSeat(member(id), 5);
    expect(presence.resize(room, 2)).toBe(false);
    expect(presence.takeSeat(member('c'), 5)).toBe(true);
    expect(presence.resize(room, 4)).toBe(true);
    expect(presence.takeSeat(member('d'), 5)).toBe(false);
    expect(presence.resize(room, 6)).toBe(true);
    expect(presence.takeSeat(member('d'), 4)).toBe(true);
  });

  it('MEMBER-7 handing over a full room to somebody who is not there would be one too many', () => {
    for (const id of ['owner', 'a']) presence.takeSeat(member(id), 2);
    expect(presence.handOver(room, 'owner', 'elsewhere', 2)).toBe(false);
    expect(presence.handOver(room, 'owner', 'a', 2)).toBe(true);
    // The seat that is always kept is a's now.
    expect(presence.takeSeat(member('b'), 2)).toBe(false);
    presence.forget(room, 'owner');
    expect(presence.takeSeat(member('b'), 2)).toBe(true);
  });

  it('who is forgotten is gone at once, and old connections that close later change nothing', () => {
    const connection = presence.connect(member('a'), 'events');
    presence.forget(room, 'a');
    expect(presence.isOnline(room, 'a')).toBe(false);
    presence.connect(member('a'), 'events');
    connection.closed();
    vi.advanceTimersByTime(graceMs * 2);
    expect(presence.isOnline(room, 'a')).toBe(true);
    expect(left).toEqual([]);
  });
});
