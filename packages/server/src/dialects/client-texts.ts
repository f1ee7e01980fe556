import { limits } from '@coderoom/protocol';
import type { FastifyRequest } from 'fastify';
import type { DialectName } from '../config.ts';

/**
 * What clients that name no version were shown last: a text that one of them sends was made from that. A client is known by
 * dialect, network address and user agent, which is all that such clients say of themselves.
 */
export interface ClientTexts {
  /** From now on a client knows these; they are the same text but for what was merged. */
  note(roomId: string, client: string, ...texts: string[]): void;
  /**
   * What a client may have made its text from: what it was shown last, and where it was shown nothing, what anybody was. If
   * several people are the same client as far as is known (`isShared`), one of them may have been shown another one before.
   */
  of(roomId: string, client: string, text: string, options?: { isShared: boolean }): readonly string[];
  forget(roomId: string): void;
}

/** Shown at once, oldest first in a list of them. */
type Texts = readonly string[];

interface Shown {
  /** Least recently shown first. */
  byClient: Map<string, Texts[]>;
  length: number;
}

/** What remembering a client takes besides its texts, about. */
const entryLength = 200;

export function createClientTexts(): ClientTexts {
  /** Least recently shown first. */
  const rooms = new Map<string, Shown>();
  let length = 0;

  const lengthOf = (client: string, texts: Texts[]) =>
    texts.length === 0 ? 0 : texts.flat().reduce((sum, text) => sum + text.length, entryLength + client.length);

  function put(shown: Shown, client: string, texts: Texts[]): void {
    const change = lengthOf(client, texts) - lengthOf(client, shown.byClient.get(client) ?? []);
    shown.byClient.delete(client);
    if (texts.length > 0) shown.byClient.set(client, texts);
    shown.length += change;
    length += change;
  }

  function forget(roomId: string): void {
    length -= rooms.get(roomId)?.length ?? 0;
    rooms.delete(roomId);
  }

  return {
    forget,

    note(roomId, client, ...texts) {
      const fresh = [...new Set(texts)];
      const shown = rooms.get(roomId) ?? { byClient: new Map<string, Texts[]>(), length: 0 };
      const known = shown.byClient.get(client) ?? [];
      const isKnown = known.at(-1)?.join('\0') === fresh.join('\0');
      put(shown, client, isKnown ? known : [...known, fresh].slice(-limits.clientTextsKept));
      for (const oldest of shown.byClient.keys()) {
        if (shown.byClient.size <= limits.clientTextsPerRoom) break;
        put(shown, oldest, []);
      }
      rooms.delete(roomId);
      rooms.set(roomId, shown);
      for (const oldest of rooms.keys()) {
        if (length <= limits.clientTextsLength || oldest === roomId) break;
        forget(oldest);
      }
    },

    of(roomId, client, text, { isShared } = { isShared: false }) {
      const byClient = rooms.get(roomId)?.byClient;
      const texts = byClient?.get(client) ?? byClient?.values().toArray().at(-1) ?? [];
      const latest = texts.at(-1) ?? [];
      if (!isShared) return latest;
      // Who sends just what was shown before goes back to it.
      const before = texts.slice(0, -1).flat();
      return [...latest, ...before.toReversed().filter((one) => one !== text)];
    },
  };
}

/** Who asks, as far as such a client says. */
export function clientOf(dialect: DialectName, { address, headers }: Pick<FastifyRequest, 'address' | 'headers'>) {
  return `${dialect} ${address} ${headers['user-agent']?.slice(0, limits.userAgentMaxLength) ?? ''}`;
}
