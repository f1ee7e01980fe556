import type { FastifySchemaCompiler } from 'fastify';
import type { Static, TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';

/** Input checked against schemas, the same way for HTTP and events: nothing is coerced, filled in or left out. */

export type Check<Schema extends TSchema> = (value: unknown) => { value: Static<Schema> } | { fault: string };

/** A check that says which field is wrong and why. */
export function compileCheck<Schema extends TSchema>(schema: Schema): Check<Schema> {
  // Compiled when first needed: a start need not wait for what may never be asked.
  let compiled: Validator | undefined;
  return (value) => {
    compiled ??= Compile(schema);
    const validator = compiled;
    if (validator.Check(value)) return { value: value as Static<Schema> };
    const errors = validator.Errors(value);
    // An unknown field is reported twice; the report that names it says more than "schema is false".
    const error = errors.find(({ keyword }) => keyword === 'additionalProperties') ?? errors[0];
    if (error === undefined) return { fault: 'not as described' };
    if (error.keyword === 'additionalProperties') {
      const { additionalProperties } = error.params as { additionalProperties: string[] };
      return {
        fault: `there is no field ${[error.instancePath.slice(1), additionalProperties[0]].filter(Boolean).join('.')} here`,
      };
    }
    const field = error.instancePath.slice(1).replaceAll('/', '.');
    return { fault: field === '' ? error.message : `${field} ${error.message}` };
  };
}

/** Fastify's hook for it. A query string holds only text, so that there, and only there, digits become numbers. */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const check = compileCheck(schema);
  return (value: unknown) => {
    const checked = check(httpPart === 'querystring' ? readNumbers(schema, value) : value);
    if ('fault' in checked) return { error: new Error(`${partNames[httpPart ?? ''] ?? ''}${checked.fault}`) };
    return checked;
  };
};

const partNames: Record<string, string | undefined> = { querystring: 'query: ', params: 'path: ', headers: 'header: ' };

function readNumbers(schema: TSchema, query: unknown): unknown {
  const { properties = {} } = schema as { properties?: Record<string, { type?: string }> };
  const read: Record<string, unknown> = { ...(query as Record<string, unknown>) };
  for (const [name, { type }] of Object.entries(properties)) {
    const text = read[name];
    if ((type === 'integer' || type === 'number') && typeof text === 'string' && /^-?\d+(\.\d+)?$/.test(text)) {
      read[name] = Number(text);
    }
  }
  return read;
}
