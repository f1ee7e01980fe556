import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { limits } from '@coderoom/protocol';
import { freshSeed, request } from '@coderoom/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { secretKey } from './authorization-cast.ts';
import { makeWorld, unknownId, type World } from './openapi-world.ts';
import { isDialectOperation, type OpenApi, type Operation, openApp, type RunningApp } from './running-app.ts';
import { awkward, type JsonSchema, spoiled, validCases } from './schema-cases.ts';
import { createStillExecution } from './still-execution.ts';

/** Our own document turned into requests: right ones, nearly right ones, and anything at all. */

const casesPerOperation = Number(process.env.CODEROOM_FUZZ_CASES ?? 200);

interface Described {
  name: string;
  method: string;
  path: string;
  operation: Operation;
}

let app: RunningApp;
let operations: Described[];
let components: Record<string, JsonSchema>;

beforeAll(async () => {
  app = await openApp({ SECRET_KEY: secretKey, LOG_LEVEL: 'error' }, { execution: createStillExecution() });
  const document: OpenApi = (await app.ask('GET', '/openapi.json')).body;
  components = document.components.schemas as Record<string, JsonSchema>;
  operations = Object.entries(document.paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        name: operation.operationId,
        method: method.toUpperCase(),
        path,
        operation,
      })),
    )
    .filter(({ name }) => !endless.has(name));
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

/** Streams that only their reader ends. */
const endless = new Set(['cclFollowSession', 'cclFollowParticipants']);

/** Successes of these leave a world in which little can be tried any more, or people to whom something has happened. */
const spoiling =
  /^(end|delete|leave|remove|handOver|block|decline|lift|admit|refuse|start|cancel|claim)|^[a-z]+[a-zA-Z]*(Delete|End|Leave)/;
const spoilingPeople =
  /^(deleteAccount|changePassword|endOtherSessions|endSession|logout|refresh$|removeFriend|blockPerson|declineInvitation|claimRooms|codecallRefresh|codecallLogout|codechillDeleteAccount|codechillLogout)/;
const successesThatSpoil = 4;

const junkTokens = [undefined, '', 'junk', 'x'.repeat(5_000)];

/** Everything about a request that is not its address' pattern. */
interface Case {
  /** For each parameter of the path an index into what the world has, or something else. */
  values: Record<string, number | string>;
  query: Record<string, string>;
  headers: Record<string, string>;
  /** An index into the world's tokens and the junk after them. */
  token: number;
  body: unknown;
}

interface Parameter {
  in: string;
  name: string;
  required?: boolean;
  schema: JsonSchema;
}

/** Some of these, or none. */
const some = (entries: (readonly [string, fc.Arbitrary<string>])[]) =>
  fc.record(Object.fromEntries(entries), { requiredKeys: [] }) as fc.Arbitrary<Record<string, string>>;

const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value)).toWellFormed();
const headerText = (value: unknown) =>
  asText(value)
    .replace(/[^\x20-\x7e]/g, '')
    .slice(0, 500)
    .trim();

const knownOf = ({ ids }: World) =>
  Object.fromEntries(Object.entries(ids).map(([name, values]) => [name, fc.constantFrom(...values)]));

/** What may be asked of an operation; `ids` names what means something. */
function casesOf({ path, operation }: Described, world: World): fc.Arbitrary<Case> {
  const { ids } = world;
  const parameters = (operation.parameters ?? []) as Parameter[];
  const known = knownOf(world);
  const values = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
    const right = ids[name];
    if (right === undefined) throw new Error(`openapi-world.ts has to say what {${name}} may be`);
    const other = fc.oneof(fc.constant(unknownId), awkward.map(asText)).map((text) => text.slice(0, 300));
    const found = fc.nat(right.length - 1);
    return [
      name,
      fc.oneof({ weight: 4, arbitrary: found }, { weight: 1, arbitrary: other as fc.Arbitrary<number | string> }),
    ] as const;
  });
  const sent = (place: string, clean: (value: unknown) => string) =>
    parameters
      .filter((parameter) => parameter.in === place)
      .map(({ name, schema }) => {
        // Who is asked to wait for something waits.
        const valid = name === 'wait' ? fc.constant('0') : validCases(schema, components, { known });
        return [name, fc.oneof(valid, awkward).map(clean)] as const;
      });
  const schema = operation.requestBody?.content['application/json']?.schema as JsonSchema | undefined;
  const valid = schema === undefined ? awkward : validCases(schema, components, { known });
  return fc.record({
    values: fc.record(Object.fromEntries(values)),
    query: some(sent('query', (value) => asText(value).slice(0, 500))),
    headers: some(sent('header', headerText)),
    token: fc.nat(world.tokens.length + junkTokens.length - 1),
    body: fc.oneof(
      { weight: 3, arbitrary: valid },
      { weight: 3, arbitrary: spoiled(valid) },
      { weight: 1, arbitrary: awkward },
    ),
  });
}

function send(target: RunningApp, { method, path, operation }: Described, world: World, asked: Case) {
  const { values, query, headers, ...rest } = asked;
  const address = path.replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name] ?? '';
    return encodeURIComponent(typeof value === 'number' ? (world.ids[name]?.[value] ?? unknownId) : value);
  });
  const search = new URLSearchParams(query).toString();
  const token = [...world.tokens, ...junkTokens][rest.token];
  const takesBody = rest.body !== undefined && (operation.requestBody !== undefined || rest.token % 5 === 0);
  return target.ask(method, search === '' ? address : `${address}?${search}`, {
    headers,
    ...(token === undefined ? {} : { token }),
    ...(method === 'GET' || !takesBody ? {} : { body: JSON.stringify(rest.body) ?? '' }),
  });
}

/** Everybody, on everything there is, with a body that is right. */
function combinations({ path, operation }: Described, world: World): Case[] {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const values = names.reduce<Record<string, number>[]>(
    (all, name) => all.flatMap((found) => (world.ids[name] ?? []).map((_, index) => ({ ...found, [name]: index }))),
    [{}],
  );
  const nowhere = Object.fromEntries(names.map((name) => [name, unknownId]));
  const schema = operation.requestBody?.content['application/json']?.schema as JsonSchema | undefined;
  const known = knownOf(world);
  const sample = (count: number, isMinimal: boolean) =>
    fc.sample(validCases(schema ?? {}, components, { known, isMinimal }), { seed: 1, numRuns: count });
  const bodies =
    schema === undefined ? [undefined] : [...sample(1, true), ...sample(names.length === 0 ? 12 : 3, false)];
  const tokens = Array.from({ length: world.tokens.length + 1 }, (_, token) => token);
  const isConditional = operation.parameters?.some(({ name }) => name === 'if-match') === true;
  const conditions: Record<string, string>[] = isConditional ? [{}, { 'if-match': '"another"' }] : [{}];
  return [nowhere, ...values].flatMap((found) =>
    tokens.flatMap((token) =>
      bodies.flatMap((body) => conditions.map((headers) => ({ values: found, query: {}, headers, token, body }))),
    ),
  );
}

/** Too large, no JSON, no JSON at all. */
async function sendBrokenBodies({ method, path }: Described, world: World) {
  if (method === 'GET') return [];
  const address = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(world.ids[name]?.[0] ?? ''));
  const json = { 'content-type': 'application/json' };
  const tries = [
    { body: `"${'x'.repeat(limits.httpBodyMaxBytes)}"`, headers: json },
    { body: '{', headers: json },
    { body: 'x', headers: { 'content-type': 'text/plain' } },
  ];
  const token = world.codechillToken;
  return Promise.all(tries.map((sent) => app.ask(method, address, { ...sent, token })));
}

/** From a page of somebody else, with the cookie or asking for one; and twice by one key, which was for something else. */
async function sendForged({ method, path, operation }: Described) {
  const schema = operation.requestBody?.content['application/json']?.schema as JsonSchema | undefined;
  if (schema === undefined) return [];
  const [valid] = fc.sample(validCases(schema, components, { isMinimal: true }), { seed: 1, numRuns: 1 });
  const address = path.replace(/\{(\w+)\}/g, unknownId);
  const headers = { origin: 'https://evil.test', cookie: 'coderoom_refresh=x' };
  const asksForCookie = schema.properties?.cookie === undefined ? {} : { cookie: true };
  const forged = await app.ask(method, address, { headers, body: { ...(valid as object), ...asksForCookie } });
  const takesKey = operation.parameters?.some(({ name }) => name === 'idempotency-key') === true;
  const repeated = takesKey ? [{}, { name: 'Another' }] : [];
  const answers: (typeof forged)[] = [forged];
  for (const body of repeated) {
    answers.push(await app.ask(method, address, { headers: { 'idempotency-key': 'the same' }, body }));
  }
  return answers;
}

/** What the HTTP parser itself refuses. */
async function sendBrokenHeader({ method, path }: Described) {
  const { hostname, port } = new URL(app.url);
  const socket = connect(Number(port), hostname, () => {
    socket.end(`${method} ${path.replace(/\{(\w+)\}/g, unknownId)} HTTP/1.1\r\nHost: x\r\nno header\r\n\r\n`);
  });
  const answer = await text(socket);
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), body: JSON.parse(body) };
}

/** Documented failures that no request brings about here; the tests of their own parts have them. */
const unreachable: Record<string, string[]> = {
  // A toolchain that is missing.
  runOnce: ['409'],
  cclExecute: ['409'],
  codeInterviewExecute: ['409'],
  // An issuer.
  loginByIssuerToken: ['401'],
  // As many friends as one may have, or a room of one's own that has ended.
  acceptFriend: ['409'],
  blockPerson: ['409'],
  inviteFriend: ['409'],
  codecallAcceptFriend: ['409'],
  codecallAcceptFriendByBody: ['409'],
  // As many rooms as one may have.
  cclCreateSession: ['409'],
  codeCastCreateSession: ['409'],
  codeInterviewCreateSession: ['409'],
  codecallCreateSession: ['409'],
  // Somebody whom the owner made a viewer.
  cclUpdateCode: ['403'],
  cclUpdateLanguage: ['403'],
  codeInterviewUpdateSession: ['403'],
  // A board of megabytes.
  drawBoard: ['413'],
  // A room in which nothing is run, or a message of somebody else in a room that one is in.
  codechillSubmitExecution: ['409'],
  codechillEditMessage: ['403'],
  codechillDeleteMessage: ['403'],
};

describe('our own OpenAPI document, turned into requests', () => {
  it('API-10 no input makes the server fail: every answer is below 500, as documented, and every 4xx can be had', {
    timeout: 600_000,
  }, async () => {
    const seed = freshSeed();
    const reached = new Map<string, Set<string>>();
    const reach = ({ name }: Described, { status, body }: { status: number; body: { code?: string } }) => {
      reached.set(name, (reached.get(name) ?? new Set()).add(String(status)));
      expect(status, `${name}: ${JSON.stringify(body)}`).toBeLessThan(500);
    };
    let world = await makeWorld(app);
    /** After a success: so often that those who come later find something, too. */
    const repair = async ({ name }: Described, successes: number) => {
      const hurtsPeople = spoilingPeople.test(name);
      if (successes > successesThatSpoil || !(hurtsPeople || spoiling.test(name))) return;
      world = await makeWorld(app, hurtsPeople ? undefined : world.people);
    };

    for (const described of operations) {
      let successes = 0;
      await fc.assert(
        fc.asyncProperty(casesOf(described, world), async (asked) => {
          const answer = await send(app, described, world, asked);
          reach(described, answer);
          if (answer.status < 300) await repair(described, ++successes);
        }),
        { seed, numRuns: casesPerOperation },
      );
      if (successes > 0 && described.method !== 'GET') world = await makeWorld(app);
    }

    for (const described of operations) {
      let successes = 0;
      for (const asked of combinations(described, world)) {
        const answer = await send(app, described, world, asked);
        reach(described, answer);
        if (answer.status < 300) await repair(described, ++successes);
      }
      if (successes > 0 && described.method !== 'GET') world = await makeWorld(app);
      for (const answer of await sendBrokenBodies(described, world)) reach(described, answer);
      for (const answer of await sendForged(described)) reach(described, answer);
      reach(described, await sendBrokenHeader(described));
    }
    await using strict = await openApp(
      { RATE_LIMITS: 'on', EXECUTION: 'off' },
      { ratePoints: { requests: 1, polls: 0 } },
    );
    for (const described of operations) {
      reach(described, await strict.ask(described.method, described.path.replace(/\{(\w+)\}/g, unknownId)));
    }

    const missed = Object.fromEntries(
      operations
        .map(({ name, operation }) => {
          const documented = Object.keys(operation.responses).filter((status) => status.startsWith('4'));
          return [name, documented.filter((status) => reached.get(name)?.has(status) !== true)] as const;
        })
        .filter(([, statuses]) => statuses.length > 0),
    );
    expect(missed).toEqual(unreachable);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect((await app.ask('GET', '/readyz')).status).toBe(200);
    expect(app.logged).toEqual([]);
  });

  it('API-11 fields that a request does not have are refused, whatever they are called', async () => {
    const seed = freshSeed();
    const names = ['role', 'ownerId', 'id', 'createdAt', 'accountId', 'isAdmin', '__proto__', 'constructor'];
    let bodies = 0;
    for (const { name, method, path, operation } of operations) {
      const schema = operation.requestBody?.content['application/json']?.schema as JsonSchema | undefined;
      // Other systems' clients send what they like.
      if (schema === undefined || isDialectOperation(operation)) continue;
      bodies++;
      const address = path.replace(/\{(\w+)\}/g, unknownId);
      const [valid] = fc.sample(validCases(schema, components), { seed, numRuns: 1 });
      for (const field of names) {
        if (Object.hasOwn(schema.properties ?? {}, field)) continue;
        const json = JSON.stringify(valid);
        const added = `"${field}":{"polluted":true,"prototype":{"polluted":true}}`;
        const body = json === '{}' ? `{${added}}` : `${json.slice(0, -1)},${added}}`;
        const answer = await request(app.url, address, { method, body });
        expect([name, field, answer.status]).toEqual([name, field, 400]);
      }
    }
    expect(bodies).toBeGreaterThan(5);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
