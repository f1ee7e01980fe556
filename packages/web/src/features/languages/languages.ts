/** The languages that this server knows, and how it runs them; asked for once. */
import type { IsolationTier, Language } from '@coderoom/protocol';
import { callApi } from '../../api.ts';
import { createStore, type ReadableStore } from '../../store.ts';

interface LanguagesAnswer {
  items: Language[];
  /** Not told by older servers. */
  execution?: { tier?: IsolationTier; missing?: string[] };
}

interface Isolation {
  /** How well runs are isolated here; null until it is known. */
  tier: IsolationTier | null;
  /** What they have to do without, a sentence each. */
  missing: readonly string[];
}

/** Null until they have come. */
const known = createStore<Language[] | null>(null);
const knownIsolation = createStore<Isolation>({ tier: null, missing: [] });
let asking: Promise<void> | undefined;

export const languages: ReadableStore<Language[] | null> = known;
export const isolation: ReadableStore<Isolation> = knownIsolation;

export function loadLanguages(): Promise<void> {
  asking ??= callApi<LanguagesAnswer>('languages').then(
    ({ items, execution }) => {
      knownIsolation.set({ tier: execution?.tier ?? null, missing: execution?.missing ?? [] });
      known.set(items);
    },
    (error) => {
      asking = undefined;
      throw error;
    },
  );
  return asking;
}

/** What a room begins with unless another is chosen: the first that can be run here. */
export function defaultLanguage(items: readonly Language[]): Language | undefined {
  return items.find(({ installed }) => installed) ?? items[0];
}

export function languageName(id: string): string {
  return known.get()?.find((language) => language.id === id)?.name ?? id;
}
