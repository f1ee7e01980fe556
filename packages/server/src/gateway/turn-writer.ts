import type { Writable } from 'node:stream';

/** Gathers what is written to each socket within one turn of the event loop into one system call. */
export interface TurnWriter {
  /** Call before writing to a socket; what is written until the end of this turn leaves together. */
  gather(socket: Writable): void;
}

/** One for all sockets: a room's update goes to many of them, and so does the end of the turn. */
export function createTurnWriter(): TurnWriter {
  const gathered = new Set<Writable>();

  function release(): void {
    for (const socket of gathered) socket.uncork();
    gathered.clear();
  }

  return {
    gather(socket) {
      if (gathered.has(socket)) return;
      if (gathered.size === 0) setImmediate(release);
      gathered.add(socket);
      socket.cork();
    },
  };
}
