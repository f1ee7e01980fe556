import { limits, RoomRunCreate } from '@coderoom/protocol';
import { Type } from 'typebox';
import type { EventRouter } from '../gateway/event-router.ts';
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
  router.on('run:start', RoomRunCreate, async (caller, request, session) => {
    await session.count('runs');
    return { run: await runs.start(caller, request) };
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
