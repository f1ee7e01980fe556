import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  connectEvents,
  createRoom,
  joinRoom,
  request,
  type ServerProcess,
  startServer,
  until,
} from '@coderoom/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import WebSocket from 'ws';

const configured = {
  SECRET_KEY: 'seeded-secret-key-that-nobody-may-ever-read',
  METRICS_TOKEN: 'seeded-metrics-token',
  OIDC_CLIENT_SECRET: 'seeded-client-secret',
  REDIS_URL: 'redis://:seeded-redis-password@127.0.0.1:1/0',
};
const typed = {
  password: 'seeded account password',
  newPassword: 'seeded account password, changed',
  wrongPassword: 'seeded wrong password',
  roomPassword: 'seeded room password',
  wrongRoomPassword: 'seeded wrong room password',
  idempotencyKey: 'seeded-idempotency-key',
  issuerToken: 'seeded.issuer.token',
  code: 'seeded-authorisation-code',
  junkToken: 'seeded-junk-token',
};

let server: ServerProcess;
/** All that must not be found, by what it is. */
const secrets = new Map<string, string>([
  ['the key', configured.SECRET_KEY],
  ['the metrics token', configured.METRICS_TOKEN],
  ['the client secret', configured.OIDC_CLIENT_SECRET],
  ['the Redis password', 'seeded-redis-password'],
  ...Object.entries(typed),
]);

const ask = async (method: string, path: string, options: Parameters<typeof request>[2] = {}) =>
  (await request(server.url, path, { method, ...options })) as { status: number; headers: Headers; body: never };

function keep(name: string, secret: string): string {
  secrets.set(name, secret);
  return secret;
}

/** Everything that carries a secret, done once rightly and once wrongly, at the level that logs the most. */
beforeAll(async () => {
  server = await startServer({
    env: {
      ...configured,
      OIDC_ISSUER: 'http://127.0.0.1:1',
      OIDC_CLIENT_ID: 'coderoom',
      EXECUTION: 'off',
      LOG_LEVEL: 'trace',
    },
  });
  const email = 'ada@example.org';
  const signIn = async (path: string, body: object) => {
    const { body: answer, headers } = await ask('POST', `/api/v2/auth/${path}`, { body });
    const { accessToken, refreshToken } = answer as { accessToken: string; refreshToken?: string };
    keep(`the access token of ${path}`, accessToken);
    const cookie = /coderoom_refresh=([^;]+)/.exec(headers.get('set-cookie') ?? '')?.[1];
    return { token: accessToken, refreshToken: keep(`the refresh token of ${path}`, refreshToken ?? cookie ?? '') };
  };
  await signIn('register', { email, password: typed.password });
  await ask('POST', '/api/v2/auth/login', { body: { email, password: typed.wrongPassword } });
  await ask('POST', '/api/v2/auth/login', { body: `{"email":"${email}","password":"${typed.password}"` });
  await ask('POST', '/api/v2/auth/login', { body: { email, password: typed.password, extra: typed.password } });
  const { refreshToken } = await signIn('login', { email, password: typed.password });
  const refreshed = await signIn('refresh', { refreshToken });
  const { token } = await signIn('login', { email, password: typed.password, cookie: true });
  await ask('POST', '/api/v2/auth/refresh', {
    headers: { cookie: `coderoom_refresh=${refreshed.refreshToken}` },
    body: {},
  });
  await ask('POST', '/api/v2/auth/oidc/token', { body: { token: typed.issuerToken } });
  await ask('GET', `/api/v2/auth/oidc/callback?code=${typed.code}&state=${typed.code}`);
  const passwords = { currentPassword: typed.wrongPassword, newPassword: typed.newPassword };
  await ask('POST', '/api/v2/me/password', { token, body: passwords });
  await ask('POST', '/api/v2/me/password', { token, body: { ...passwords, currentPassword: typed.password } });

  const headers = { 'idempotency-key': typed.idempotencyKey };
  await ask('POST', '/api/v2/rooms', { token, headers, body: { password: typed.roomPassword, visibility: 'private' } });
  const locked = await createRoom(server.url, { password: typed.roomPassword });
  keep('the room token', locked.token);
  const join = `/api/v2/rooms/${locked.room.id}/join`;
  await ask('POST', join, { body: { password: typed.wrongRoomPassword } });
  await ask('POST', join, { body: { password: typed.roomPassword } });
  const lobby = await createRoom(server.url, { lobby: true });
  const knocked = (await ask('POST', `/api/v2/rooms/${lobby.room.id}/join`, { body: {} })).body as { token: string };
  keep('the knock token', knocked.token);
  keep('a guest’s token', (await joinRoom(server.url, (await createRoom(server.url)).room.id)).token);

  for (const used of [locked.token, typed.junkToken]) {
    await ask('GET', `/api/v2/rooms/${locked.room.id}?token=${used}`, { token: used });
    await ask('GET', `/nowhere/${used}x?token=${used}`, { headers: { authorization: `Basic ${used}` } });
    const socket = connectEvents(server.url, used);
    const settled = new Promise((resolve) => socket.on('connect', () => resolve('in')).on('connect_error', resolve));
    socket.connect();
    await settled;
    socket.close();
    const document = new WebSocket(`${server.url.replace('http', 'ws')}/collab/${locked.room.id}?token=${used}`);
    await new Promise((resolve) => document.on('message', resolve).on('close', resolve));
    document.terminate();
  }
  await ask('GET', '/metrics', { token: configured.METRICS_TOKEN });
  await ask('GET', '/metrics', { token: typed.junkToken });
  await until('the last line', () => server.output().includes('/metrics'));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

it('LOG-3 no password, key or token is in any line of the log, whatever was done with it', () => {
  const lines = server.output().split('\n');
  expect(lines.length).toBeGreaterThan(30);
  for (const [name, secret] of secrets) {
    expect(secret, name).not.toBe('');
    // A path that somebody made of a token is theirs; nothing of ours is put into a path.
    const found = lines.filter((line) => line.includes(secret) && !line.includes('/nowhere/'));
    expect(found, name).toEqual([]);
  }
});

it('LOG-4 no password and no token is in the database as it is', async () => {
  await server.stop();
  const files = readdirSync(server.dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const stored = Buffer.concat(files.map((entry) => readFileSync(join(entry.parentPath, entry.name))));
  expect(stored.includes('$argon2id$')).toBe(true);
  for (const [name, secret] of secrets) expect(stored.includes(secret), name).toBe(false);
});
