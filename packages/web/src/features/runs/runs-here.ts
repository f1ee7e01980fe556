/** Whether this room's programs run in the browser of who starts them, and what runs them then, loaded when it is needed. */
import { createLoaded } from '../../loaded.ts';
import { isolation, loadLanguages } from '../languages/languages.ts';
import type { RoomEventsClient } from '../rooms/room-events-client.ts';

export interface RunsHere {
  /** Resolves with whether they do; then everything is ready for it. Fails when it could not be loaded. */
  prepare(): Promise<boolean>;
  close(): void;
}

export function createRunsHere(events: Pick<RoomEventsClient, 'state' | 'ask' | 'on'>): RunsHere {
  let close = () => {};
  const runner = createLoaded(async () => {
    const { default: BrowserRuns } = await import('./browser-runs.ts');
    const runs = new BrowserRuns(events);
    close = () => runs.close();
    return { default: runs };
  });
  return {
    async prepare() {
      if (events.state.get().room.execution !== 'browser') {
        await loadLanguages().catch(() => {});
        if (isolation.get().tier !== 'browser') return false;
      }
      await runner.get();
      return true;
    },
    close: () => close(),
  };
}
