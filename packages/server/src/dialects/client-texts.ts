import { limits } from '@coderoom/protocol';
import type { FastifyRequest } from 'fastify';

/**
 * What clients that name no version were shown last: a text that one of them sends was made from that. A client is known by
 * network address and user agent, which is all that such clients say of themselves.
 */
export interface ClientTexts {
  /** From now on a client knows these; they are the same text but for what was merged. */
  note(roomId: string, client: string, ...texts: string[]): void;
  /** What a client may have made its text from; where it was shown none, what was shown to anybody. */
  of(roomId: string, client: string): readonly string[];
  forget(roomId: string): void;
}

interface Shown {
  /** Least recently shown first. */
  byClient: Map<string, readonly string[]>;
  length: number;
}

export function createClientTexts(): ClientTexts {
  /** Least recently shown first. */
  const rooms = new Map<string, Shown>();
  let length = 0;

  const lengthOf = (texts: readonly string[]) => texts.reduce((sum, text) => sum + text.length, 0);

  function drop(shown: Shown, client: string): void {
    const texts = shown.byClient.get(client);
    if (texts === undefined) return;
    shown.byClient.delete(client);
    shown.length -= lengthOf(texts);
    length -= lengthOf(texts);
  }

  function forget(roomId: string): void {
    length -= rooms.get(roomId)?.length ?? 0;
    rooms.delete(roomId);
  }

  return {
    forget,

    note(roomId, client, ...texts) {
      const known = [...new Set(texts)];
      const shown = rooms.get(roomId) ?? { byClient: new Map(), length: 0 };
      drop(shown, client);
      shown.byClient.set(client, known);
      shown.length += lengthOf(known);
      length += lengthOf(known);
      for (const oldest of shown.byClient.keys()) {
        if (shown.byClient.size <= limits.clientTextsPerRoom) break;
        drop(shown, oldest);
      }
      rooms.delete(roomId);
      rooms.set(roomId, shown);
      for (const oldest of rooms.keys()) {
        if (length <= limits.clientTextsLength || oldest === roomId) break;
        forget(oldest);
      }
    },

    of(roomId, client) {
      const shown = rooms.get(roomId)?.byClient;
      return shown?.get(client) ?? shown?.values().toArray().at(-1) ?? [];
    },
  };
}

/** Who asks, as far as such a client says. */
export function clientOf({ address, headers }: Pick<FastifyRequest, 'address' | 'headers'>): string {
  return `${address} ${headers['user-agent'] ?? ''}`;
}
