import type { ProblemError } from '@coderoom/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DialectName } from '../config.ts';
import type { SocketDialect } from '../gateway/dialect-sockets.ts';
import type { Http } from '../gateway/http.ts';

/**
 * Another system whose clients are served here in its own words: a file, or a folder, that translates between its routes
 * and our services, and holds no rules of its own. What all have in common is done by serve-dialects.ts.
 */
export interface Dialect {
  name: DialectName;
  /** Under which its operations stand in our OpenAPI document. */
  tag: { name: string; description: string };
  /**
   * The addresses that are its own, in Fastify's form such as `/v1/*`: what is asked of them and is nowhere is refused in
   * its shape, also when the dialect is switched off.
   */
  paths: readonly string[];
  /** A failure in its shape. */
  render(problem: ProblemError, request: FastifyRequest): DialectAnswer;
  /**
   * How pages of other sites are answered: `any` with `*`, so that their browsers send no credentials along, `own` with
   * their own origin. No cookie is ever read here.
   */
  cors?: 'any' | 'own';
  /** An address with a slash at its end is sent on to the one without. */
  dropsSlash?: boolean;
  /** How its clients speak on Socket.IO, where they do. */
  sockets?: SocketDialect;
  /** Adds its routes: bodies come as whatever JSON they hold, and failures go out by `render`. */
  register(http: Http): void;
}

/** An answer as it goes out. */
export interface DialectAnswer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

/** A failure that only one dialect knows, with its answer; thrown where it is found. */
export class DialectFault extends Error {
  readonly answer: DialectAnswer;

  constructor(status: number, body: unknown, headers: Record<string, string> = {}) {
    super(`answered ${status}`);
    this.name = 'DialectFault';
    this.answer = { status, body, headers };
  }
}

export function sendAnswer(reply: FastifyReply, { status, body, headers = {} }: DialectAnswer): void {
  reply.status(status).type('application/json').headers(headers).send(body);
}
