import { type ErrorCode, errorRow } from '@coderoom/protocol';
import { request, temporaryFolder } from '@coderoom/testkit';
import { Compile } from 'typebox/schema';
import { expect } from 'vitest';
import { type AppOverrides, createApp } from '../src/app.ts';
import { readConfig } from '../src/config.ts';

/** The whole application in this process, on a free port and a data folder of its own. */
export interface RunningApp extends AsyncDisposable {
  readonly url: string;
  /** What it logged, a line an entry. */
  readonly logged: string[];
  /** Asks it, and holds the answer against what the OpenAPI document says about it. */
  ask(method: string, path: string, options?: AskOptions): Promise<Answer>;
  /** Stops it; the data stays until it is disposed of. */
  close(): Promise<void>;
  /** On the same data. */
  reopen(): Promise<void>;
}

export interface AskOptions {
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever came
  body: any;
}

export async function openApp(env: Record<string, string> = {}, overrides: AppOverrides = {}): Promise<RunningApp> {
  const folder = temporaryFolder();
  const logged: string[] = [];
  const open = async () => {
    const config = readConfig(
      {
        HOST: '127.0.0.1',
        PORT: '0',
        DATA_DIR: folder.path,
        LOG_LEVEL: 'debug',
        RATE_LIMITS: 'off',
        ROOMS_PER_ADDRESS: '0',
        ...env,
      },
      folder.path,
    );
    const app = await createApp(config, { logTo: { write: (line) => logged.push(line) }, ...overrides });
    const url = await app.listen();
    const { body } = await request(url, '/openapi.json');
    return { app, url, contract: readContract(body as OpenApi) };
  };
  let running = await open();
  return {
    get url() {
      return running.url;
    },
    logged,
    async ask(method, path, options = {}) {
      const answer = (await request(running.url, path, { method, ...options })) as Answer;
      running.contract.check(method, path, answer);
      return answer;
    },
    close: () => running.app.close(),
    async reopen() {
      await running.app.close();
      running = await open();
    },
    async [Symbol.asyncDispose]() {
      await running.app.close();
      folder[Symbol.dispose]();
    },
  };
}

/** Expects an answer to be this failure, in the one shape that failures have. */
export function expectProblem(answer: Answer, code: ErrorCode): void {
  const { status, message } = errorRow(code);
  expect(answer.body, JSON.stringify(answer.body)).toMatchObject({
    type: `urn:coderoom:problem:${code}`,
    title: message,
    status,
    code,
    requestId: answer.headers.get('x-request-id'),
  });
  expect(answer.body.detail).toEqual(expect.any(String));
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
}

export interface OpenApi {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

export interface Operation {
  operationId: string;
  summary: string;
  tags: string[];
  security?: object[];
  parameters?: { in: string; name: string }[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
}

/** Whether an operation is another system's, in whose words it answers and fails. */
export function isDialectOperation({ tags }: Operation): boolean {
  return tags.some((tag) => dialectTags.includes(tag));
}

const dialectTags = ['CodeCast', 'Code Connect Live', 'CodeCall', 'CodeChill', 'CodeInterview'];

/** Holds answers against the document: status documented, media type documented, body as its schema says. */
function readContract(document: OpenApi) {
  const operations = Object.entries(document.paths).map(([path, methods]) => ({
    pattern: new RegExp(`^${path.replaceAll('{path}', '.*').replace(/\{\w+\}/g, '[^/]+')}$`),
    methods,
  }));
  const validators = new Map<object, ReturnType<typeof Compile>>();
  const validatorOf = (schema: object) => {
    const validator = validators.get(schema) ?? Compile({ ...schema, components: document.components } as object);
    validators.set(schema, validator);
    return validator;
  };
  return {
    check(method: string, path: string, { status, headers, body }: Answer): void {
      const plain = path.split('?', 1)[0] ?? '';
      const found = operations.findLast(
        ({ pattern, methods }) => pattern.test(plain) && method.toLowerCase() in methods,
      );
      if (found === undefined) return;
      const response = found.methods[method.toLowerCase()]?.responses[status];
      expect(
        response,
        `${method} ${plain} answered ${status}, which is not documented: ${JSON.stringify(body)}`,
      ).toBeDefined();
      const type = headers.get('content-type')?.split(';', 1)[0] ?? '';
      const content = response?.content;
      if (content === undefined) return void expect(body).toBe('');
      const schema = content[type]?.schema;
      expect(schema, `${method} ${plain} answered ${type}, which is not documented`).toBeDefined();
      const validator = validatorOf(schema as object);
      if (!validator.Check(body)) expect.fail(JSON.stringify({ errors: validator.Errors(body)[1], body }));
    },
  };
}
