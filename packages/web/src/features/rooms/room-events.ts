/**
 * What a room's events say: the room, its members and its last run. A pure reducer over the server's broadcasts;
 * the socket is room-events-client's business.
 */
import {
  type CallParticipant,
  type Knock,
  type Member,
  mayEdit,
  type OwnerEvents,
  type Room,
  type RoomEntry,
  type Run,
  type RunFrame,
  type RunWithOutput,
  type ServerEvents,
  type Welcome,
} from '@coderoom/protocol';

export interface RoomEventsState {
  /** Number of the last event taken in; null before the first welcome. */
  seq: number | null;
  room: Room;
  memberId: string;
  members: Member[];
  run: RunWithOutput | null;
  /** Who waits to be let in; known to the owner only. */
  knocks: Knock[];
  /** Who is in the call, in the order of joining. */
  call: CallParticipant[];
}

type Broadcasts = Omit<ServerEvents, 'room:welcome'>;
export type RoomEvent = {
  [Name in keyof Broadcasts]: { name: Name } & Parameters<Broadcasts[Name]>[0];
}[keyof Broadcasts];

/** What only the owner is told, unnumbered. */
export type OwnerEvent = {
  [Name in keyof OwnerEvents]: { name: Name } & Parameters<OwnerEvents[Name]>[0];
}[keyof OwnerEvents];

export function stateOfEntry({ room, member }: RoomEntry): RoomEventsState {
  return { seq: null, room, memberId: member.id, members: [member], run: null, knocks: [], call: [] };
}

export function stateOfWelcome({ seq, room, memberId, members, run, knocks = [], call }: Welcome): RoomEventsState {
  return { seq, room, memberId, members, run, knocks, call };
}

/** The state after an event; the same state for one that was taken in already; `gap` when one before it is missing. */
export function applyRoomEvent(state: RoomEventsState, event: RoomEvent): RoomEventsState | 'gap' {
  if (state.seq === null || event.seq <= state.seq) return state;
  if (event.seq !== state.seq + 1) return 'gap';
  return { ...state, ...changesOf(state, event), seq: event.seq };
}

/** The state after somebody has knocked, gone away, or been answered. */
export function applyOwnerEvent(state: RoomEventsState, event: OwnerEvent): RoomEventsState {
  const without = (id: string) => state.knocks.filter((knock) => knock.id !== id);
  switch (event.name) {
    case 'knock:created':
      return { ...state, knocks: [...without(event.knock.id), event.knock] };
    case 'knock:withdrawn':
      return { ...state, knocks: without(event.knockId) };
    case 'knock:settled':
      return { ...state, knocks: without(event.knock.id) };
    default:
      return event satisfies never;
  }
}

function changesOf(state: RoomEventsState, event: RoomEvent): Partial<RoomEventsState> {
  switch (event.name) {
    case 'room:updated':
      return { room: event.room };
    case 'member:joined':
    case 'member:updated':
      return { members: withMember(state.members, event.member) };
    case 'member:left':
      return { members: withoutPresence(state.members, event.memberId) };
    case 'run:started':
    case 'run:updated':
    case 'run:finished':
      return { run: withRun(state.run, event.run) };
    case 'run:output':
      return { run: withFrames(state.run, event.runId, event.frames) };
    case 'call:joined':
    case 'call:updated':
      return { call: withParticipant(state.call, event.participant) };
    case 'call:left':
      return { call: state.call.filter(({ peerId }) => peerId !== event.peerId) };
    default:
      // What is said, shown and so on is its panel's business, and a newer server may tell what this page does not know.
      return {};
  }
}

function withMember(members: Member[], member: Member): Member[] {
  const isKnown = members.some(({ id }) => id === member.id);
  return isKnown ? members.map((known) => (known.id === member.id ? member : known)) : [...members, member];
}

function withoutPresence(members: Member[], memberId: string): Member[] {
  return members.map((member) => (member.id === memberId ? { ...member, online: false } : member));
}

function withParticipant(call: CallParticipant[], participant: CallParticipant): CallParticipant[] {
  const isKnown = call.some(({ peerId }) => peerId === participant.peerId);
  return isKnown
    ? call.map((known) => (known.peerId === participant.peerId ? participant : known))
    : [...call, participant];
}

function withRun(current: RunWithOutput | null, run: Run): RunWithOutput {
  return { run, frames: current?.run.id === run.id ? current.frames : [] };
}

/** Frames of another run than the shown one are nobody's; of those we have, each is taken once. */
function withFrames(current: RunWithOutput | null, runId: string, frames: RunFrame[]): RunWithOutput | null {
  if (current === null || current.run.id !== runId) return current;
  const next = (current.frames.at(-1)?.seq ?? -1) + 1;
  const fresh = frames.filter((frame) => frame.seq >= next);
  return fresh.length === 0 ? current : { ...current, frames: [...current.frames, ...fresh] };
}

/** What this person may do in the room; undefined before they are known to be in it. */
export function ownRole({ members, memberId }: RoomEventsState): Member['role'] | undefined {
  return members.find(({ id }) => id === memberId)?.role;
}

/** Whether this person may change the room right now. */
export function mayChange(state: RoomEventsState): boolean {
  const role = ownRole(state);
  return state.room.status !== 'ended' && role !== undefined && mayEdit(role);
}

export function isRunActive(run: RunWithOutput | null): boolean {
  return run !== null && run.run.state !== 'finished';
}
