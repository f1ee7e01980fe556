import type { FastifyReply } from 'fastify';

/** Aborts when whoever waits for an answer hangs up before it is sent. */
export function hangUpOf({ raw }: FastifyReply): AbortSignal {
  const hungUp = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) hungUp.abort();
  });
  return hungUp.signal;
}
