/** The one table of expected failures: code, HTTP status, default message. docs/errors.md is held against it by a test. */
const table = {
  // The request itself
  invalid_request: [400, 'The request is not well formed.'],
  invalid_json: [400, 'The body is not valid JSON.'],
  invalid_path: [400, 'A file path is relative, has no empty, "." or ".." part and no control character.'],
  invalid_limits: [400, 'A limit is not a positive number.'],
  unsupported_media_type: [415, 'Send JSON: Content-Type must be application/json.'],
  too_large: [413, 'What was sent is larger than allowed.'],
  request_timeout: [408, 'The request did not arrive in time.'],
  not_found: [404, 'There is nothing here.'],
  dialect_off: [404, 'That system’s API is switched off on this server.'],
  method_not_allowed: [405, 'This address does not answer to that method.'],
  rate_limited: [429, 'Too many requests; try again later.'],
  origin_refused: [403, 'This origin may not connect.'],
  idempotency_conflict: [409, 'This Idempotency-Key was used for a different request.'],

  // Who asks
  token_missing: [401, 'A token is needed: send it as a Bearer token.'],
  token_invalid: [401, 'The token is not valid.'],
  token_expired: [401, 'The token has expired; refresh it, or join the room again.'],
  membership_ended: [401, 'This membership has ended; join the room again.'],
  session_ended: [401, 'This sign-in has ended; sign in again.'],
  sign_in_required: [401, 'Sign in first: an account token is needed as a Bearer token.'],
  sign_in_refused: [401, 'E-mail or password is wrong.'],
  password_refused: [403, 'The current password is wrong.'],
  password_unacceptable: [400, 'This password is too easy to guess; choose another one.'],
  email_taken: [409, 'There is an account with this e-mail already.'],
  session_not_found: [404, 'There is no such session.'],
  oidc_off: [404, 'This server has no OpenID Connect provider.'],
  oidc_failed: [401, 'The OpenID Connect provider did not confirm who you are.'],
  oidc_unavailable: [503, 'The OpenID Connect provider cannot be reached right now.'],
  forbidden: [403, 'Your role in this room does not allow that.'],

  // Rooms
  room_not_found: [404, 'There is no such room.'],
  room_full: [409, 'The room is full.'],
  too_many_rooms: [
    409,
    'You have made as many rooms as may be open at once: end or delete one that you no longer need.',
  ],
  room_ended: [409, 'The room has ended and can only be read.'],
  room_started: [409, 'The room has started already.'],
  room_private: [403, 'This room is private: its owner has to invite you.'],
  password_required: [403, 'This room asks for a password.'],
  password_wrong: [403, 'That is not the room’s password.'],
  banned: [403, 'You may not come into this room, or no guest from your network address may.'],
  capacity_too_small: [409, 'More people are in the room than that.'],
  lobby_full: [429, 'Too many people are asking to join; try again later.'],
  knock_not_found: [404, 'Nobody asks to join by that id.'],
  knock_settled: [409, 'Whoever asked to join has been answered, or has gone.'],
  ban_not_found: [404, 'There is no such ban in this room.'],
  member_not_found: [404, 'There is no such member in this room.'],
  owner_required: [409, 'A room keeps its owner: end or delete the room instead.'],

  // People
  person_not_found: [404, 'There is no such person.'],
  person_blocked: [409, 'You have blocked this person.'],
  friend_is_self: [400, 'You cannot be friends with yourself.'],
  friend_not_found: [404, 'There is no friend, and no request, of that person.'],
  not_friends: [403, 'Only friends can be invited.'],
  too_many_people: [409, 'You have as many friends, requests or blocked people as you may.'],
  invitation_not_found: [404, 'There is no such invitation.'],

  // Chat and snippets
  message_not_found: [404, 'There is no such message in this room.'],
  snippet_not_found: [404, 'There is no such snippet in this room.'],

  // Files
  file_not_found: [404, 'There is no such file in this room.'],
  file_changed: [412, 'The file has changed since the version named in If-Match.'],
  too_many_files: [409, 'The room holds as many files as it may.'],
  document_too_large: [413, 'The room’s document has reached its size limit.'],
  board_full: [409, 'The board holds as many drawings as it may.'],

  // Runs
  language_not_found: [404, 'That language is not known here.'],
  language_not_installed: [409, 'That language is known, but its toolchain is not installed on this server.'],
  entry_not_found: [400, 'The entry file is not among the files.'],
  run_not_found: [404, 'There is no such run in this room.'],
  run_finished: [409, 'The run has already finished.'],
  run_queue_full: [429, 'Too many runs are waiting; try again later.'],
  execution_off: [503, 'This server does not run code.'],
  room_execution_off: [409, 'Running programs is turned off in this room.'],
  browser_needed: [409, 'Programs of this room run in a browser: start them in the web client.'],
  execution_unavailable: [503, 'Code cannot be run right now; try again later.'],
  input_closed: [409, 'This program takes input only from the start of its run.'],

  // Calls
  call_full: [409, 'As many people are in the call as it takes.'],
  not_in_call: [409, 'Join the call first.'],
  peer_not_found: [404, 'Whoever that was for is no longer in the call.'],

  // The server
  storage_unavailable: [503, 'The database cannot be written right now.'],
  shutting_down: [503, 'The server is shutting down.'],
  timed_out: [503, 'The answer took too long.'],
  internal: [500, 'Something went wrong on our side; it has been logged.'],
} as const satisfies Record<string, readonly [status: number, message: string]>;

export type ErrorCode = keyof typeof table;

/** One row of the table. */
export interface ErrorRow {
  code: ErrorCode;
  /** HTTP status. */
  status: number;
  /** The default message: one sentence for a person. */
  message: string;
}

/** The row of a code. */
export function errorRow(code: ErrorCode): ErrorRow {
  const [status, message] = table[code];
  return { code, status, message };
}

export const errorRows: readonly ErrorRow[] = (Object.keys(table) as ErrorCode[]).map(errorRow);

/** An expected failure on its way to the asker. Anything else that is thrown is a bug. */
export class ProblemError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  /** Seconds after which asking again makes sense. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, options: { detail?: string; retryAfterSeconds?: number } = {}) {
    const row = errorRow(code);
    super(options.detail ?? row.message);
    this.name = 'ProblemError';
    this.code = code;
    this.status = row.status;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
