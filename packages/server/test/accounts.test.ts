import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { joinRoom, temporaryFolder, until } from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshEmail, goodPassword, login, register } from './people.ts';
import { expectProblem, openApp, type RunningApp } from './running-app.ts';

let app: RunningApp;
const database = temporaryFolder();
const file = join(database.path, 'accounts.db');

beforeAll(async () => {
  app = await openApp({ EXECUTION: 'off', DATABASE_URL: `sqlite:${file}` });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  database[Symbol.dispose]();
});

function passwordHashOf(email: string): string {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const row = db.prepare('select password_hash from accounts where email = ?').get(email);
    return String(row?.password_hash);
  } finally {
    db.close();
  }
}

describe('accounts', () => {
  it('AUTH-1 are made by e-mail and password, and signed in to by them', async () => {
    const email = freshEmail();
    const made = await app.ask('POST', '/api/v2/auth/register', {
      body: { email: email.toUpperCase(), password: goodPassword, name: '  Ada   Lovelace ' },
    });
    expect(made.status).toBe(201);
    expect(made.headers.get('cache-control')).toBe('no-store');
    expect(made.body.account).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      email,
      name: 'Ada Lovelace',
      picture: null,
      githubUsername: null,
      leetcodeUsername: null,
      codeforcesUsername: null,
      hasPassword: true,
      createdAt: expect.any(String),
    });
    expect(made.body.refreshToken).toMatch(/^[\w-]{43}$/);
    expect(made.body.accessTokenExpiresInS).toSatisfy((s: number) => s > 890 && s <= 900);

    const again = await app.ask('POST', '/api/v2/auth/login', { body: { email, password: goodPassword } });
    expect(again.status).toBe(200);
    const token = again.body.accessToken;
    expect((await app.ask('GET', '/api/v2/me', { token })).body).toEqual(made.body.account);
    expectProblem(
      await app.ask('POST', '/api/v2/auth/register', { body: { email, password: goodPassword } }),
      'email_taken',
    );
  });

  it('AUTH-1 give one of many who register the same e-mail at once the account', async () => {
    const email = freshEmail();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () =>
        app.ask('POST', '/api/v2/auth/register', { body: { email, password: goodPassword } }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
  });

  it('AUTH-1 get an automatic name, never part of the e-mail, when none is given', async () => {
    const { body } = await app.ask('POST', '/api/v2/auth/register', {
      body: { email: freshEmail('secret.person'), password: goodPassword },
    });
    expect(body.account.name).toMatch(/^[A-Z][a-z]+ [A-Z][a-z]+$/);
  });

  it('AUTH-2 take e-mails of one plain form only', async () => {
    for (const email of [
      ['a@example.org'],
      { address: 'a@example.org' },
      'a@example.org,b@example.org',
      'a@example.org\r\nBcc: b@example.org',
      'a@example.org\n',
      ' a@example.org',
      'Ada <a@example.org>',
      'a@@example.org',
      'a@exa mple.org',
      'a@-example.org',
      'аda@example.org', // a Cyrillic а
      '\u212aelvin@example.org', // the sign for Kelvin, a k in small letters
      'a',
      '',
      null,
      7,
      `${'a'.repeat(250)}@example.org`,
    ]) {
      for (const path of ['register', 'login']) {
        const answer = await app.ask('POST', `/api/v2/auth/${path}`, { body: { email, password: goodPassword } });
        expectProblem(answer, 'invalid_request');
      }
    }
  });

  it('AUTH-3 keep passwords only as argon2id hashes', async () => {
    const { email } = await register(app);
    expect(passwordHashOf(email)).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(passwordHashOf((await register(app)).email)).not.toBe(passwordHashOf(email));
  });

  it('AUTH-3 take passwords of 8 to 128 characters of any kind, exactly as they are', async () => {
    const passwords = {
      'eight characters': 'xk7 qpz!',
      '64 characters': `${'sixty-four '.repeat(5)}characters`,
      '128 characters': 'ab3$'.repeat(32),
      '128 emoji': '🦊🦉'.repeat(64),
      NUL: 'before\0after it',
      'letters of other scripts': 'пароль-密码-سر',
    };
    for (const [name, password] of Object.entries(passwords)) {
      const person = await register(app, { password });
      await login(app, person);
      for (const other of [
        `${password}x`,
        password.slice(0, -1),
        password.replace('\0', '\ufffd').replace(/^.|.$/u, 'Q'),
      ]) {
        const { body } = await app.ask('POST', '/api/v2/auth/login', {
          body: { email: person.email, password: other },
        });
        expect(['sign_in_refused', 'invalid_request'], name).toContain(body.code);
      }
    }
    for (const password of ['seven 7', 'x'.repeat(129), '🦊'.repeat(129)]) {
      expectProblem(
        await app.ask('POST', '/api/v2/auth/register', { body: { email: freshEmail(), password } }),
        'invalid_request',
      );
    }
  });

  it('AUTH-3 tell passwords apart that differ only at byte 73, or behind a NUL', async () => {
    for (const [password, other] of [
      [`${'p'.repeat(36)}${'q'.repeat(36)}1`, `${'p'.repeat(36)}${'q'.repeat(36)}2`],
      ['some words\0one', 'some words\0two'],
    ] as const) {
      const person = await register(app, { password });
      await login(app, person);
      const answer = await app.ask('POST', '/api/v2/auth/login', { body: { email: person.email, password: other } });
      expectProblem(answer, 'sign_in_refused');
    }
  });

  it('AUTH-4 refuse what is easy to guess, and demand no kinds of characters', async () => {
    for (const password of [
      'password',
      'PassWord1',
      'qwertyuiop',
      '12345678',
      'iloveyou',
      'coderoom',
      'CodeRoom2026!',
      'grace.hopper@example.org',
      'Grace.Hopper99',
      'Rear Admiral',
      'ok then \ud800 half',
    ]) {
      const body = { email: 'grace.hopper@example.org', name: 'Rear Admiral', password };
      expectProblem(await app.ask('POST', '/api/v2/auth/register', { body }), 'password_unacceptable');
    }
    for (const password of ['nothing but small letters', '8274019365', 'ÄÖÜÄÖÜßß']) {
      await register(app, { password, name: 'Rear Admiral' });
    }
  });

  it('AUTH-5 show and change only what is one’s own, field by field', async () => {
    const { accessToken: token, account } = await register(app);
    const change = {
      name: 'Countess',
      picture: 'data:image/png;base64,iVBORw0KGgo=',
      githubUsername: 'ada-l',
      leetcodeUsername: 'ada_l',
      codeforcesUsername: 'ada.l',
    };
    const changed = await app.ask('PATCH', '/api/v2/me', { token, body: change });
    expect(changed.body).toEqual({ ...account, ...change });
    const cleared = await app.ask('PATCH', '/api/v2/me', { token, body: { picture: null, githubUsername: null } });
    expect(cleared.body).toMatchObject({ picture: null, githubUsername: null, leetcodeUsername: 'ada_l' });

    for (const body of [
      {},
      { id: account.id },
      { email: 'b@example.org' },
      { passwordHash: 'x' },
      { createdAt: '2020-01-01T00:00:00Z' },
      { name: '' },
      { name: '\u200b' },
      { picture: 'javascript:alert(1)' },
      { picture: 'data:text/html;base64,PGI+' },
      { picture: 'data:image/svg+xml;base64,PHN2Zz4=' },
      { picture: 'http://example.org/a.png' },
      { picture: `data:image/png;base64,${'A'.repeat(40_000)}` },
      { githubUsername: '../../etc' },
      { githubUsername: 'a/b?c' },
      { leetcodeUsername: 'a'.repeat(65) },
    ]) {
      expectProblem(await app.ask('PATCH', '/api/v2/me', { token, body }), 'invalid_request');
    }
    const polluting = '{"name":"x","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';
    const answer = await app.ask('PATCH', '/api/v2/me', { token, body: polluting });
    expect(answer.status).toBe(400);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect((await app.ask('GET', '/api/v2/me', { token })).body).toEqual(cleared.body);
  });

  it('AUTH-6 answer a wrong password and an unknown e-mail the same way', async () => {
    const { email } = await register(app);
    const ask = async (body: object) => {
      const { status, body: problem } = await app.ask('POST', '/api/v2/auth/login', { body });
      return { status, ...problem, requestId: '' };
    };
    const wrong = await ask({ email, password: 'not this one' });
    const unknown = await ask({ email: freshEmail('nobody'), password: 'not this one' });
    expect(wrong).toEqual(unknown);
    expect(wrong.code).toBe('sign_in_refused');
  });

  it('AUTH-7 change their password by the current one, and have none before the first', async () => {
    const person = await register(app);
    const { accessToken: token, password } = person;
    const change = (body: object) => app.ask('POST', '/api/v2/me/password', { token, body });
    expectProblem(await change({ newPassword: 'another good one' }), 'password_refused');
    expectProblem(await change({ currentPassword: 'wrong', newPassword: 'another good one' }), 'password_refused');
    expectProblem(await change({ currentPassword: password, newPassword: 'password1' }), 'password_unacceptable');
    expect((await change({ currentPassword: password, newPassword: 'another good one' })).status).toBe(204);
    expectProblem(
      await app.ask('POST', '/api/v2/auth/login', { body: { email: person.email, password } }),
      'sign_in_refused',
    );
    await login(app, { ...person, password: 'another good one' });
  });

  it('AUTH-8 are deleted by their holder, with what lets anybody in', async () => {
    const person = await register(app);
    const { accessToken: token, password } = person;
    const other = await login(app, person);
    expectProblem(await app.ask('DELETE', '/api/v2/me', { token, body: {} }), 'password_refused');
    expectProblem(await app.ask('DELETE', '/api/v2/me', { token, body: { password: 'wrong' } }), 'password_refused');
    expect((await app.ask('DELETE', '/api/v2/me', { token, body: { password } })).status).toBe(204);

    for (const accessToken of [token, other.accessToken]) {
      expectProblem(await app.ask('GET', '/api/v2/me', { token: accessToken }), 'session_ended');
    }
    expectProblem(
      await app.ask('POST', '/api/v2/auth/refresh', { body: { refreshToken: person.refreshToken } }),
      'token_invalid',
    );
    expectProblem(
      await app.ask('POST', '/api/v2/auth/login', { body: { email: person.email, password } }),
      'sign_in_refused',
    );
    await register(app, { email: person.email });
  });

  it('AUTH-8 take the rooms along that nobody else is in, and hand over the others', async () => {
    const person = await register(app);
    const { accessToken: token, password } = person;
    const make = async () => (await app.ask('POST', '/api/v2/rooms', { token, body: {} })).body.room;
    const [alone, shared] = [await make(), await make()];
    const guest = await joinRoom(app.url, shared.id, { name: 'Lin' });
    expect((await app.ask('DELETE', '/api/v2/me', { token, body: { password } })).status).toBe(204);

    const members = await app.ask('GET', `/api/v2/rooms/${shared.id}/members`, { token: guest.token });
    expect(members.body.items.find(({ id }: { id: string }) => id === guest.member.id).role).toBe('owner');
    expect(JSON.stringify(members.body)).not.toContain(person.account.id);
    expectProblem(await app.ask('POST', `/api/v2/rooms/${alone.id}/join`, { body: {} }), 'room_not_found');
  });

  it('AUTH-9 tell their holder what was done with them, newest first and by pages', async () => {
    const person = await register(app);
    const { accessToken: token, email, password } = person;
    await app.ask('POST', '/api/v2/auth/login', { body: { email, password: 'guessed wrong' } });
    await login(app, person);
    await app.ask('POST', '/api/v2/me/password', {
      token,
      body: { currentPassword: password, newPassword: 'a new good one' },
    });
    const all = await until('the refused sign-in', async () => {
      const { body } = await app.ask('GET', '/api/v2/me/audit', { token });
      return body.items.length === 5 ? body : undefined;
    });
    expect(all.next).toBeNull();
    const kinds = all.items.map(({ kind }: { kind: string }) => kind);
    expect(kinds[0]).toBe('account:password-changed');
    expect(kinds.toSorted()).toEqual([
      'account:password-changed',
      'account:registered',
      'account:sign-in-refused',
      'account:signed-in',
      'account:signed-in',
    ]);
    for (const entry of all.items) expect(entry).toMatchObject({ actor: 'Ada', address: '127.0.0.1' });
    expect(JSON.stringify(all)).not.toMatch(/guessed wrong|correct horse/);

    const first = await app.ask('GET', '/api/v2/me/audit?limit=2', { token });
    const rest = await app.ask('GET', `/api/v2/me/audit?limit=3&before=${first.body.next}`, { token });
    expect([...first.body.items, ...rest.body.items]).toEqual(all.items);
    const stranger = await register(app);
    const theirs = await app.ask('GET', '/api/v2/me/audit', { token: stranger.accessToken });
    expect(theirs.body.items).toHaveLength(2);
    expectProblem(await app.ask('GET', '/api/v2/me/audit'), 'sign_in_required');
  });
});
