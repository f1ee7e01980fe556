import { limits } from '@coderoom/protocol';
import type { Logger } from 'pino';
import type { Services } from './services.ts';

/** What is done over and over for as long as the server lives: what is over, or used by nobody any more, is put away. */
export interface Sweepers {
  stop(): void;
}

export function startSweepers(services: Services, logger: Logger): Sweepers {
  const { idempotency, sessions, audit, profiles, knocks, rooms, retention } = services;

  const sweepOver = () =>
    Promise.all(
      [idempotency, sessions, audit, profiles].map(({ sweep }) =>
        sweep().catch((error) => logger.warn({ err: error }, 'what is over could not be removed')),
      ),
    );
  const sweepKnocks = () =>
    Promise.all([knocks.sweep(), rooms.fillSeats()]).catch((error) =>
      logger.warn({ err: error }, 'those who ask to join could not be looked through'),
    );
  const sweepUnusedRooms = () =>
    retention.sweep().then(
      (rooms) => rooms > 0 && logger.info({ rooms }, 'rooms that nobody used any more are deleted'),
      (error) => logger.warn({ err: error }, 'unused rooms could not be deleted'),
    );
  const timers = [
    again(limits.idempotencySweepMs, sweepOver),
    again(limits.knockSweepMs, sweepKnocks),
    again(limits.retentionSweepMs, sweepUnusedRooms),
  ];
  void sweepUnusedRooms();

  return {
    stop() {
      for (const timer of timers) clearInterval(timer);
    },
  };
}

/** Never twice at once: a database that keeps the one waiting would have to do all that came after it, too. */
function again(everyMs: number, work: () => Promise<unknown>): NodeJS.Timeout {
  let isGoing = false;
  return setInterval(async () => {
    if (isGoing) return;
    isGoing = true;
    await work();
    isGoing = false;
  }, everyMs).unref();
}
