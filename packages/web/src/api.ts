/** Speaks to `/api/v2`: JSON in, JSON out, failures as ApiProblem. */
import type { ErrorCode } from '@coderoom/protocol';

/** A failure that the server named, or that kept us from asking it (`unreachable`). */
export class ApiProblem extends Error {
  readonly code: ErrorCode | 'unreachable';
  readonly retryAfterSeconds: number | undefined;
  /** The answer's HTTP status; undefined where there was no HTTP answer. */
  readonly status: number | undefined;

  constructor(
    code: ErrorCode | 'unreachable',
    message: string,
    more: { retryAfterSeconds?: number | undefined; status?: number } = {},
  ) {
    super(message);
    this.name = 'ApiProblem';
    this.code = code;
    this.retryAfterSeconds = more.retryAfterSeconds;
    this.status = more.status;
  }
}

export interface ApiCall {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  token?: string | undefined;
  body?: unknown;
  /** Makes a creation safe to repeat. */
  idempotencyKey?: string;
  timeoutMs?: number;
  /** Is sent even if the page goes away meanwhile. */
  keepalive?: boolean;
}

export async function callApi<T>(path: string, call: ApiCall = {}): Promise<T> {
  const { method = call.body === undefined ? 'GET' : 'POST', timeoutMs = 15_000, keepalive = false } = call;
  const headers: Record<string, string> = { accept: 'application/json' };
  if (call.token !== undefined) headers.authorization = `Bearer ${call.token}`;
  if (call.body !== undefined) headers['content-type'] = 'application/json';
  if (call.idempotencyKey !== undefined) headers['idempotency-key'] = call.idempotencyKey;
  let response: Response;
  try {
    response = await fetch(`/api/v2/${path}`, {
      method,
      headers,
      keepalive,
      signal: AbortSignal.timeout(timeoutMs),
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    });
  } catch {
    throw new ApiProblem('unreachable', 'The server cannot be reached.');
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body as T;
  throw problemOf(response, body);
}

function problemOf(response: Response, body: unknown): ApiProblem {
  const { code, detail, title } = (body ?? {}) as { code?: unknown; detail?: unknown; title?: unknown };
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  const message = [detail, title].find((text) => typeof text === 'string') ?? 'The server did not answer as expected.';
  const named = typeof code === 'string' ? (code as ErrorCode) : undefined;
  // A gateway in front of a server that is down answers 502 or 504 in its own words.
  const fallback = response.status >= 500 ? 'unreachable' : 'invalid_request';
  return new ApiProblem(named ?? fallback, message as string, {
    status: response.status,
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : undefined,
  });
}

/** A fresh Idempotency-Key; works without a secure context too. */
export function createIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
