import { type ErrorCode, errorRow, ProblemError } from '@coderoom/protocol';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { isStorageFailure } from './storage-failures.ts';

/** Problem details for HTTP APIs (RFC 9457), the one shape of every failure. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'urn:coderoom:problem:<code>' }),
    title: Type.String({ description: 'what this kind of failure is' }),
    status: Type.Integer(),
    detail: Type.String({ description: 'what went wrong this time' }),
    code: Type.String({ description: 'stable; see docs/errors.md' }),
    requestId: Type.String({ description: 'also in the x-request-id header and in the server’s log' }),
  },
  { $id: 'Problem', additionalProperties: false },
);
export type Problem = Static<typeof Problem>;

export const problemMediaType = 'application/problem+json';

export function renderProblem(problem: ProblemError, requestId: string): Problem {
  return {
    type: `urn:coderoom:problem:${problem.code}`,
    title: errorRow(problem.code).message,
    status: problem.status,
    detail: problem.message,
    code: problem.code,
    requestId,
  };
}

/** The expected failure behind an error; undefined when there is none, which makes it a bug. */
export function expectedFailure(error: unknown): ProblemError | undefined {
  if (error instanceof ProblemError) return error;
  if (isStorageFailure(error)) {
    return new ProblemError('storage_unavailable', { retryAfterSeconds: retryStorageAfterS });
  }
  return undefined;
}

const retryStorageAfterS = 2;

/** What a request failed of; a bug is `internal`, its stack in the log and nowhere else. */
export function problemOf(error: unknown, request: FastifyRequest): ProblemError {
  const problem = expectedFailure(error) ?? frameworkFailure(error) ?? new ProblemError('internal');
  if (problem.code === 'internal') request.log.error({ err: error }, 'a request failed unexpectedly');
  else if (problem.code === 'storage_unavailable') request.log.warn({ err: error }, 'the database failed');
  return problem;
}

/** Sends a failure as problem+json. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error, request);
  if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', problem.retryAfterSeconds);
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  reply.header('x-request-id', request.id);
  reply.status(problem.status).type(problemMediaType).send(renderProblem(problem, request.id));
}

/** What Fastify itself refuses, in our words. */
function frameworkFailure(error: unknown): ProblemError | undefined {
  const { code, statusCode, message } = error as Partial<FastifyError>;
  const known = frameworkCodes[code ?? ''];
  if (known !== undefined) return new ProblemError(known);
  if (code === 'FST_ERR_VALIDATION') return new ProblemError('invalid_request', { detail: message ?? '' });
  // The JSON parser's errors carry a status and no code of their own; anything else below 500 is a refusal, too.
  if (error instanceof SyntaxError && statusCode === 400) return new ProblemError('invalid_json');
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return new ProblemError('invalid_request');
  return undefined;
}

const frameworkCodes: Record<string, ErrorCode | undefined> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid_json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid_json',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'too_large',
  FST_ERR_NOT_FOUND: 'not_found',
  FST_ERR_HANDLER_TIMEOUT: 'timed_out',
};
