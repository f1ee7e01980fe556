import { expect } from 'vitest';

/** A stream of server-sent events as it comes: unnamed events whose data is JSON, and comments. */
export interface EventReader {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever came
  events: any[];
  comments: number;
  /** The answer ended by itself. */
  isEnded(): boolean;
  /** Hangs up. */
  close(): void;
}

export async function readEvents(address: string, headers: Record<string, string> = {}): Promise<EventReader> {
  const hangUp = new AbortController();
  const answer = await fetch(address, { signal: hangUp.signal, headers: { accept: 'text/event-stream', ...headers } });
  const events: unknown[] = [];
  let isEnded = false;
  const read = async () => {
    const decoder = new TextDecoder();
    let text = '';
    for await (const bytes of answer.body ?? []) {
      text += decoder.decode(bytes, { stream: true });
      const parts = text.split('\n\n');
      text = parts.pop() ?? '';
      for (const part of parts) {
        if (part.startsWith(':')) {
          reader.comments++;
          continue;
        }
        expect(part).toMatch(/^data: .*$/);
        events.push(JSON.parse(part.slice('data: '.length)));
      }
    }
    isEnded = true;
  };
  const reader = {
    status: answer.status,
    headers: answer.headers,
    events,
    comments: 0,
    isEnded: () => isEnded,
    close: () => hangUp.abort(),
  };
  read().catch(() => {});
  return reader;
}
