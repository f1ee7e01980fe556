import fc from 'fast-check';

/** A JSON schema, as far as our OpenAPI document uses it. */
export interface JsonSchema {
  $ref?: string;
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  patternProperties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  maxProperties?: number;
}

/** What breaks parsers, validators, databases and terminals. */
export const awkward: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...[
      '',
      ' ',
      '\0',
      'a\0b',
      '\ud800',
      'x\udc00y',
      '../..',
      '__proto__',
      'constructor',
      'main.py',
      '1e308',
      '%',
      '%00',
    ],
    ...["'; drop table rooms; --", '<script>', 'é'.repeat(300), 'x'.repeat(5_000), '\u202e', '2026-02-30T00:00:00Z'],
  ),
  fc.constantFrom<unknown>(null, true, false, 0, -0, 1, -1, 0.5, 1e308, -1e308, 2 ** 53, [], {}, [[]], [null], {
    a: 1,
  }),
  fc.constant(Array.from({ length: 10_000 }, () => 0)),
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.jsonValue({ maxDepth: 3 }),
);

export interface CaseOptions {
  /** By the name of a field, values that mean something to the server. */
  known?: Record<string, fc.Arbitrary<unknown>>;
  /** Leaves out what may be left out. */
  isMinimal?: boolean;
}

/** Values that a schema allows. */
export function validCases(
  schema: JsonSchema,
  components: Record<string, JsonSchema>,
  options: CaseOptions = {},
): fc.Arbitrary<unknown> {
  const { known = {}, isMinimal = false } = options;
  const casesOf = (part: JsonSchema): fc.Arbitrary<unknown> => validCases(part, components, options);
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    return casesOf(components[name] ?? {});
  }
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(casesOf));
  switch (schema.type) {
    case 'string':
      return stringCases(schema);
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -1_000, max: schema.maximum ?? 1_000 });
    case 'number':
      return fc.double({ min: schema.minimum ?? -1e6, max: schema.maximum ?? 1e6, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(casesOf(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 4, 4),
      });
    case 'object': {
      const { properties = {}, required = [] } = schema;
      const fields = Object.entries(properties).map(([name, part]) => {
        const meaningful = known[name];
        return [name, meaningful === undefined ? casesOf(part) : fc.oneof(casesOf(part), meaningful)] as const;
      });
      if (schema.maxProperties === 1) {
        return fc.oneof(...fields.map(([name, values]) => values.map((value) => ({ [name]: value }))));
      }
      const chosen = isMinimal ? fields.filter(([name]) => required.includes(name)) : fields;
      return fc.record(Object.fromEntries(chosen), { requiredKeys: required });
    }
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function stringCases({ pattern, format, minLength = 0, maxLength = 60 }: JsonSchema): fc.Arbitrary<string> {
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  if (format === 'uuid') return fc.uuid();
  const fits = (text: string) => text.length >= minLength && text.length <= maxLength;
  // Patterns of ours that only demand something somewhere are met by any text with that in it.
  if (pattern === '\\S') return fc.string({ maxLength: Math.min(maxLength, 40) - 1 }).map((text) => `a${text}`);
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern)).map((text) => (fits(text) ? text : 'a'));
  return fc.string({ unit: 'grapheme', minLength, maxLength: Math.max(minLength, Math.min(maxLength, 60)) });
}

/** A value of which one part, anywhere in it, has become something awkward, or to which a field was added. */
export function spoiled(values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .tuple(values, fc.array(fc.nat(5), { maxLength: 3 }), awkward, fc.boolean())
    .map(([value, way, other, adds]) => replaceAt(value, way, other, adds));
}

function replaceAt(value: unknown, way: number[], other: unknown, adds: boolean): unknown {
  const [step, ...rest] = way;
  if (typeof value !== 'object' || value === null || step === undefined) {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    // An own property, as JSON.parse would make it, and not the prototype.
    if (adds && isObject)
      return JSON.parse(`${JSON.stringify({ ...value, extra: 1 }).slice(0, -1)},"__proto__":{"polluted":true}}`);
    return other;
  }
  const keys = Object.keys(value);
  const key = keys[step % Math.max(1, keys.length)];
  if (key === undefined) return other;
  const part = replaceAt((value as Record<string, unknown>)[key], rest, other, adds);
  if (Array.isArray(value)) return value.with(Number(key), part);
  return { ...value, [key]: part };
}
