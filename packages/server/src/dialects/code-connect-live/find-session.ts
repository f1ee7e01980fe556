import type { OpenRoom, OpenRooms } from '../open-rooms.ts';
import { fault } from './answers.ts';
import { name } from './services.ts';

/** The session that a request is about; fails where there is none for who asks. */
export async function findSession(
  openRooms: OpenRooms,
  { params, address }: { params: { sessionId: string }; address: string },
): Promise<OpenRoom> {
  const open = await openRooms.find(name, params.sessionId, address);
  if (open === undefined) throw fault(404, 'Session not found');
  return open;
}
