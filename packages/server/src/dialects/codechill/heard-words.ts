import type { HeardEvent } from '../../gateway/room-events.ts';
import { toV4 } from '../ids.ts';
import { describeMessage } from './descriptions.ts';
import type { CodeChillExecutions } from './executions.ts';
import { type RoomViews, toUserId } from './room-views.ts';

/** What happens in a room in CodeChill's words; undefined where it has none, or it is one's own doing. */
export async function describeHeard(
  heard: HeardEvent,
  {
    roomId,
    ownId,
    views,
    executions,
  }: { roomId: string; ownId: string; views: RoomViews; executions: CodeChillExecutions },
): Promise<{ name: string; payload: object } | undefined> {
  const room_id = toV4(roomId);
  const say = (name: string, payload: object) => ({ name, payload });
  switch (heard.name) {
    case 'member:joined': {
      const { id, name, accountId } = heard.event.member;
      if (id === ownId) return undefined;
      const { picture } = await views.author(id);
      const user_id = toUserId({ id, accountId });
      return say('user_joined', { user_id, user_name: name, user_picture: picture, room_id });
    }
    case 'member:left': {
      const { memberId } = heard.event;
      if (memberId === ownId) return say('error', { message: 'Access denied' });
      const { userId: user_id } = await views.author(memberId);
      return say('user_left', { user_id, room_id });
    }
    case 'message:created': {
      const { message } = heard.event;
      return say('new_message', describeMessage(message, await views.author(message.memberId)));
    }
    case 'run:started': {
      const { id, memberId, language } = heard.event.run;
      const { userId: user_id } = await views.author(memberId);
      return say('execution_started', { execution_id: toV4(id), user_id, language });
    }
    case 'run:finished':
      return say('execution_completed', await executions.describe(roomId, heard.event.run));
    case 'room:updated':
      return heard.event.room.status === 'ended' ? say('error', { message: 'Room not found' }) : undefined;
    default:
      return undefined;
  }
}
