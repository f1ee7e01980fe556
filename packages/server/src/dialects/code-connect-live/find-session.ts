import { DialectFault } from '../dialect.ts';
import type { EventStream } from '../event-streams.ts';
import type { OpenRoom, OpenRooms } from '../open-rooms.ts';
import { fault } from './answers.ts';
import { name } from './services.ts';

interface Asked {
  params: { sessionId: string };
  address: string;
}

/** The session that a request is about; fails where there is none for who asks. */
export async function findSession(openRooms: OpenRooms, { params, address }: Asked): Promise<OpenRoom> {
  const open = await openRooms.find(name, params.sessionId, address);
  if (open === undefined) throw fault(404, 'Session not found');
  return open;
}

/** A stream is over, at once, when the room is no more for who follows it. */
export function endWhenShut(stream: EventStream, openRooms: OpenRooms, roomId: string, asked: Asked): void {
  const found = { dialect: name, key: asked.params.sessionId, address: asked.address } as const;
  stream.onClosed(openRooms.watch(roomId, found, stream.end));
  // A door that was shut between being found and being watched.
  findSession(openRooms, asked).catch((error: unknown) => error instanceof DialectFault && stream.end());
}
