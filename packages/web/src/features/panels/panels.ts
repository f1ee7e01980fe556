/** Which of a room's panels is open, and that it is remembered. Knows nothing of what is in them. */
import { readStored, writeStored } from '../../storage.ts';
import { createStore, type ReadableStore } from '../../store.ts';

const panelNames = ['people', 'chat', 'snippets', 'runs', 'call'] as const;
export type PanelName = (typeof panelNames)[number];

export interface Panels {
  readonly open: ReadableStore<PanelName | null>;
  show(name: PanelName): void;
  toggle(name: PanelName): void;
  close(): void;
}

export function createPanels(options: { isRemembered: boolean }): Panels {
  const stored = options.isRemembered ? readStored<PanelName>('panel') : null;
  const open = createStore<PanelName | null>(panelNames.find((name) => name === stored) ?? null);
  const set = (name: PanelName | null) => {
    open.set(name);
    writeStored('panel', name);
  };
  return {
    open,
    show: set,
    toggle: (name) => set(open.get() === name ? null : name),
    close: () => set(null),
  };
}
