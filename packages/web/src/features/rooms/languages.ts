/** The languages that this server knows, asked for once. */
import type { Language } from '@coderoom/protocol';
import { callApi } from '../../api.ts';
import { createStore, type ReadableStore } from '../../store.ts';

/** Null until they have come. */
const known = createStore<Language[] | null>(null);
let asking: Promise<void> | undefined;

export const languages: ReadableStore<Language[] | null> = known;

export function loadLanguages(): Promise<void> {
  asking ??= callApi<{ items: Language[] }>('languages').then(
    ({ items }) => known.set(items),
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
