import { limits, ProblemError, type Run } from '@coderoom/protocol';
import type { Caller } from '../../caller.ts';
import type { RunService } from '../../runs/service.ts';
import { describeExecution, type Source } from './descriptions.ts';
import { fault } from './fault.ts';
import type { RoomViews } from './room-views.ts';
import type { ExecutionRow } from './shapes.ts';

/** Runs of rooms as CodeChill's clients start and see them: of what they send along, seen by everybody in the room. */
export interface CodeChillExecutions {
  start(caller: Caller, request: { code: string; language: string; input: string }): Promise<Run>;
  describe(roomId: string, run: Run): Promise<ExecutionRow>;
}

export function createCodeChillExecutions(options: {
  runs: Pick<RunService, 'startProgram'>;
  views: RoomViews;
}): CodeChillExecutions {
  const { runs, views } = options;
  /** By run, the oldest first. */
  const sources = new Map<string, Source>();

  function remember(runId: string, source: Source): void {
    sources.set(runId, source);
    const oldest = sources.keys().next().value;
    if (sources.size > limits.codechillSourcesRemembered && oldest !== undefined) sources.delete(oldest);
  }

  return {
    async start(caller, { code, language, input }) {
      const run = await runs.startProgram(caller, { language, text: code }, { stdin: input });
      remember(run.id, { code, input });
      return run;
    },

    async describe(roomId, run) {
      const { userId } = await views.author(run.memberId);
      return describeExecution(roomId, run, userId ?? '', sources.get(run.id));
    },
  };
}

/** What a client wants to be run; fails with the sentences of the original. */
export function readProgram(body: Record<string, unknown>): { code: string; language: string; input: string } {
  const { source_code: code, language = 'javascript', input = body.input_data ?? '' } = body;
  if (typeof code !== 'string' || code.trim() === '') throw fault(400, 'No code to execute');
  if (code.length > limits.codechillSourceMaxLength) throw fault(400, 'Code too long');
  if (typeof language !== 'string' || (typeof input !== 'string' && input !== null)) {
    throw new ProblemError('invalid_request');
  }
  return { code, language: language.toLowerCase(), input: input ?? '' };
}
