import type { ErrorCode, ProblemError } from '@coderoom/protocol';
import type { FastifyRequest } from 'fastify';
import { type DialectAnswer, DialectFault } from '../dialect.ts';

/** A failure that CodeCall has words of its own for. */
export function codeCallFault(status: number, message: string): DialectFault {
  return new DialectFault(status, { success: false, message });
}

/** Any expected failure as CodeCall's clients are told it. */
export function renderCodeCall(
  problem: ProblemError,
  { method, url }: Pick<FastifyRequest, 'method' | 'url'>,
): DialectAnswer {
  if (problem.code === 'not_found' || problem.code === 'method_not_allowed') return cannot(method, url);
  const [status, message] = wordings[problem.code] ?? [problem.status, problem.message];
  return { status, body: { success: false, message } };
}

const wordings: { [Code in ErrorCode]?: [status: number, message: string] } = {
  token_missing: [401, 'Authorization token missing'],
  sign_in_required: [401, 'Authorization token missing'],
  token_expired: [401, 'Access token expired'],
  token_invalid: [401, 'Invalid access token'],
  session_ended: [401, 'Invalid access token'],
  sign_in_refused: [401, 'Invalid credentials'],
  email_taken: [409, 'Email already registered'],
  friend_is_self: [400, 'Cannot send request to yourself'],
  person_not_found: [404, 'User not found'],
  friend_not_found: [403, 'Unauthorized'],
  room_not_found: [404, 'Session not found'],
  room_private: [404, 'Session not found'],
  room_full: [400, 'Session already joined'],
  room_ended: [400, 'Session has ended'],
};

/** Its one answer that is no JSON. */
function cannot(method: string, url: string): DialectAnswer {
  const path = (url.split('?', 1)[0] ?? '').replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  return {
    status: 404,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: `<!doctype html>\n<html lang="en">\n<title>Error</title>\n<pre>Cannot ${method} ${path}</pre>\n</html>\n`,
  };
}
