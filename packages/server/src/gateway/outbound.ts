import { lookup as lookUp } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { limits } from '@coderoom/protocol';
import { Agent, request } from 'undici';
import { isPublicAddress } from './public-address.ts';

/** Requests to servers of others: bounded in time and size, and only to the internet unless told otherwise. */
export interface Outbound {
  /**
   * The status and the JSON of an answer. Fails with OutboundFailure for whatever else comes: a redirect (which might lead
   * inside), too much, too late, no JSON, an address that is not public.
   */
  askJson(url: string, options?: OutboundOptions): Promise<OutboundAnswer>;
  close(): Promise<void>;
}

export interface OutboundOptions {
  /** Also asks addresses of this machine and its network: who runs the server named them. */
  mayBeInside?: boolean;
  headers?: Record<string, string>;
  /** Sent by POST. */
  json?: unknown;
  /** GET, or POST when there is something to send, unless told otherwise. */
  method?: 'DELETE';
  signal?: AbortSignal;
}

export interface OutboundAnswer {
  status: number;
  body: unknown;
  /** When to ask again, as far as the answer says. */
  retryAfterMs: number | undefined;
}

/** Why there is no answer; the message names no secret. */
export class OutboundFailure extends Error {}

/** There is one, of more than is taken. */
export class OversizedAnswer extends OutboundFailure {
  constructor() {
    super('the answer is too large');
  }
}

export interface OutboundSettings {
  timeoutMs?: number;
  maxBytes?: number;
  /** node:dns's lookup, in the form that gives all addresses. */
  resolve?: (host: string, done: (error: Error | null, found: { address: string; family: number }[]) => void) => void;
  isPublic?: (address: string) => boolean;
}

export function createOutbound(settings: OutboundSettings = {}): Outbound {
  const { timeoutMs = limits.profileAnswerTimeoutMs, maxBytes = limits.profileAnswerMaxBytes } = settings;
  const { isPublic = isPublicAddress } = settings;
  const resolve = settings.resolve ?? ((host, done) => lookUp(host, { all: true }, done));

  /**
   * The connection is made to the very addresses that were looked at here, so that a name which means something else at
   * the second look (DNS rebinding) gains nothing.
   */
  const lookUpPublic: LookupFunction = (host, options, done) =>
    resolve(host, (error, found) => {
      if (error !== null) return done(error, '', 0);
      const inside = found.find(({ address }) => !isPublic(address));
      const [first] = found;
      if (inside !== undefined || first === undefined) {
        return done(new OutboundFailure(`${host} is not an address of the internet`), '', 0);
      }
      if (options.all === true) done(null, found);
      else done(null, first.address, first.family);
    });
  const timeouts = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs };
  const connect = { timeout: timeoutMs };
  const toInternet = new Agent({ ...timeouts, connect: { ...connect, lookup: lookUpPublic } });
  const toAnywhere = new Agent({ ...timeouts, connect });

  async function ask(url: string, options: OutboundOptions): Promise<OutboundAnswer> {
    const { mayBeInside = false, headers = {}, json, signal } = options;
    const { hostname } = new URL(url);
    // A host that is an address is not looked up; URL has already read 2130706433 and 0x7f.1 as what they mean.
    const literal = hostname.replace(/^\[|\]$/g, '');
    if (!mayBeInside && isIP(literal) !== 0 && !isPublic(literal)) {
      throw new OutboundFailure(`${hostname} is not an address of the internet`);
    }
    // The whole of it: a drip of bytes keeps every other time-out from firing.
    const deadline = AbortSignal.timeout(timeoutMs);
    const answer = await request(url, {
      dispatcher: mayBeInside ? toAnywhere : toInternet,
      method: options.method ?? (json === undefined ? 'GET' : 'POST'),
      headers: {
        'user-agent': 'Coderoom',
        accept: 'application/json',
        'accept-encoding': 'identity',
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      signal: signal === undefined ? deadline : AbortSignal.any([deadline, signal]),
    });
    const { statusCode: status, body } = answer;
    // Giving up an answer is an error of its stream, which without a listener would end the process.
    body.on('error', () => {});
    try {
      if (status >= 300 && status < 400) throw new OutboundFailure(`it redirects (${status})`);
      if (Number(answer.headers['content-length'] ?? 0) > maxBytes) throw new OversizedAnswer();
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > maxBytes) throw new OversizedAnswer();
        chunks.push(chunk);
      }
      const retryAfterS = Number(answer.headers['retry-after']);
      return {
        status,
        body: readJson(Buffer.concat(chunks).toString('utf8'), status),
        retryAfterMs: Number.isFinite(retryAfterS) && retryAfterS >= 0 ? retryAfterS * 1000 : undefined,
      };
    } finally {
      body.destroy();
    }
  }

  return {
    async askJson(url, options = {}) {
      try {
        return await ask(url, options);
      } catch (error) {
        if (error instanceof OutboundFailure) throw error;
        const { name, code, message, cause } = error as Error & { code?: string; cause?: unknown };
        if (cause instanceof OutboundFailure) throw cause;
        const reason = name === 'TimeoutError' || /TIMEOUT/.test(code ?? '') ? 'the answer took too long' : message;
        throw new OutboundFailure(reason, { cause: error });
      }
    },

    async close() {
      await Promise.all([toInternet.destroy(), toAnywhere.destroy()]);
    },
  };
}

/** Failures may come as a page for people; what they say is in their status. */
function readJson(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (status >= 400) return undefined;
    throw new OutboundFailure('the answer is not JSON', { cause: error });
  }
}
