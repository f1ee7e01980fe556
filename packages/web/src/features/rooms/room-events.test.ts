import type { Member, Room, Run, RunFrame } from '@coderoom/protocol';
import { describe, expect, it } from 'vitest';
import { applyRoomEvent, isRunActive, type RoomEvent, type RoomEventsState, stateOfWelcome } from './room-events.ts';

const room: Room = {
  id: 'r',
  code: 'abcd',
  title: 'Queue',
  language: 'python',
  visibility: 'unlisted',
  capacity: 20,
  status: 'active',
  createdAt: '2026-01-01T00:00:00.000Z',
  endedAt: null,
};
const ana: Member = {
  id: 'a',
  name: 'Ana',
  color: '#2563eb',
  role: 'owner',
  online: true,
  joinedAt: '2026-01-01T00:00:00.000Z',
};
const ben: Member = { ...ana, id: 'b', name: 'Ben', role: 'editor' };
const run: Run = {
  id: 'run-1',
  memberId: 'a',
  memberName: 'Ana',
  language: 'python',
  entry: 'main.py',
  state: 'running',
  createdAt: '2026-01-01T00:00:00.000Z',
  result: null,
};
const frame = (seq: number): RunFrame => ({ seq, phase: 'run', stream: 'stdout', data: `${seq}\n` });
const welcomed = (change: Partial<RoomEventsState> = {}): RoomEventsState => ({
  ...stateOfWelcome({ seq: 7, room, memberId: 'a', members: [ana], run: null, call: [] }),
  ...change,
});

/** Applies events in a row, none of which may be a gap. */
function after(state: RoomEventsState, ...events: RoomEvent[]): RoomEventsState {
  return events.reduce((current, event) => {
    const next = applyRoomEvent(current, event);
    if (next === 'gap') throw new Error(`gap before ${event.seq}`);
    return next;
  }, state);
}

describe('the order of events', () => {
  it('WEB-9 notices that one is missing', () => {
    expect(applyRoomEvent(welcomed(), { name: 'member:joined', seq: 9, member: ben })).toBe('gap');
  });

  it('WEB-9 takes each once, though it may come again after a welcome that holds it', () => {
    const once = after(welcomed(), { name: 'member:joined', seq: 8, member: ben });
    const again = applyRoomEvent(once, { name: 'member:left', seq: 8, memberId: 'b' });
    expect(again).toBe(once);
  });

  it('waits for the welcome', () => {
    const entered = welcomed({ seq: null });
    expect(applyRoomEvent(entered, { name: 'member:joined', seq: 1, member: ben })).toBe(entered);
  });
});

describe('members', () => {
  it('come, change and go', () => {
    const joined = after(welcomed(), { name: 'member:joined', seq: 8, member: ben });
    expect(joined.members).toEqual([ana, ben]);
    const renamed = after(joined, { name: 'member:updated', seq: 9, member: { ...ben, name: 'Benno' } });
    expect(renamed.members[1]?.name).toBe('Benno');
    const left = after(renamed, { name: 'member:left', seq: 10, memberId: 'b' });
    expect(left.members[1]?.online).toBe(false);
    const back = after(left, { name: 'member:joined', seq: 11, member: ben });
    expect(back.members).toEqual([ana, ben]);
  });
});

describe('the call', () => {
  const media = { microphone: true, camera: false, screen: null };
  const participant = { peerId: 'p', memberId: 'b', joinedAt: ana.joinedAt, media };

  it('is who is in it, as they are now', () => {
    const other = { ...participant, peerId: 'q', memberId: 'a' };
    const joined = after(
      welcomed(),
      { name: 'call:joined', seq: 8, participant },
      { name: 'call:joined', seq: 9, participant: other },
    );
    expect(joined.call).toEqual([participant, other]);
    const changed = { ...participant, media: { ...media, camera: true } };
    const updated = after(joined, { name: 'call:updated', seq: 10, participant: changed });
    expect(updated.call).toEqual([changed, other]);
    // Whoever joined from elsewhere is another peer: the old one goes, whatever the order.
    const left = after(updated, { name: 'call:left', seq: 11, peerId: 'p', memberId: 'b' });
    expect(left.call).toEqual([other]);
  });
});

describe('a run', () => {
  it('shows each frame once, in order', () => {
    const started = after(welcomed(), { name: 'run:started', seq: 8, run });
    expect(isRunActive(started.run)).toBe(true);
    const said = after(
      started,
      { name: 'run:output', seq: 9, runId: 'run-1', frames: [frame(0), frame(1)] },
      { name: 'run:output', seq: 10, runId: 'run-1', frames: [frame(1), frame(2)] },
      { name: 'run:output', seq: 11, runId: 'another', frames: [frame(3)] },
    );
    expect(said.run?.frames.map(({ seq }) => seq)).toEqual([0, 1, 2]);
    const finished = after(said, { name: 'run:finished', seq: 12, run: { ...run, state: 'finished' } });
    expect(isRunActive(finished.run)).toBe(false);
    expect(finished.run?.frames).toHaveLength(3);
  });

  it('keeps what a welcome brought when its start is told again', () => {
    const latecomer = welcomed({ run: { run, frames: [frame(0)] } });
    expect(after(latecomer, { name: 'run:started', seq: 8, run }).run?.frames).toHaveLength(1);
  });

  it('gives way to the next', () => {
    const before = welcomed({ run: { run, frames: [frame(0)] } });
    const next = after(before, { name: 'run:started', seq: 8, run: { ...run, id: 'run-2' } });
    expect(next.run).toEqual({ run: { ...run, id: 'run-2' }, frames: [] });
  });
});
