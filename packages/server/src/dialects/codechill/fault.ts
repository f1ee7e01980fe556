import { type ErrorCode, ProblemError } from '@coderoom/protocol';
import { type DialectAnswer, DialectFault } from '../dialect.ts';

/** A failure in words of CodeChill's own. */
export function fault(status: number, error: string): DialectFault {
  return new DialectFault(status, { error });
}

/**
 * Any expected failure as CodeChill's clients are told it. `otherwise` is what a route says when it fails in a way that the
 * original has no other words for.
 */
export function renderProblem(problem: ProblemError, otherwise?: string): DialectAnswer {
  const [status, error] = wordings[problem.code] ?? [problem.status, otherwise ?? problem.message];
  return { status, body: { error } };
}

/** The same where there is no status, but only words. */
export function wordsOf(error: unknown, otherwise: string): string {
  return error instanceof ProblemError ? (wordings[error.code]?.[1] ?? otherwise) : otherwise;
}

const wordings: { [Code in ErrorCode]?: [status: number, message: string] } = {
  not_found: [404, 'Not found'],
  method_not_allowed: [405, 'Method not allowed'],
  rate_limited: [429, 'Rate limit exceeded'],
  token_missing: [401, 'Authorization token required'],
  sign_in_required: [401, 'Authorization token required'],
  token_invalid: [401, 'Invalid token'],
  token_expired: [401, 'Token has expired'],
  session_ended: [401, 'Invalid token'],
  oidc_off: [401, 'Invalid token'],
  oidc_failed: [401, 'Invalid token'],
  membership_ended: [403, 'Access denied'],
  room_private: [403, 'Access denied'],
  banned: [403, 'Access denied'],
  forbidden: [403, 'Access denied'],
  room_not_found: [404, 'Room not found'],
  room_ended: [404, 'Room not found'],
  room_full: [400, 'Room is full'],
  too_many_rooms: [400, 'Maximum number of rooms reached'],
  capacity_too_small: [400, 'Cannot reduce capacity below current participant count'],
  password_required: [401, 'Invalid password'],
  password_wrong: [401, 'Invalid password'],
  person_not_found: [404, 'User not found'],
  message_not_found: [404, 'Message not found'],
  run_not_found: [404, 'Execution not found'],
  internal: [500, 'Internal server error'],
};

/** Whoever may not know that something is there is told `instead`; a failure of another kind stays what it is. */
export function insteadOfRefusal(error: unknown, instead: Error): unknown {
  const status =
    error instanceof DialectFault ? error.answer.status : error instanceof ProblemError ? error.status : 500;
  return status === 403 || status === 404 ? instead : error;
}
