/**
 * How servers made with FastAPI judge what they are sent, for the dialects whose originals are such: what a body's fields
 * are taken for, and the list of what is wrong with them.
 */
import type { ProblemError } from '@coderoom/protocol';
import type { FastifyRequest } from 'fastify';
import { type Static, type TSchema, Type } from 'typebox';
import { isNestedDeeper } from '../nesting.ts';
import { type DialectAnswer, DialectFault } from './dialect.ts';

/** What is wrong in one place of a body. */
interface Issue {
  type: string;
  loc: (string | number)[];
  msg: string;
  input: unknown;
  ctx?: Record<string, unknown>;
}

/** The 422 answer, for OpenAPI. */
export const validationFailed = {
  description: 'what is wrong with the body, place by place',
  content: {
    'application/json': {
      schema: Type.Object({
        detail: Type.Array(
          Type.Object({
            type: Type.String(),
            loc: Type.Array(Type.Union([Type.String(), Type.Integer()])),
            msg: Type.String(),
            input: Type.Unknown(),
            ctx: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
          }),
        ),
      }),
    },
  },
};

/**
 * The body as the schema reads it: fields that it does not have are left out, text becomes a number or a yes where that is
 * wanted. Fails with the list of what is wrong. `isOptional`: no body is an empty one.
 */
export function readBody<Schema extends TSchema>(
  request: FastifyRequest,
  schema: Schema,
  { isOptional = false } = {},
): Static<Schema> {
  if (!request.hasBody && !isOptional) {
    throw failed([{ type: 'missing', loc: ['body'], msg: 'Field required', input: null }]);
  }
  const issues: Issue[] = [];
  const value = readValue(schema as Shape, request.hasBody ? request.body : {}, ['body'], issues);
  if (issues.length > 0) throw failed(issues);
  return value as Static<Schema>;
}

/** What FastAPI says by itself; undefined for failures in which each application has its own words. */
export function renderByFastApi(problem: ProblemError): DialectAnswer | undefined {
  switch (problem.code) {
    case 'not_found':
      return { status: 404, body: { detail: 'Not Found' } };
    case 'method_not_allowed':
      return { status: 405, body: { detail: 'Method Not Allowed' } };
    case 'invalid_json': {
      const at = Number(/position (\d+)/.exec(problem.message)?.[1] ?? 0);
      const ctx = { error: problem.message };
      return failed([{ type: 'json_invalid', loc: ['body', at], msg: 'JSON decode error', input: {}, ctx }]).answer;
    }
    default:
      return undefined;
  }
}

function failed(issues: Issue[]): DialectFault {
  const detail = issues.map((issue) => ({
    ...issue,
    input: isNestedDeeper(issue.input, echoedNestingMax) ? null : issue.input,
  }));
  return new DialectFault(422, { detail });
}

/** What is nested deeper than this is not said again: nobody could write it down. */
const echoedNestingMax = 100;

/** As much of JSON Schema as the dialects' bodies use. */
interface Shape {
  type?: string;
  properties?: Record<string, Shape>;
  required?: string[];
  anyOf?: Shape[];
  const?: unknown;
  default?: unknown;
  maxLength?: number;
  minimum?: number;
}

function readValue(shape: Shape, input: unknown, loc: Issue['loc'], issues: Issue[]): unknown {
  const fail = (type: string, msg: string, ctx?: Record<string, unknown>) => {
    issues.push({ type, loc, msg, input, ...(ctx === undefined ? {} : { ctx }) });
  };
  if (shape.anyOf !== undefined) {
    const [first] = shape.anyOf.filter(({ type }) => type !== 'null');
    const isNullable = shape.anyOf.some(({ type }) => type === 'null');
    if (isNullable && input === null) return null;
    const choices = choicesOf(shape);
    if (choices.length === 0) return readValue(first ?? {}, input, loc, issues);
    if (choices.includes(input)) return input;
    const expected = listInWords(choices.map((choice) => `'${choice}'`));
    return fail('enum', `Input should be ${expected}`, { expected });
  }
  switch (shape.type) {
    case 'object':
      return readObject(shape, input, loc, issues);
    case 'string': {
      if (typeof input !== 'string') return fail('string_type', 'Input should be a valid string');
      const { maxLength: max } = shape;
      if (max === undefined || input.length <= max) return input;
      return fail('string_too_long', `String should have at most ${max} characters`, { max_length: max });
    }
    case 'integer':
      return readInteger(shape, input, fail);
    case 'boolean':
      return readBoolean(input, fail);
    default:
      return input;
  }
}

type Fail = (type: string, msg: string, ctx?: Record<string, unknown>) => void;

/** What an enumeration allows; nothing for what is none. */
function choicesOf({ anyOf = [] }: Shape): unknown[] {
  return anyOf.flatMap((part) => (part.anyOf === undefined ? ('const' in part ? [part.const] : []) : choicesOf(part)));
}

function readObject({ properties = {}, required = [] }: Shape, input: unknown, loc: Issue['loc'], issues: Issue[]) {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    const msg = 'Input should be a valid dictionary or object to extract fields from';
    issues.push({ type: 'model_attributes_type', loc, msg, input });
    return undefined;
  }
  const read: Record<string, unknown> = {};
  for (const [name, shape] of Object.entries(properties)) {
    const place = [...loc, name];
    if (Object.hasOwn(input, name)) {
      read[name] = readValue(shape, (input as Record<string, unknown>)[name], place, issues);
    } else if ('default' in shape) read[name] = shape.default;
    else if (required.includes(name)) issues.push({ type: 'missing', loc: place, msg: 'Field required', input });
  }
  return read;
}

function readInteger({ minimum }: Shape, input: unknown, fail: Fail): unknown {
  const isText = typeof input === 'string';
  const value = isText && /^\s*[+-]?\d+(\.0*)?\s*$/.test(input) ? Number(input) : Number(isText ? Number.NaN : input);
  if (isText && Number.isNaN(value)) {
    return fail('int_parsing', 'Input should be a valid integer, unable to parse string as an integer');
  }
  if (!isText && typeof input !== 'number' && typeof input !== 'boolean') {
    return fail('int_type', 'Input should be a valid integer');
  }
  if (!Number.isInteger(value)) {
    return fail('int_from_float', 'Input should be a valid integer, got a number with a fractional part');
  }
  if (minimum !== undefined && value < minimum) {
    return fail('greater_than_equal', `Input should be greater than or equal to ${minimum}`, { ge: minimum });
  }
  return value;
}

const yes: readonly unknown[] = ['1', 'on', 't', 'true', 'y', 'yes', 1, true];
const no: readonly unknown[] = ['0', 'off', 'f', 'false', 'n', 'no', 0, false];

function readBoolean(input: unknown, fail: Fail): unknown {
  const word = typeof input === 'string' ? input.toLowerCase() : input;
  if (yes.includes(word)) return true;
  if (no.includes(word)) return false;
  if (typeof input === 'string' || typeof input === 'number') {
    return fail('bool_parsing', 'Input should be a valid boolean, unable to interpret input');
  }
  return fail('bool_type', 'Input should be a valid boolean');
}

function listInWords(words: string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
