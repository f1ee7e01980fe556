/**
 * A room's main file for those who read and write it as one text with a version number, beside those who type in it. A
 * writer's change is merged into what others have typed; the document itself is the sync engine's.
 */
import { createHash } from 'node:crypto';
import type { Collab } from '@coderoom/collab';
import { limits, normalizeText, ProblemError } from '@coderoom/protocol';
import type { StoredVersion, WholeTextStore } from './whole-text-store.ts';

/** A version that was told; the text that whoever heard of it holds. */
export interface WholeText {
  text: string;
  /** Whole numbers from 0, each larger than those told before, also after a restart. */
  version: number;
  language: string;
  /** What the writer called themselves; null when it was typed in an editor. */
  sourceId: string | null;
  memberId: string | null;
}

interface WholeWrite {
  memberId: string | null;
  text: string;
  sourceId?: string;
  /**
   * What the writer started from: a version, one of some texts (the nearest counts), or, as without it, the text as it is
   * now. What others have typed since then stays. With both, the version says whether the writer may, and the texts what
   * the writer is known to have had.
   */
  base?: { version: number; texts?: readonly string[] } | { texts: readonly string[] } | 'latest';
  /** A version that the writer asks for; taken when it is larger than the next one. */
  toVersion?: number;
  /** What is done along with it, such as changing the language: that gets no version of its own. */
  before?(): Promise<unknown>;
}

export interface WholeTexts {
  read(roomId: string): Promise<WholeText>;
  /** The version that was told last, without looking whether there is a newer one; 0 when none was told. */
  lastVersion(roomId: string): Promise<number>;
  /**
   * Resolves, once durable, with the version that the writer holds from now on: its text is the one they wrote. What others
   * typed meanwhile comes with the next version, by `read` or `watch`. Fails with VersionConflict when the version named as
   * base is not known, or another whole text or language has been written since; typing is no conflict.
   */
  write(roomId: string, write: WholeWrite): Promise<WholeText>;
  /**
   * Tells the version that there is, and then the newest after each change of text or language, by whomever; several soon
   * after another are told as one. `onGone`: the room is deleted. Returns how to stop it.
   */
  watch(roomId: string, listener: (now: WholeText) => void, onGone?: () => void): () => void;
  /** Stores versions that are not stored yet. */
  close(): Promise<void>;
}

/** Somebody wrote a whole text over another one than they started from. */
export class VersionConflict extends Error {
  readonly current: WholeText;

  constructor(current: WholeText) {
    super(`version ${current.version} is current`);
    this.current = current;
  }
}

export interface WholeTextsOptions {
  collab: Pick<Collab, 'readEntry' | 'writeEntry' | 'watch'>;
  store: WholeTextStore;
  logger: { warn(details: object, message: string): void };
}

interface Told extends WholeText {
  /** The main file's path. */
  path: string;
  /** Whether this replaced what others held, so that who does not know it may not write over it. */
  isWrite: boolean;
}

interface Watcher {
  /** The version that was told last. */
  version: number;
  listener(now: WholeText): void;
  onGone(): void;
}

/** What is known of a room that somebody reads or writes whole. */
interface Entry {
  /** Oldest first; the last one is current. Empty until the first read. */
  told: Told[];
  /** Versions up to this may be told without being stored first. */
  reserved: number;
  isStored: boolean;
  /** The document may say something else than the last version. */
  isStale: boolean;
  isGone: boolean;
  watchers: Set<Watcher>;
  notice: NodeJS.Timeout | undefined;
  noticedAt: number;
  usedAt: number;
  /** What is done with the room, one after the other. */
  last: Promise<unknown>;
  unwatch(): void;
}

export function createWholeTexts({ collab, store, logger }: WholeTextsOptions): WholeTexts {
  /** Least recently used first. */
  const entries = new Map<string, Entry>();

  function open(roomId: string): Entry {
    const known = entries.get(roomId);
    const entry = known ?? createEntry(roomId);
    entries.delete(roomId);
    entries.set(roomId, entry);
    entry.usedAt = performance.now();
    return entry;
  }

  function createEntry(roomId: string): Entry {
    const entry: Entry = {
      told: [],
      reserved: 0,
      isStored: true,
      isStale: true,
      isGone: false,
      watchers: new Set(),
      notice: undefined,
      noticedAt: 0,
      usedAt: 0,
      last: Promise.resolve(),
      unwatch: collab.watch(roomId, (what) => {
        if (what === 'gone') return forgetRoom(roomId, entry);
        if (what === 'moved') return;
        entry.isStale = true;
        if (entry.watchers.size > 0) noticeSoon(roomId, entry);
      }),
    };
    return entry;
  }

  function forgetRoom(roomId: string, entry: Entry): void {
    entry.isGone = true;
    clearTimeout(entry.notice);
    entry.unwatch();
    if (entries.get(roomId) === entry) entries.delete(roomId);
    for (const { onGone } of [...entry.watchers]) onGone();
  }

  function inTurn<T>(entry: Entry, work: () => Promise<T>): Promise<T> {
    const result = entry.last.then(work);
    entry.last = result.catch(() => {});
    return result;
  }

  function currentOf(entry: Entry): Told {
    const told = entry.told.at(-1);
    if (told === undefined) throw new Error('a whole text is asked for that was not read');
    return told;
  }

  /** Reads the document unless it is as it was told, and gives what is there a version. */
  async function refresh(roomId: string, entry: Entry): Promise<Told> {
    if (!entry.isStale && entry.told.length > 0) return currentOf(entry);
    entry.isStale = false;
    try {
      const { path, text, language } = await collab.readEntry(roomId);
      if (entry.told.length === 0) return await recall(roomId, entry, { path, text, language });
      const last = currentOf(entry);
      const isSamePlace = last.path === path && last.language === language;
      if (isSamePlace && last.text === text) return last;
      const version = last.version + 1;
      return await tell(roomId, entry, {
        path,
        text,
        language,
        version,
        sourceId: null,
        memberId: null,
        isWrite: !isSamePlace,
      });
    } catch (error) {
      entry.isStale = true;
      throw error;
    }
  }

  /** The first read since the server started, or since the room was last used. */
  async function recall(roomId: string, entry: Entry, now: Pick<Told, 'path' | 'text' | 'language'>): Promise<Told> {
    const stored = await store.find(roomId);
    const isUnknown = { sourceId: null, memberId: null, isWrite: true };
    if (stored === undefined) return tell(roomId, entry, { ...now, ...isUnknown, version: 0 });
    entry.reserved = stored.reserved;
    if (stored.fingerprint === fingerprintOf(now)) {
      const { version, sourceId, memberId } = stored;
      entry.told = [{ ...now, version, sourceId, memberId, isWrite: true }];
      return currentOf(entry);
    }
    return tell(roomId, entry, { ...now, ...isUnknown, version: stored.reserved + 1 });
  }

  /** A version may be told once no smaller one can come after it. */
  async function tell(roomId: string, entry: Entry, told: Told): Promise<Told> {
    if (told.version > entry.reserved) {
      const reserved = told.version + limits.wholeTextVersionsReserved;
      await store.save(roomId, { ...told, reserved, fingerprint: null });
      entry.reserved = reserved;
    }
    entry.isStored = false;
    entry.told.push(told);
    let length = entry.told.reduce((sum, { text }) => sum + text.length, 0);
    while (
      entry.told.length > 1 &&
      (entry.told.length > limits.wholeTextsKept || length > limits.wholeTextsKeptLength)
    ) {
      length -= entry.told.shift()?.text.length ?? 0;
    }
    return told;
  }

  /** What the writer may have started from. */
  function basesOf(entry: Entry, { base = 'latest' }: WholeWrite): readonly string[] {
    if (base === 'latest') return [];
    if (!('version' in base)) return base.texts;
    const from = entry.told.findIndex(({ version }) => version === base.version);
    const named = entry.told[from];
    if (named === undefined || entry.told.slice(from + 1).some(({ isWrite }) => isWrite)) {
      throw new VersionConflict(describe(currentOf(entry)));
    }
    return base.texts ?? [named.text];
  }

  function noticeSoon(roomId: string, entry: Entry): void {
    if (entry.notice !== undefined || entry.isGone) return;
    const wait = Math.max(0, entry.noticedAt + limits.wholeTextNoticeMs - performance.now());
    entry.notice = setTimeout(() => {
      notify(roomId, entry).catch((error) => logger.warn({ err: error, roomId }, 'a whole text could not be told'));
    }, wait);
  }

  async function notify(roomId: string, entry: Entry): Promise<void> {
    try {
      const now = await inTurn(entry, () => refresh(roomId, entry));
      if (entry.isGone) return;
      for (const watcher of [...entry.watchers]) {
        if (watcher.version === now.version) continue;
        watcher.version = now.version;
        watcher.listener(describe(now));
      }
    } finally {
      entry.notice = undefined;
      entry.noticedAt = performance.now();
      // What changed while this was told.
      if (entry.isStale && entry.watchers.size > 0) noticeSoon(roomId, entry);
    }
  }

  /** Stores the last version as it is, so that it is the same after a restart. */
  async function settle(roomId: string, entry: Entry): Promise<void> {
    if (entry.isStored || entry.isGone) return;
    const told = currentOf(entry);
    const stored: StoredVersion = { ...told, reserved: told.version, fingerprint: fingerprintOf(told) };
    entry.isStored = true;
    try {
      await store.save(roomId, stored);
      entry.reserved = told.version;
    } catch (error) {
      entry.isStored = false;
      throw error;
    }
  }

  /** Rooms that nobody asks about are stored as they are, and after a while forgotten. */
  async function sweep(): Promise<void> {
    const at = performance.now();
    for (const [roomId, entry] of [...entries]) {
      const unusedMs = at - entry.usedAt;
      if (unusedMs < limits.wholeTextSettleMs) break;
      const isOld = unusedMs > limits.wholeTextKeepMs || entries.size > limits.wholeTextRooms;
      await inTurn(entry, () => settle(roomId, entry));
      if (!isOld || entry.watchers.size > 0 || entry.usedAt > at || entries.get(roomId) !== entry) continue;
      entry.unwatch();
      entries.delete(roomId);
    }
  }

  const warn = (error: unknown) => logger.warn({ err: error }, 'versions of whole texts could not be stored');
  const sweeper = setInterval(() => sweep().catch(warn), limits.wholeTextSettleMs).unref();

  return {
    async read(roomId) {
      const entry = open(roomId);
      return describe(await inTurn(entry, () => refresh(roomId, entry)));
    },

    async lastVersion(roomId) {
      return entries.get(roomId)?.told.at(-1)?.version ?? (await store.find(roomId))?.version ?? 0;
    },

    async write(roomId, write) {
      const text = normalizeText(write.text).toWellFormed();
      // Before anything is done along with it.
      if (Buffer.byteLength(text) > limits.fileTextMaxBytes) throw new ProblemError('too_large');
      const entry = open(roomId);
      const written = await inTurn(entry, async () => {
        // What others have typed gets a version before, so that the writer's is the text that the writer has.
        await refresh(roomId, entry);
        const bases = basesOf(entry, write);
        const { memberId, sourceId = null, toVersion = 0 } = write;
        await write.before?.();
        const { path, language } = await collab.writeEntry(roomId, write.text, { memberId, bases });
        entry.isStale = true;
        const version = Math.max(currentOf(entry).version + 1, toVersion);
        return tell(roomId, entry, { path, text, language, version, sourceId, memberId, isWrite: true });
      });
      if (entry.watchers.size > 0) noticeSoon(roomId, entry);
      return describe(written);
    },

    watch(roomId, listener, onGone = () => {}) {
      const entry = open(roomId);
      const watcher = { version: -1, listener, onGone };
      entry.watchers.add(watcher);
      noticeSoon(roomId, entry);
      return () => {
        entry.watchers.delete(watcher);
        entry.usedAt = performance.now();
      };
    },

    async close() {
      clearInterval(sweeper);
      for (const [roomId, entry] of [...entries]) {
        clearTimeout(entry.notice);
        entry.unwatch();
        await inTurn(entry, () => settle(roomId, entry)).catch(warn);
      }
      entries.clear();
    },
  };
}

function describe({ text, version, language, sourceId, memberId }: Told): WholeText {
  return { text, version, language, sourceId, memberId };
}

function fingerprintOf({ path, text, language }: Pick<Told, 'path' | 'text' | 'language'>): string {
  return createHash('sha256')
    .update(JSON.stringify([path, language, text]))
    .digest('base64url');
}
