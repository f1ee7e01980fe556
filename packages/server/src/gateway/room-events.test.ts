import { describe, expect, it } from 'vitest';
import { createRoomEvents, formFor } from './room-events.ts';

const roles = ['owner', 'editor', 'viewer'] as const;

function open(isHeard = true) {
  const events = createRoomEvents();
  const sent: [string, string, number][] = [];
  events.setSink((roomId, { name, toViewers }) => {
    sent.push([roomId, name, (toViewers as { seq: number }).seq]);
    return isHeard;
  });
  return { events, sent };
}

describe('events of a room', () => {
  it('EVENT-2 are numbered without gaps, each room for itself', () => {
    const { events, sent } = open();
    events.publish('a', 'member:left', { memberId: '1' });
    events.publish('b', 'member:left', { memberId: '1' });
    events.publish('a', 'member:left', { memberId: '2' });
    expect(sent).toEqual([
      ['a', 'member:left', 1],
      ['b', 'member:left', 1],
      ['a', 'member:left', 2],
    ]);
  });

  it('EVENT-3 what happens while a newcomer is being told the state comes after it, once and in order', () => {
    const { events } = open();
    events.publish('a', 'member:left', { memberId: 'before' });
    const hold = events.hold('a');
    events.publish('a', 'member:left', { memberId: 'meanwhile' });
    events.publish('b', 'member:left', { memberId: 'elsewhere' });
    expect(hold.seq).toBe(1);
    const event = { memberId: 'meanwhile', seq: 2 };
    expect(hold.release()).toEqual([{ name: 'member:left', toOwner: event, toEditors: event, toViewers: event }]);
    events.publish('a', 'member:left', { memberId: 'after' });
    expect(hold.release()).toHaveLength(1);
  });

  it('EVENT-3 numbers do not begin again while somebody is being welcomed', () => {
    const { events } = open(false);
    events.publish('a', 'member:left', { memberId: '1' });
    const hold = events.hold('a');
    expect(hold.seq).toBe(0);
    events.publish('a', 'member:left', { memberId: '2' });
    events.publish('a', 'member:left', { memberId: '3' });
    expect(hold.release().map(({ toOwner }) => toOwner)).toMatchObject([{ seq: 1 }, { seq: 2 }]);
  });

  it('EVENT-3 nothing is remembered of a room that is gone', () => {
    const { events } = open(true);
    events.publish('a', 'member:left', { memberId: '1' });
    events.publish('a', 'room:deleted', {});
    expect(events.hold('a').seq).toBe(0);
  });

  it('EVENT-10 the owner alone is told what is the owner’s, without a number that the others would miss', () => {
    const events = createRoomEvents();
    const hold = events.hold('a');
    events.tellOwner('a', 'knock:withdrawn', { knockId: 'k' });
    events.publish('a', 'member:left', { memberId: '1' });
    const [first, second] = hold.release();
    expect(first && roles.map((role) => formFor(role, first))).toEqual([{ knockId: 'k' }, undefined, undefined]);
    expect(second && roles.map((role) => formFor(role, second))).toMatchObject([{ seq: 1 }, { seq: 1 }, { seq: 1 }]);
  });

  it('EVENT-10 viewers get a form of their own where there is one, with the same number', () => {
    const events = createRoomEvents();
    const hold = events.hold('a');
    events.publish('a', 'member:left', { memberId: 'all of it' }, { memberId: 'a part' });
    const [delivery] = hold.release();
    expect(delivery && roles.map((role) => formFor(role, delivery))).toEqual([
      { memberId: 'all of it', seq: 1 },
      { memberId: 'all of it', seq: 1 },
      { memberId: 'a part', seq: 1 },
    ]);
  });

  it('DIA-111 a listener hears what its role is told, at once, until it stops', () => {
    const events = createRoomEvents();
    const heard: string[] = [];
    let role: (typeof roles)[number] = 'viewer';
    const stop = events.listen(
      'a',
      () => role,
      ({ name, event }) => heard.push(`${name} ${'memberId' in event ? event.memberId : ''}`),
    );
    events.publish('a', 'member:left', { memberId: '1' }, { memberId: 'somebody' });
    events.tellOwner('a', 'knock:withdrawn', { knockId: 'k' });
    role = 'owner';
    events.tellOwner('a', 'knock:withdrawn', { knockId: 'k' });
    events.publish('b', 'member:left', { memberId: 'elsewhere' });
    events.publish('a', 'member:left', { memberId: '1' }, { memberId: 'somebody' });
    stop();
    stop();
    events.publish('a', 'member:left', { memberId: '2' });
    expect(heard).toEqual(['member:left somebody', 'knock:withdrawn ', 'member:left 1']);
  });
});
