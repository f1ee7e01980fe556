import { limits } from '@coderoom/protocol';
import { type Static, type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/schema';
import { type Outbound, OutboundFailure, OversizedAnswer } from '../gateway/outbound.ts';

/** A Judge0 server's HTTP interface, as its documentation has it (https://ce.judge0.com). Knows nothing of runs. */
export interface Judge0Api {
  /** Whether it answers at all. */
  check(): Promise<void>;
  languages(): Promise<Judge0Language[]>;
  language(id: number): Promise<Judge0Commands>;
  config(): Promise<Judge0Config>;
  /** The token of what was taken on. */
  submit(submission: Judge0Submission, signal: AbortSignal): Promise<string>;
  submission(token: string, signal: AbortSignal): Promise<Judge0State>;
  /** Best effort: servers that keep everything refuse. */
  remove(token: string): Promise<void>;
}

/**
 * Why there is no answer. `busy`: it says so itself, so that asking again later makes sense; `down`: it cannot be reached, or
 * says nothing that can be understood; `refused`: it will not do that, now or later; `gone`: it knows nothing of that;
 * `huge`: it says more than is taken.
 */
export class Judge0Failure extends Error {
  readonly kind: 'busy' | 'down' | 'refused' | 'gone' | 'huge';
  readonly retryAfterMs: number | undefined;

  constructor(kind: Judge0Failure['kind'], message: string, retryAfterMs?: number) {
    super(message);
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }
}

export interface Judge0Submission {
  language_id: number;
  /** This, `stdin` and `additional_files` in base64. */
  source_code?: string;
  stdin: string;
  /** A zip archive. */
  additional_files?: string;
  /** Seconds. */
  cpu_time_limit: number;
  wall_time_limit: number;
  /** Kilobytes. */
  memory_limit: number;
  max_file_size: number;
  enable_network: false;
}

const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Optional = <T extends TSchema>(schema: T) => Type.Optional(Nullable(schema));
/** Decimal numbers come as text from some versions. */
const Decimal = Type.Union([Type.Number(), Type.String({ pattern: '^\\d+(\\.\\d+)?$' })]);

const Judge0Language = Type.Object({ id: Type.Integer(), name: Type.String({ maxLength: 200 }) });
export type Judge0Language = Static<typeof Judge0Language>;

/** What Judge0 does with a file of a language; `%s` in the compiler's command stands for options. */
const Judge0Commands = Type.Object({
  source_file: Type.String({ minLength: 1, maxLength: 200 }),
  compile_cmd: Optional(Type.String({ maxLength: 2_000 })),
  run_cmd: Type.String({ minLength: 1, maxLength: 2_000 }),
});
export type Judge0Commands = Static<typeof Judge0Commands>;

const Judge0Config = Type.Object({
  max_cpu_time_limit: Optional(Decimal),
  max_wall_time_limit: Optional(Decimal),
  max_memory_limit: Optional(Decimal),
  max_max_file_size: Optional(Decimal),
  enable_submission_delete: Optional(Type.Boolean()),
});
export type Judge0Config = Static<typeof Judge0Config>;

const Judge0State = Type.Object({
  status: Type.Object({ id: Type.Integer(), description: Type.Optional(Type.String()) }),
  stdout: Optional(Type.String()),
  stderr: Optional(Type.String()),
  compile_output: Optional(Type.String()),
  message: Optional(Type.String()),
  /** Seconds. */
  time: Optional(Decimal),
  wall_time: Optional(Decimal),
  /** Kilobytes. */
  memory: Optional(Type.Number()),
  exit_code: Optional(Type.Integer()),
  exit_signal: Optional(Type.Integer()),
});
export type Judge0State = Static<typeof Judge0State>;

const fields = [
  ...['status', 'stdout', 'stderr', 'compile_output', 'message'],
  ...['time', 'wall_time', 'memory', 'exit_code', 'exit_signal'],
].join(',');

const readLanguages = reader(Type.Array(Judge0Language, { maxItems: 1_000 }));
const readCommands = reader(Judge0Commands);
const readConfig = reader(Judge0Config);
const readState = reader(Judge0State);
const readToken = reader(Type.Object({ token: Type.String({ pattern: '^[\\w-]{1,100}$' }) }));

export function createJudge0Api(options: { url: string; key: string | undefined; outbound: Outbound }): Judge0Api {
  const { url, outbound } = options;
  const headers = keyHeaders(options);

  async function ask(path: string, call: { json?: unknown; method?: 'DELETE'; signal?: AbortSignal } = {}) {
    try {
      // Who runs this server has named the address, which may well be one of their own network.
      const { status, body, retryAfterMs } = await outbound.askJson(`${url}${path}`, {
        ...call,
        headers,
        mayBeInside: true,
      });
      if (status < 300) return body;
      throw failureOf(status, body, retryAfterMs);
    } catch (error) {
      // Who asked has gone away: that says nothing of the server.
      if (call.signal?.aborted === true) throw call.signal.reason;
      if (error instanceof OversizedAnswer) throw new Judge0Failure('huge', error.message);
      if (error instanceof OutboundFailure) throw new Judge0Failure('down', error.message);
      throw error;
    }
  }

  return {
    async check() {
      await ask('/about');
    },
    languages: async () => readLanguages(await ask('/languages')),
    language: async (id) => readCommands(await ask(`/languages/${id}`)),
    config: async () => readConfig(await ask('/config_info')),
    async submit(submission, signal) {
      const answer = await ask('/submissions?base64_encoded=true&wait=false', { json: submission, signal });
      return readToken(answer).token;
    },
    submission: async (token, signal) =>
      readState(await ask(`/submissions/${token}?base64_encoded=true&fields=${fields}`, { signal })),
    async remove(token) {
      await ask(`/submissions/${token}?fields=status`, { method: 'DELETE' }).catch(() => {});
    },
  };
}

/** Judge0's own header, or those of the marketplace at which it is offered. */
function keyHeaders({ url, key }: { url: string; key: string | undefined }): Record<string, string> {
  if (key === undefined) return {};
  const { hostname } = new URL(url);
  return hostname.endsWith('.rapidapi.com')
    ? { 'x-rapidapi-key': key, 'x-rapidapi-host': hostname }
    : { 'x-auth-token': key };
}

function failureOf(status: number, body: unknown, retryAfterMs: number | undefined): Judge0Failure {
  const said = JSON.stringify(body ?? '').slice(0, limits.profileTextMaxLength);
  const message = `it answered ${status} ${said}`;
  if (status === 429 || status === 503) return new Judge0Failure('busy', message, retryAfterMs);
  if (status === 404) return new Judge0Failure('gone', message);
  return new Judge0Failure(status < 500 ? 'refused' : 'down', message);
}

function reader<Schema extends TSchema>(schema: Schema): (value: unknown) => Static<Schema> {
  const validator = Compile(schema);
  return (value) => {
    if (validator.Check(value)) return value as Static<Schema>;
    throw new Judge0Failure('down', 'its answer is not one of Judge0’s');
  };
}
