import { createHmac, generateKeyPairSync, hkdfSync } from 'node:crypto';
import { createRoom } from '@coderoom/testkit';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handshake, knockOnAll } from './doors.ts';
import { register, type SignedInPerson } from './people.ts';
import { expectProblem, openApp, type RunningApp } from './running-app.ts';

const secretKey = 'a secret of this server that tests know, too';
let app: RunningApp;
let person: SignedInPerson;
let roomId: string;
let guestToken: string;

beforeAll(async () => {
  app = await openApp({ EXECUTION: 'off', SECRET_KEY: secretKey });
  person = await register(app);
  const { room, token } = await createRoom(app.url);
  roomId = room.id;
  guestToken = token;
  const { body } = await app.ask('POST', '/api/v2/me/rooms', { token: person.accessToken, body: { tokens: [token] } });
  expect(body).toEqual({ claimed: 1 });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
const decode = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
const everywhere = (code: string) => ({ http: code, events: code, document: code });

describe('junk instead of an account token', () => {
  it('AUTH-50 is refused at all three doors alike, and for the account itself', async () => {
    const [header, payload, signature] = person.accessToken.split('.');
    const claims = decode(payload);
    const derive = (purpose: string) => new Uint8Array(hkdfSync('sha256', secretKey, '', purpose, 32));
    const accountKey = derive('coderoom account tokens');
    const roomKey = derive('coderoom room tokens');
    const sign = (
      changes: object,
      { key = accountKey, typ = 'access+jwt', alg = 'HS256', ...head }: { [part: string]: unknown } = {},
    ) =>
      new SignJWT({ ...claims, ...changes })
        .setProtectedHeader({ alg: alg as string, ...(typ === null ? {} : { typ: typ as string }), ...head })
        .sign(key as Uint8Array);
    /** With a key that JWT libraries would refuse. */
    const forge = (head: object, key: string | Buffer) => {
      const input = `${encode(head)}.${payload}`;
      return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
    };
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = publicKey.export({ type: 'spki', format: 'pem' });
    const jwk = publicKey.export({ format: 'jwk' });
    const nowS = Math.floor(Date.now() / 1000);

    expect(await knockOnAll(app, roomId, await sign({}))).toEqual(everywhere('open'));
    const junk: Record<string, string> = {
      'alg none': `${encode({ alg: 'none', typ: 'access+jwt' })}.${payload}.`,
      'alg none, signed': `${encode({ alg: 'none', typ: 'access+jwt' })}.${payload}.${signature}`,
      'alg NoNe': `${encode({ alg: 'NoNe', typ: 'access+jwt' })}.${payload}.`,
      'HS256 with a public key': forge({ alg: 'HS256', typ: 'access+jwt' }, pem as string),
      'HS256 with an empty key': forge({ alg: 'HS256', typ: 'access+jwt' }, ''),
      'HS256 with the secret itself': forge({ alg: 'HS256', typ: 'access+jwt' }, secretKey),
      'the key of room tokens': await sign({}, { key: roomKey }),
      'another algorithm of the same key': await sign(
        {},
        { alg: 'HS512', key: new Uint8Array([...accountKey, ...accountKey]) },
      ),
      'an asymmetric signature': await new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', typ: 'access+jwt' })
        .sign(privateKey),
      'an embedded key': await new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', typ: 'access+jwt', jwk: jwk as never })
        .sign(privateKey),
      'a key from elsewhere': await new SignJWT(claims)
        .setProtectedHeader({
          alg: 'RS256',
          typ: 'access+jwt',
          jku: 'http://127.0.0.1:1/keys',
          x5u: 'http://127.0.0.1:1',
        })
        .sign(privateKey),
      'kid of a path, other key': forge({ alg: 'HS256', typ: 'access+jwt', kid: '../../../dev/null' }, ''),
      'kid of SQL, other key': forge({ alg: 'HS256', typ: 'access+jwt', kid: "x' union select 'a" }, 'a'),
      'an unknown critical header': forge(
        { alg: 'HS256', typ: 'access+jwt', crit: ['x'], x: 1 },
        Buffer.from(accountKey),
      ),
      'wrong audience': await sign({ aud: 'coderoom:room' }),
      'no audience': await sign({ aud: undefined }),
      'wrong issuer': await sign({ iss: 'elsewhere' }),
      'type of a room token': await sign({}, { typ: 'room+jwt' }),
      'type JWT': await sign({}, { typ: 'JWT' }),
      'no type': await sign({}, { typ: null }),
      'not yet valid': await sign({ nbf: nowS + 60 }),
      'no end': await sign({ exp: undefined }),
      'end as text': await sign({ exp: 'tomorrow' }),
      'no subject': await sign({ sub: undefined }),
      'no session': await sign({ sid: undefined }),
      'session as a list': await sign({ sid: [claims.sid] }),
      'changed claims': `${header}.${encode({ ...claims, sub: 'somebody else' })}.${signature}`,
      'cut signature': person.accessToken.slice(0, -1),
      'no signature': `${header}.${payload}.`,
      'two parts': `${header}.${payload}`,
      'five parts': `${person.accessToken}.x.y`,
      'not base64': '%%%.%%%.%%%',
      'payload is no object': `${header}.${Buffer.from('7').toString('base64url')}.${signature}`,
      'a refresh token': person.refreshToken,
      'twelve thousand characters': 'a'.repeat(12_000),
    };
    for (const [name, token] of Object.entries(junk)) {
      expect(await knockOnAll(app, roomId, token), name).toEqual(everywhere('token_invalid'));
      expectProblem(await app.ask('GET', '/api/v2/me', { token }), 'token_invalid');
    }
    const past = await sign({ exp: nowS - 1 });
    expect(await knockOnAll(app, roomId, past)).toEqual(everywhere('token_expired'));
  });

  it('AUTH-50 is refused when it is a good token of somebody, or something, else', async () => {
    const accountKey = new Uint8Array(hkdfSync('sha256', secretKey, '', 'coderoom account tokens', 32));
    const claims = decode(person.accessToken.split('.')[1]);
    const stranger = await register(app);
    const strangersSession = decode(stranger.accessToken.split('.')[1]).sid;
    for (const changes of [
      { sid: strangersSession },
      { sid: '01980000-0000-7000-8000-000000000000' },
      { sid: 'x' },
      { sub: stranger.account.id },
    ]) {
      const token = await new SignJWT({ ...claims, ...changes })
        .setProtectedHeader({ alg: 'HS256', typ: 'access+jwt' })
        .sign(accountKey);
      expect(await knockOnAll(app, roomId, token), JSON.stringify(changes)).toEqual(everywhere('session_ended'));
    }
    expect(await knockOnAll(app, roomId, guestToken)).toEqual(everywhere('sign_in_required'));
    expectProblem(await app.ask('GET', '/api/v2/me', { token: guestToken }), 'sign_in_required');
    const { body } = await app.ask('POST', `/api/v2/rooms/${roomId}/token`, { token: person.accessToken });
    expect(await knockOnAll(app, roomId, body.token)).toEqual(everywhere('open'));
    expectProblem(await app.ask('GET', '/api/v2/me', { token: body.token }), 'sign_in_required');
  });

  it('AUTH-50 of a megabyte reaches nothing that would read it', async () => {
    const token = 'a'.repeat(1_000_000);
    const answer = await fetch(`${app.url}/api/v2/me`, { headers: { authorization: `Bearer ${token}` } }).then(
      ({ status }) => status,
      () => 'closed',
    );
    expect([413, 'closed']).toContain(answer);
    expect(await handshake(app, { token })).not.toBe('open');
    const upgrade = await fetch(`${app.url}/collab/${roomId}?token=${token}`).then(
      ({ status }) => status,
      () => 'closed',
    );
    expect([413, 414, 'closed']).toContain(upgrade);
    expect((await app.ask('GET', '/api/v2/me', { token: person.accessToken })).status).toBe(200);
  });

  it('AUTH-50 in other places of a request counts for nothing', async () => {
    const { accessToken } = person;
    for (const path of [`/api/v2/me?token=${accessToken}`, `/api/v2/me?access_token=${accessToken}`]) {
      expectProblem(await app.ask('GET', path), 'sign_in_required');
    }
    for (const authorization of [
      accessToken,
      `Basic ${accessToken}`,
      `Bearer ${accessToken} x`,
      `Bearer,${accessToken}`,
    ]) {
      expectProblem(await app.ask('GET', '/api/v2/me', { headers: { authorization } }), 'token_invalid');
    }
    expectProblem(await app.ask('GET', '/api/v2/me', { headers: { authorization: 'Bearer ' } }), 'sign_in_required');
    expect(await handshake(app, { token: accessToken })).toBe('room_not_found');
    expect(await handshake(app, { token: accessToken, room: [roomId] })).toBe('room_not_found');
    expect(await handshake(app, { token: { $ne: null }, room: roomId })).toBe('token_invalid');
  });
});
