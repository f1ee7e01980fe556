import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { ProblemError } from '@coderoom/protocol';
import { refuseUpgrade } from './socket-server.ts';

/** Requests to become something else than HTTP: each goes to the first door that it is for, or is refused. */
export interface Upgrades {
  /** Drops all connections that were upgraded, or asked to be. */
  destroy(): void;
}

interface Door {
  isFor(request: IncomingMessage): boolean;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

export function serveUpgrades(server: Server, doors: readonly Door[], createRequestId: () => string): Upgrades {
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (request, socket: Duplex, head: Buffer) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    const door = doors.find(({ isFor }) => isFor(request));
    if (door !== undefined) return door.handleUpgrade(request, socket, head);
    socket.on('error', () => {});
    refuseUpgrade(socket, new ProblemError('not_found'), createRequestId());
  });
  return {
    destroy() {
      for (const socket of upgraded) socket.destroy();
    },
  };
}
