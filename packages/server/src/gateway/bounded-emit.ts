import { limits } from '@coderoom/protocol';
import type { Socket } from 'socket.io';

type Emit = (name: string, ...args: unknown[]) => void;

/**
 * Emits to a client as long as it reads: Socket.IO itself keeps whatever a slow reader does not take. Who leaves too much
 * waiting is dropped, and is told everything anew when they come back.
 */
export function createBoundedEmit(socket: Pick<Socket, 'emit' | 'disconnect'> & { conn: object }): Emit {
  // Its types keep it private; there is no other way to know.
  const { conn } = socket as { conn: { writeBuffer: { data?: { length: number } }[] } };
  return (name, ...args) => {
    const waiting = conn.writeBuffer;
    const isTooMuch =
      waiting.length >= limits.dialectPacketsWaitingMax ||
      waiting.reduce((sum, { data }) => sum + (data?.length ?? 0), 0) >= limits.dialectWaitingMaxBytes;
    if (isTooMuch) socket.disconnect(true);
    else socket.emit(name, ...args);
  };
}
