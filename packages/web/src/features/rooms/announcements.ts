/** What a screen reader is told when something happens in the room that is not one's own doing. */

import { runProgress } from '../runs/run-progress.ts';
import { verdictOf } from '../runs/verdict.ts';
import type { RoomEvent, RoomEventsState } from './room-events.ts';

export function announcementOf(event: RoomEvent, state: RoomEventsState): string | undefined {
  const nameOf = (id: string) => state.members.find((member) => member.id === id)?.name;
  switch (event.name) {
    case 'member:joined':
      return event.member.id === state.memberId ? undefined : `${event.member.name} joined`;
    case 'member:left': {
      const name = nameOf(event.memberId);
      return name === undefined || event.memberId === state.memberId ? undefined : `${name} left`;
    }
    case 'run:started': {
      const { memberId, memberName, position } = event.run;
      const started = memberId === state.memberId ? 'Run started' : `${memberName} started a run`;
      return position === undefined ? started : `${started}: ${runProgress(event.run)}`;
    }
    case 'run:finished':
      return event.run.result === null ? undefined : `Run finished: ${verdictOf(event.run.result).text}`;
    case 'call:joined': {
      // The first one is told by what offers the call.
      const { memberId } = event.participant;
      return state.call.length === 1 || memberId === state.memberId ? undefined : `${nameOf(memberId)} joined the call`;
    }
    case 'call:left':
      return event.memberId === state.memberId ? undefined : `${nameOf(event.memberId)} left the call`;
    case 'room:updated':
      return event.room.status === 'ended' ? 'The room has ended' : undefined;
    case 'room:started':
      return 'The room has started';
    default:
      return undefined;
  }
}
