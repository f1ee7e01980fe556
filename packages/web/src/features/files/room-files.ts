/** The room's files as the shared document holds them, and which one this person looks at. Keeps no copy of texts. */
import { documentMaps, isFilePath, limits, normalizeText, roomMapKeys } from '@coderoom/protocol';
import * as Y from 'yjs';
import { createStore, type ReadableStore } from '../../store.ts';

export interface FileList {
  /** The entry first, then by name. */
  paths: string[];
  /** Where a run starts. */
  entry: string | null;
}

export class RoomFiles {
  readonly list: ReadableStore<FileList>;
  /** The file in the editor; null until the document is there. */
  readonly active: ReadableStore<string | null>;

  readonly #doc: Y.Doc;
  readonly #files: Y.Map<Y.Text>;
  readonly #settings: Y.Map<string>;
  readonly #list = createStore<FileList>({ paths: [], entry: null });
  readonly #active = createStore<string | null>(null);

  constructor(doc: Y.Doc) {
    this.#doc = doc;
    this.#files = doc.getMap<Y.Text>(documentMaps.files);
    this.#settings = doc.getMap<string>(documentMaps.room);
    this.list = this.#list;
    this.active = this.#active;
    this.#files.observe((event) => this.#refresh(renamedIn(event, this.#active.get())));
    this.#settings.observe(() => this.#refresh(undefined));
    this.#refresh(undefined);
  }

  text(path: string): Y.Text | undefined {
    const text = this.#files.get(path);
    return text instanceof Y.Text ? text : undefined;
  }

  /** Every file with its name, as one text, for whoever can only copy it away. */
  allText(): string {
    const { paths } = this.#list.get();
    if (paths.length === 1) return this.text(paths[0] ?? '')?.toString() ?? '';
    return paths.map((path) => `=== ${path} ===\n${this.text(path)?.toString() ?? ''}`).join('\n');
  }

  open(path: string): void {
    if (this.text(path) !== undefined) this.#active.set(path);
  }

  /** Why a new file may not have this path; undefined when it may. */
  refusalOf(path: string): string | undefined {
    if (path === '') return 'Type a file name.';
    if (!isFilePath(path)) return 'A name such as main.py or src/app.js is needed.';
    if (this.#files.has(path)) return 'There is already a file with that name.';
    if (this.#files.size >= limits.filesMax) return `A room holds at most ${limits.filesMax} files.`;
    return undefined;
  }

  add(path: string, content = ''): void {
    if (this.refusalOf(path) !== undefined) return;
    this.#doc.transact(() => this.#files.set(path, new Y.Text(normalizeText(content))), this);
    this.open(path);
  }

  /** A Y.Text cannot change its place, so its content moves into a new one, in one step for everybody. */
  rename(path: string, to: string): void {
    const text = this.text(path);
    if (text === undefined || this.refusalOf(to) !== undefined) return;
    this.#doc.transact(() => {
      this.#files.set(to, new Y.Text(text.toString()));
      this.#files.delete(path);
      if (this.#settings.get(roomMapKeys.entry) === path) this.#settings.set(roomMapKeys.entry, to);
    }, this);
  }

  /** Returns how to bring it back; undefined when it is the last file, which stays. */
  remove(path: string): (() => void) | undefined {
    const text = this.text(path)?.toString();
    if (text === undefined || this.#files.size <= 1) return undefined;
    const wasEntry = this.#settings.get(roomMapKeys.entry) === path;
    this.#doc.transact(() => {
      this.#files.delete(path);
      const next = this.#list.get().paths.find((other) => other !== path);
      if (wasEntry && next !== undefined) this.#settings.set(roomMapKeys.entry, next);
    }, this);
    return () => {
      this.add(path, text);
      if (wasEntry) this.setEntry(path);
    };
  }

  setEntry(path: string): void {
    if (this.#files.has(path)) this.#settings.set(roomMapKeys.entry, path);
  }

  #refresh(renamedTo: string | undefined): void {
    const stored = this.#settings.get(roomMapKeys.entry);
    const entry = typeof stored === 'string' && this.#files.has(stored) ? stored : null;
    const names = [...this.#files.keys()]
      .filter((path) => path !== entry)
      .sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
    const paths = entry === null ? names : [entry, ...names];
    const active = this.#active.get();
    const before = this.#list.get().entry;
    this.#list.set({ paths, entry });
    // Another language brings another main file: whoever looked at the old one goes along.
    if (entry !== null && entry !== before && before !== null && active === before) this.#active.set(entry);
    else if (active === null || !this.#files.has(active)) this.#active.set(renamedTo ?? paths[0] ?? null);
  }
}

/** Where the file in view went, when one change took it away and brought exactly one other. */
function renamedIn(event: Y.YMapEvent<Y.Text>, active: string | null): string | undefined {
  if (active === null || event.changes.keys.get(active)?.action !== 'delete') return undefined;
  const added = [...event.changes.keys].filter(([, change]) => change.action === 'add').map(([path]) => path);
  return added.length === 1 ? added[0] : undefined;
}
