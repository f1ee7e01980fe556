import { probe, probeEnvironment, request, startServer } from '../packages/testkit/src/index.ts';

/**
 * Signing in with a password: ten people at once, and how long their hashes hold up the event loop meanwhile, in several
 * rounds of one server. Milliseconds.
 */
const rounds = 7;
const people = 10;
const password = 'four plain words here';

const { path, env } = probeEnvironment();
await using server = await startServer({ env: { EXECUTION: 'off', ...env } });
const emails = Array.from({ length: people }, (_, index) => `person${index}@example.org`);
for (const email of emails) await post('register', 201, { email, password, name: 'Somebody' });

const rows: Record<string, string>[] = [];
for (let round = 1; round <= rounds; round++) {
  await probe(path);
  const startedAt = performance.now();
  await Promise.all(emails.map((email) => post('login', 200, { email, password })));
  const tookMs = performance.now() - startedAt;
  const { loopP99Ms, loopMaxMs } = await probe(path);
  rows.push({
    'all signed in after': tookMs.toFixed(0),
    'loop p99': loopP99Ms.toFixed(1),
    'loop max': loopMaxMs.toFixed(1),
  });
}
console.table(rows);

async function post(what: 'register' | 'login', expected: number, body: object): Promise<void> {
  const { status } = await request(server.url, `/api/v2/auth/${what}`, { method: 'POST', body });
  if (status !== expected) throw new Error(`${what} answered ${status}`);
}
