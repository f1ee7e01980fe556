import type { Guest, Guests } from '../guests.ts';
import type { OpenRoom, OpenRooms } from '../open-rooms.ts';
import { fault } from './answers.ts';
import { name } from './services.ts';

/** The session that a request is about; fails where there is none for who asks. */
export async function findSession(
  openRooms: OpenRooms,
  { params, address }: { params: { sessionId: string }; address: string },
): Promise<OpenRoom> {
  const open = await openRooms.find(name, params.sessionId, address);
  if (open === undefined) throw fault(404, 'SESSION_NOT_FOUND', `Session with ID '${params.sessionId}' not found`);
  return open;
}

/** Those who came by this door, whether or not something was heard of them, and whoever else is there. */
export async function listUsers(guests: Guests, open: OpenRoom, address: string): Promise<Guest[]> {
  return (await guests.list(name, open, { heardFrom: address })).filter(isUser);
}

/** Whether somebody in the room counts as a user of the session. */
export function isUser({ dialect, isOnline }: Guest): boolean {
  return dialect === name || isOnline;
}
