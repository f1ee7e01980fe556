import { createHmac } from 'node:crypto';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { createTokens } from './tokens.ts';

const secretKey = 'a secret key that is long enough to be one';
const subject = { memberId: 'member-1', roomId: 'room-1' };
const at = Date.UTC(2026, 5, 1);
const tokens = createTokens({ secretKey, now: () => at, ttlMs: 60_000 });

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
const decode = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
const failure = (token: string, verifier = tokens) =>
  verifier.verify(token).then(
    () => 'accepted',
    (error) => error.code as string,
  );

describe('room tokens', () => {
  it('TOKEN-1 name one member of one room, and when they end', async () => {
    const { token, expiresAt } = await tokens.issue(subject);
    expect(expiresAt).toBe(at + 60_000);
    expect(await tokens.verify(token)).toEqual({ kind: 'room', ...subject, expiresAt });
    const session = { ...subject, sessionId: 'session-1' };
    const underSession = await tokens.issue(session);
    expect(await tokens.verify(underSession.token)).toEqual({ kind: 'room', ...session, expiresAt });
  });

  it('TOKEN-1 hold no role: it is read from the database', async () => {
    const { token } = await tokens.issue(subject);
    expect(Object.keys(decode(token.split('.')[1])).sort()).toEqual(['aud', 'exp', 'iat', 'iss', 'room', 'sub']);
  });

  it('TOKEN-2 end at their time', async () => {
    const { token } = await tokens.issue(subject);
    const later = createTokens({ secretKey, now: () => at + 60_000 });
    expect(await failure(token, later)).toBe('token_expired');
    const justBefore = createTokens({ secretKey, now: () => at + 59_000 });
    expect(await failure(token, justBefore)).toBe('accepted');
  });

  it('TOKEN-3 of another key, audience, issuer, type or algorithm are not valid', async () => {
    const { token } = await tokens.issue(subject);
    const [header, payload, signature] = token.split('.');
    const claims = decode(payload);
    const sign = (headerPart: object, claimPart: object) =>
      // Signed with what an attacker may know: the secret itself would not be the derived key.
      `${encode(headerPart)}.${encode(claimPart)}.${createHmac('sha256', secretKey)
        .update(`${encode(headerPart)}.${encode(claimPart)}`)
        .digest('base64url')}`;
    const junk: Record<string, string> = {
      'alg none': `${encode({ alg: 'none', typ: 'room+jwt' })}.${payload}.`,
      'alg none, signed': `${encode({ alg: 'none', typ: 'room+jwt' })}.${payload}.${signature}`,
      'another key': (await createTokens({ secretKey: `${secretKey}!`, now: () => at }).issue(subject)).token,
      'the underived key': sign({ alg: 'HS256', typ: 'room+jwt' }, claims),
      'another algorithm': sign({ alg: 'HS512', typ: 'room+jwt' }, claims),
      'a key of its own': sign({ alg: 'HS256', typ: 'room+jwt', jwk: { kty: 'oct', k: 'YQ' } }, claims),
      'kid with a path': sign({ alg: 'HS256', typ: 'room+jwt', kid: '../../dev/null' }, claims),
      'changed claims': `${header}.${encode({ ...claims, room: 'room-2' })}.${signature}`,
      'no signature': `${header}.${payload}.`,
      'two parts': `${header}.${payload}`,
      'not base64': '%%%.%%%.%%%',
      nothing: '',
      long: 'a'.repeat(1_000_000),
    };
    for (const [name, bad] of Object.entries(junk)) expect(await failure(bad), name).toBe('token_invalid');
  });

  it('TOKEN-3 with the right key, but of another kind or for others, are not valid', async () => {
    const { hkdfSync } = await import('node:crypto');
    const key = new Uint8Array(hkdfSync('sha256', secretKey, '', 'coderoom room tokens', 32));
    const good = { iss: 'coderoom', aud: 'coderoom:room', sub: 'm', room: 'r', exp: at / 1000 + 60 };
    const sign = (typ: string | undefined, claims: object) =>
      new SignJWT(claims as Record<string, unknown>)
        .setProtectedHeader({ alg: 'HS256', ...(typ === undefined ? {} : { typ }) })
        .sign(key);
    expect(await failure(await sign('room+jwt', good))).toBe('accepted');
    expect(await failure(await sign('jwt', good))).toBe('token_invalid');
    expect(await failure(await sign(undefined, good))).toBe('token_invalid');
    for (const wrong of [
      { aud: 'coderoom:admin' },
      { iss: 'elsewhere' },
      { sub: undefined },
      { sub: 7 },
      { room: undefined },
      { room: ['r'] },
      { exp: undefined },
      { exp: 'soon' },
      { nbf: at / 1000 + 30 },
    ]) {
      expect(await failure(await sign('room+jwt', { ...good, ...wrong })), JSON.stringify(wrong)).toBe('token_invalid');
    }
  });

  it('TOKEN-4 made for the same time are the same, so that they need not be kept to be answered again', async () => {
    expect(await tokens.issue(subject, at)).toEqual(await tokens.issue(subject, at + 999));
    expect(await tokens.issue(subject, at)).not.toEqual(await tokens.issue(subject, at + 1_000));
  });
});

describe('account tokens', () => {
  const holder = { accountId: 'account-1', sessionId: 'session-1' };
  const short = createTokens({ secretKey, now: () => at, accountTtlMs: 60_000 });

  it('TOKEN-8 name an account and the session they belong to, and end soon', async () => {
    const { token, expiresAt } = await short.issueForAccount(holder);
    expect(expiresAt).toBe(at + 60_000);
    expect(await short.verify(token)).toEqual({ kind: 'account', ...holder, expiresAt });
    expect(Object.keys(decode(token.split('.')[1])).sort()).toEqual(['aud', 'exp', 'iat', 'iss', 'sid', 'sub']);
    expect(await failure(token, createTokens({ secretKey, now: () => at + 60_000 }))).toBe('token_expired');
  });

  it('TOKEN-8 and room tokens do not pass for each other, whatever type they claim', async () => {
    const [room, account] = [await short.issue(subject), await short.issueForAccount(holder)];
    for (const [{ token }, typ] of [
      [room, 'access+jwt'],
      [account, 'room+jwt'],
    ] as const) {
      const [, payload, signature] = token.split('.');
      expect(await failure(`${encode({ alg: 'HS256', typ })}.${payload}.${signature}`, short)).toBe('token_invalid');
    }
  });
});

describe('tokens of another system’s form', () => {
  const kinds = ['codecall-access', 'codechill-access', 'codechill-refresh'] as const;
  const ofSession = { holder: 'account-1', sessionId: 'session-1' };

  it('DIA-110 name an account in that system’s words, and a session of ours', async () => {
    const { token, expiresAt } = await tokens.issueForeign('codechill-access', ofSession, { email: 'ada@example.org' });
    expect(decode(token.split('.')[0])).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect(decode(token.split('.')[1])).toEqual({
      sub: 'account-1',
      sid: 'session-1',
      type: 'access',
      email: 'ada@example.org',
      iat: at / 1000,
      exp: at / 1000 + 24 * 60 * 60,
    });
    expect(await tokens.verifyForeign('codechill-access', token)).toEqual({ ...ofSession, expiresAt });
    const { token: ofCodecall } = await tokens.issueForeign('codecall-access', ofSession);
    expect(decode(ofCodecall.split('.')[1])).toMatchObject({ userId: 'account-1', sid: 'session-1' });
  });

  it('DIA-110 are good at no other door than their own, and none of ours is good there', async () => {
    const issued = await Promise.all(kinds.map((kind) => tokens.issueForeign(kind, ofSession)));
    for (const [i, { token }] of issued.entries()) {
      expect(await failure(token)).toBe('token_invalid');
      for (const kind of kinds) {
        const outcome = await tokens.verifyForeign(kind, token).then(
          () => 'accepted',
          (error) => error.code,
        );
        expect([kinds[i], kind, outcome]).toEqual([kinds[i], kind, kind === kinds[i] ? 'accepted' : 'token_invalid']);
      }
    }
    const ours = [
      await tokens.issue(subject),
      await tokens.issueForAccount({ accountId: 'a', sessionId: 'session-1' }),
    ];
    for (const { token } of ours) {
      for (const kind of kinds) {
        await expect(tokens.verifyForeign(kind, token)).rejects.toMatchObject({ code: 'token_invalid' });
      }
    }
  });

  it('DIA-110 end at their time, and pass by no other key, algorithm or claim', async () => {
    const { token } = await tokens.issueForeign('codechill-access', ofSession);
    const later = createTokens({ secretKey, now: () => at + 24 * 60 * 60_000 });
    await expect(later.verifyForeign('codechill-access', token)).rejects.toMatchObject({ code: 'token_expired' });
    const [header, payload, signature] = token.split('.');
    const claims = { ...decode(payload), exp: at / 1000 + 60 };
    const sign = (alg: string) => new SignJWT(claims).setProtectedHeader({ alg, typ: 'JWT' });
    const junk = [
      `${encode({ alg: 'none', typ: 'JWT' })}.${payload}.`,
      `${encode({ alg: 'none', typ: 'JWT' })}.${payload}.${signature}`,
      `${header}.${encode({ ...claims, sub: 'account-2' })}.${signature}`,
      await sign('HS256').sign(new TextEncoder().encode(secretKey)),
      await sign('HS512').sign(new TextEncoder().encode(secretKey)),
      '',
      'a.b.c',
      'x'.repeat(1_000_000),
    ];
    for (const one of junk) {
      await expect(tokens.verifyForeign('codechill-access', one)).rejects.toMatchObject({ code: 'token_invalid' });
    }
  });
});
