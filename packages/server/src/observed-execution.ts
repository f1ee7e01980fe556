import type { Execution } from './execution.ts';

/** Execution as it is, watched: how many runs wait and go on, and how each ended. */
export interface ObservedExecution extends Execution {
  runs(): { running: number; waiting: number };
}

export function observeExecution(
  execution: Execution,
  onEnded: (language: string, status: string) => void,
): ObservedExecution {
  let waiting = 0;
  let running = 0;
  return {
    ...execution,
    runs: () => ({ running, waiting }),

    async start(job) {
      let hasStarted = false;
      const run = await execution.start({
        ...job,
        onStart() {
          hasStarted = true;
          waiting--;
          running++;
          job.onStart?.();
        },
      });
      // The start is told a moment later, never before `start` has resolved.
      if (!hasStarted) waiting++;
      run.result.then(({ status }) => {
        if (hasStarted) running--;
        else waiting--;
        onEnded(job.language, status);
      });
      return run;
    },
  };
}
