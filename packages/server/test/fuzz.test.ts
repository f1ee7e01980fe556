import { createRoom, freshSeed, joinRoom } from '@coderoom/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OpenApi, type Operation, openApp, type RunningApp } from './running-app.ts';

const casesPerOperation = 60;
let app: RunningApp;

beforeAll(async () => {
  app = await openApp({ EXECUTION: 'off', LOG_LEVEL: 'error' });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

const awkward = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '\0',
    '\ud800',
    '../..',
    '__proto__',
    'main.py',
    '1e308',
    '%',
    'é'.repeat(300),
    "'; drop table rooms; --",
  ),
  fc.constantFrom(
    null,
    true,
    -0,
    1e308,
    -1,
    0.5,
    [],
    {},
    [[]],
    Array.from({ length: 10_000 }, () => 0),
  ),
  fc.string({ unit: 'binary' }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** A body that mostly has the right fields, with anything in them. */
function bodyOf(operation: Operation): fc.Arbitrary<unknown> {
  const schema = operation.requestBody?.content['application/json']?.schema as { properties?: object } | undefined;
  const fields = Object.keys(schema?.properties ?? {});
  const shaped = fc.record(Object.fromEntries([...fields, 'extra'].map((field) => [field, awkward])), {
    requiredKeys: [],
  });
  return fc.oneof({ weight: 4, arbitrary: shaped }, { weight: 1, arbitrary: awkward });
}

it('API-10 no input makes the server fail: every answer is below 500 and as documented', {
  timeout: 120_000,
}, async () => {
  const seed = freshSeed();
  const document: OpenApi = (await app.ask('GET', '/openapi.json')).body;
  const owner = await createRoom(app.url, { capacity: 50 });
  const member = await joinRoom(app.url, owner.room.id);
  const tokens = [owner.token, member.token, undefined, 'junk'];
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  for (const { method, path, operation } of operations) {
    // Ending or deleting the room would leave nothing to try the others on.
    if (['endRoom', 'deleteRoom'].includes(operation.operationId)) continue;
    const cases = fc.record({
      parameters: fc.array(fc.oneof(fc.constantFrom('main.py', member.member.id), awkward.map(String)), {
        minLength: 3,
        maxLength: 3,
      }),
      ownRoom: fc.boolean(),
      query: fc.oneof(
        fc.constant(''),
        fc.string({ unit: 'binary' }).map((text) => `?limit=${encodeURIComponent(text.toWellFormed())}`),
      ),
      token: fc.constantFrom(...tokens),
      body: bodyOf(operation),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ parameters, ownRoom, query, token, body }) => {
        let index = 0;
        const filled = path.replace(/\{(\w+)\}/g, (_, name) =>
          name === 'room' && ownRoom
            ? owner.room.id
            : encodeURIComponent((parameters[index++ % parameters.length] ?? '').slice(0, 300).toWellFormed()),
        );
        const headers = token === undefined ? {} : { token };
        const sent = method === 'GET' ? {} : { body: JSON.stringify(body) ?? '' };
        const answer = await app.ask(method, filled + query, { ...headers, ...sent });
        // EXECUTION is off here, which is an answer and no failure.
        if (answer.body?.code !== 'execution_off') expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(500);
      }),
      { seed, numRuns: casesPerOperation },
    );
  }
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  expect((await app.ask('GET', '/readyz')).status).toBe(200);
  expect(app.logged).toEqual([]);
});
