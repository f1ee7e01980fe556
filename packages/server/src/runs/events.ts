import { limits, RoomRunStart, RunReport } from '@coderoom/protocol';
import { Type } from 'typebox';
import type { BrowserRunner } from '../browser-runs/execution.ts';
import type { EventRouter, EventSession } from '../gateway/event-router.ts';
import type { RunService } from './service.ts';

const RunInput = Type.Object(
  {
    runId: Type.String(),
    data: Type.Optional(Type.String({ maxLength: limits.runStdinMaxBytes })),
    end: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
const RunReference = Type.Object({ runId: Type.String() }, { additionalProperties: false });

export function registerRunEvents(router: EventRouter, runs: RunService): void {
  router.on('run:start', RoomRunStart, async (caller, { here, ...request }, session) => {
    await session.count('runs');
    return { run: await runs.start(caller, request, here === true ? runnerOf(session) : undefined) };
  });

  router.on('run:report', RunReport, async (caller, report, session) => {
    await runs.report(caller, report, runnerOf(session));
    return {};
  });

  router.on('run:stdin', RunInput, async (caller, input) => {
    await runs.write(caller, input);
    return {};
  });

  router.on('run:cancel', RunReference, async (caller, { runId }) => {
    await runs.cancel(caller, runId);
    return {};
  });
}

/** The page at the other end of a connection, as one that can run programs; the same for each of its events. */
function runnerOf(session: EventSession): BrowserRunner {
  const known = runners.get(session);
  if (known !== undefined) return known;
  const listeners = new Set<() => void>();
  let hasGone = false;
  // One for all of its runs, of which nothing may stay for as long as it is connected.
  session.onClosed(() => {
    hasGone = true;
    for (const listener of listeners) listener();
  });
  const runner: BrowserRunner = {
    tell: (order) => session.tell('run:order', order),
    onGone(listener) {
      if (hasGone) listener();
      else listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  runners.set(session, runner);
  return runner;
}

const runners = new WeakMap<EventSession, BrowserRunner>();
