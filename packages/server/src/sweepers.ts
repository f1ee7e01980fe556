import { limits } from '@coderoom/protocol';
import type { Logger } from 'pino';
import type { Services } from './services.ts';

/** What is done over and over for as long as the server lives: what is over, or used by nobody any more, is put away. */
export interface Sweepers {
  stop(): void;
}

export function startSweepers(services: Services, logger: Logger): Sweepers {
  const { idempotency, sessions, audit, profiles, knocks, rooms, retention } = services;

  const overSweeper = setInterval(() => {
    for (const { sweep } of [idempotency, sessions, audit, profiles]) {
      sweep().catch((error) => logger.warn({ err: error }, 'what is over could not be removed'));
    }
  }, limits.idempotencySweepMs).unref();
  const knockSweeper = setInterval(() => {
    Promise.all([knocks.sweep(), rooms.fillSeats()]).catch((error) =>
      logger.warn({ err: error }, 'those who ask to join could not be looked through'),
    );
  }, limits.knockSweepMs).unref();
  const sweepUnusedRooms = () =>
    retention.sweep().then(
      (rooms) => rooms > 0 && logger.info({ rooms }, 'rooms that nobody used any more are deleted'),
      (error) => logger.warn({ err: error }, 'unused rooms could not be deleted'),
    );
  const roomSweeper = setInterval(sweepUnusedRooms, limits.retentionSweepMs).unref();
  sweepUnusedRooms();

  return {
    stop() {
      for (const timer of [overSweeper, knockSweeper, roomSweeper]) clearInterval(timer);
    },
  };
}
