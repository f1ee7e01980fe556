/** Starting, feeding and stopping runs. What runs say arrives through the room's events, for everybody alike. */
import { createStore, type ReadableStore } from '../../store.ts';
import type { CollabClient } from '../editor/collab-client.ts';
import { showProblem } from '../notices/toasts.ts';
import { isRunActive } from '../rooms/room-events.ts';
import type { RoomEventsClient } from '../rooms/room-events-client.ts';
import type { RunsHere } from './runs-here.ts';

/** Our own request to run, until the server has taken it up. */
export type RunRequest = 'none' | 'saving' | 'starting';

/** Edits on their way are waited for, so that what is seen is what runs; but not for ever. */
const saveWaitMs = 2_000;

export class RoomRuns {
  readonly request: ReadableStore<RunRequest>;
  /** What the next run gets as its whole input; '': it comes while it runs, where that can be. */
  readonly givenInput = createStore('');
  readonly #request = createStore<RunRequest>('none');
  readonly #events: Pick<RoomEventsClient, 'state' | 'ask'>;
  readonly #collab: Pick<CollabClient, 'whenSaved'>;
  readonly #here: Pick<RunsHere, 'prepare'>;
  readonly #echoListeners = new Set<(runId: string, text: string) => void>();

  constructor(
    events: Pick<RoomEventsClient, 'state' | 'ask'>,
    collab: Pick<CollabClient, 'whenSaved'>,
    here: Pick<RunsHere, 'prepare'>,
  ) {
    this.#events = events;
    this.#collab = collab;
    this.#here = here;
    this.request = this.#request;
  }

  async start(): Promise<void> {
    if (this.#request.get() !== 'none' || isRunActive(this.#events.state.get().run)) return;
    try {
      this.#request.set('saving');
      await this.#collab.whenSaved(saveWaitMs);
      this.#request.set('starting');
      const isHere = await this.#here.prepare();
      const stdin = this.givenInput.get();
      await this.#events.ask('run:start', { ...(isHere ? { here: true } : {}), ...(stdin === '' ? {} : { stdin }) });
    } catch (error) {
      showProblem(error);
    } finally {
      this.#request.set('none');
    }
  }

  async stop(): Promise<void> {
    const run = this.#activeRunId();
    if (run === undefined) return;
    await this.#events.ask('run:cancel', { runId: run }).catch(showProblem);
  }

  /** Sends a line to the program; it is shown here at once, since programs do not echo. */
  async sendLine(line: string): Promise<void> {
    const runId = this.#activeRunId();
    if (runId === undefined) return;
    for (const listener of this.#echoListeners) listener(runId, `${line}\n`);
    await this.#events.ask('run:stdin', { runId, data: `${line}\n` }).catch(showProblem);
  }

  async endInput(): Promise<void> {
    const runId = this.#activeRunId();
    if (runId !== undefined) await this.#events.ask('run:stdin', { runId, end: true }).catch(showProblem);
  }

  onEcho(listener: (runId: string, text: string) => void): () => void {
    this.#echoListeners.add(listener);
    return () => this.#echoListeners.delete(listener);
  }

  #activeRunId(): string | undefined {
    const { run } = this.#events.state.get();
    return run !== null && isRunActive(run) ? run.run.id : undefined;
  }
}
