import { limits } from '@coderoom/protocol';
import { Redis } from 'ioredis';

/** The connection to Redis, if there is one: what may fail at any moment without hurting anybody. */
export interface RedisConnection {
  readonly client: Redis;
  /** Whether it makes sense to ask it something now. Never waits. */
  isReady(): boolean;
  /** A command failed: nobody asks any more until it has answered again. */
  suspect(error: unknown): void;
  close(): void;
}

/** Connects in the background, and again whenever the connection is lost, with growing pauses. */
export function connectRedis(
  url: string,
  logger: { warn(details: object, message: string): void; info(details: object, message: string): void },
  random: () => number = Math.random,
): RedisConnection {
  const pauseMs = (attempt: number) =>
    Math.min(limits.redisRetryMaxMs, limits.redisRetryMinMs * 2 ** Math.min(attempt, 10)) * (0.5 + random() / 2);
  const client = new Redis(url, {
    connectionName: 'coderoom',
    connectTimeout: limits.redisConnectTimeoutMs,
    commandTimeout: limits.redisCommandTimeoutMs,
    // A command fails at once rather than wait for a connection: who asks has an answer without Redis, too.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: pauseMs,
  });
  let state: 'unknown' | 'up' | 'down' = 'unknown';
  let suspected: NodeJS.Timeout | undefined;

  function wentDown(error: unknown): void {
    // Once, not at each attempt.
    if (state !== 'down') logger.warn({ err: error }, 'Redis does not answer: this process counts alone meanwhile');
    state = 'down';
  }

  function cameUp(): void {
    if (state === 'down') logger.info({}, 'Redis answers again');
    state = 'up';
    clearTimeout(suspected);
    suspected = undefined;
  }

  /** A connection may stand and be dead all the same: behind a stopped process, a cut cable. */
  function probe(attempt: number): void {
    suspected = setTimeout(() => {
      client.ping().then(cameUp, () => probe(attempt + 1));
    }, pauseMs(attempt)).unref();
  }

  client.on('ready', cameUp);
  client.on('error', wentDown);
  client.on('close', () => wentDown(new Error('the connection is closed')));

  return {
    client,
    isReady: () => client.status === 'ready' && suspected === undefined,
    suspect(error) {
      wentDown(error);
      if (suspected === undefined) probe(0);
    },
    close() {
      clearTimeout(suspected);
      client.removeAllListeners('close');
      client.disconnect();
    },
  };
}
