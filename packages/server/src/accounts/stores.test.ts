import { limits } from '@coderoom/protocol';
import { beforeAll, expect, it } from 'vitest';
import { describeOnEachDatabase, nextId } from '../../test/storage-fixtures.ts';
import { createAuditStore } from '../audit/store.ts';
import { createSessionStore, type RefreshTokenRow, type SessionRow } from '../sessions/store.ts';
import type { Storage } from '../storage/database.ts';
import { type AccountRow, createAccountStore } from './store.ts';

const at = 1_764_000_000_000;
/** All of Unicode's planes, what databases like to trip over, but no U+0000. */
const anyText = 'naïve ✓ 日本語 עברית 👩🏽‍💻 \u{10ffff} \\ \' " ` % _ ; -- $1 ? :x';

function accountRow(change: Partial<AccountRow> = {}): AccountRow {
  const id = nextId();
  return {
    id,
    email: `${id}@example.org`,
    emailVerified: false,
    name: 'Ada',
    picture: null,
    passwordHash: '$argon2id$',
    githubUsername: null,
    leetcodeUsername: null,
    codeforcesUsername: null,
    createdAt: at,
    updatedAt: at,
    ...change,
  };
}

function sessionRow(accountId: string, change: Partial<SessionRow> = {}): SessionRow {
  return {
    id: nextId(),
    accountId,
    createdAt: at,
    lastUsedAt: at,
    expiresAt: at + 1_000_000,
    endedAt: null,
    address: '2001:db8::1',
    userAgent: 'Firefox',
    ...change,
  };
}

function tokenRow(sessionId: string, change: Partial<RefreshTokenRow> = {}): RefreshTokenRow {
  return { tokenHash: nextId(), sessionId, createdAt: at, expiresAt: at + 1_000_000, usedAt: null, ...change };
}

describeOnEachDatabase('accounts and sessions', (open) => {
  let storage: Storage;
  let stores: ReturnType<typeof openStores>;

  beforeAll(async () => {
    storage = await open();
    stores = openStores(storage);
  });

  async function begin(change: Partial<SessionRow> = {}) {
    const account = accountRow();
    await stores.accounts.create(account);
    const session = sessionRow(account.id, change);
    const token = tokenRow(session.id);
    await stores.sessions.create(session, token, account.passwordHash);
    return { account, session, token };
  }

  it('AUTH-21 keeps an account as it is, and finds it by all its names', async () => {
    const identity = { issuer: `https://issuer.test/${'x'.repeat(500)}`, subject: anyText };
    const account = accountRow({
      name: anyText.slice(0, 40),
      picture: `data:image/png;base64,${'A'.repeat(limits.pictureMaxLength)}`,
      emailVerified: true,
      githubUsername: 'g',
      leetcodeUsername: 'l',
      codeforcesUsername: 'c',
      updatedAt: at + 5,
    });
    expect(await stores.accounts.create(account, identity)).toBe('created');
    expect(await stores.accounts.find(account.id)).toEqual(account);
    expect(await stores.accounts.findByEmail(account.email ?? '')).toEqual(account);
    expect(await stores.accounts.findByIdentity(identity)).toEqual(account);
    expect(await stores.accounts.findMany([account.id, nextId()])).toEqual([account]);
    expect(await stores.accounts.findMany([])).toEqual([]);
    expect(await stores.accounts.find(nextId())).toBeUndefined();
    expect(await stores.accounts.findByIdentity({ ...identity, subject: 'another' })).toBeUndefined();
  });

  it('AUTH-21 gives an e-mail and an identity to one account, however many ask at once, and to nobody in part', async () => {
    const email = `${nextId()}@example.org`;
    const byEmail = await Promise.all(
      Array.from({ length: 6 }, () =>
        stores.accounts.create(accountRow({ email }), { issuer: 'i', subject: nextId() }),
      ),
    );
    expect(byEmail.toSorted()).toEqual(['created', 'taken', 'taken', 'taken', 'taken', 'taken']);

    const identity = { issuer: 'https://issuer.test', subject: nextId() };
    const rivals = Array.from({ length: 6 }, () => accountRow({ email: null }));
    const byIdentity = await Promise.all(rivals.map((rival) => stores.accounts.create(rival, identity)));
    expect(byIdentity.toSorted()).toEqual(['created', 'taken', 'taken', 'taken', 'taken', 'taken']);
    const winner = await stores.accounts.findByIdentity(identity);
    const stored = await stores.accounts.findMany(rivals.map(({ id }) => id));
    expect(stored).toEqual([winner]);
    expect(await stores.accounts.addIdentity(rivals[0]?.id ?? '', identity, at)).toBe(false);
    const another = { issuer: 'https://another.test', subject: identity.subject };
    expect(await stores.accounts.addIdentity(winner?.id ?? '', another, at)).toBe(true);
    expect(await stores.accounts.findByIdentity(another)).toEqual(winner);
  });

  it('AUTH-21 finds people by how their name begins, in the same order everywhere', async () => {
    const mark = `Zz${nextId()} `;
    for (const name of ['béa', 'Bea', 'ada', 'Ada Lovelace', 'ÀDA', '100%', 'a_b']) {
      await stores.accounts.create(accountRow({ name: mark + name }));
    }
    const find = async (prefix: string, limit = 10) =>
      (await stores.accounts.findByNamePrefix(mark + prefix, limit)).map(({ name }) => name.slice(mark.length));
    expect(await find('A')).toEqual(['a_b', 'ada', 'Ada Lovelace']);
    expect(await find('be')).toEqual(['Bea']);
    expect(await find('BÉ')).toEqual(['béa']);
    expect(await find('%')).toEqual([]);
    expect(await find('', 2)).toEqual(['100%', 'a_b']);
  });

  it('AUTH-21 changes what is given, and the rest not', async () => {
    const account = accountRow();
    await stores.accounts.create(account);
    await stores.accounts.update(account.id, { name: 'Grace', githubUsername: 'gh' }, at + 1);
    await stores.accounts.update(account.id, { picture: null }, at + 2);
    expect(await stores.accounts.replacePassword(account.id, account.passwordHash, '$new', at + 2)).toBe(true);
    expect(await stores.accounts.replacePassword(account.id, account.passwordHash, '$newer', at + 3)).toBe(false);
    const changed = { ...account, name: 'Grace', githubUsername: 'gh', passwordHash: '$new', updatedAt: at + 2 };
    expect(await stores.accounts.find(account.id)).toEqual(changed);
    expect((await stores.accounts.findByNamePrefix('grace', 100)).map(({ id }) => id)).toContain(account.id);
  });

  it('FRIEND-8 tells of a thousand people the first hundred pictures', async () => {
    const people = Array.from({ length: limits.picturesPerList + 3 }, () =>
      accountRow({ picture: 'https://a.test/p' }),
    );
    for (const row of people) await stores.accounts.create(row);
    const found = await stores.accounts.findMany(people.map(({ id }) => id));
    expect(found).toHaveLength(people.length);
    const pictured = found.filter(({ picture }) => picture !== null).map(({ id }) => id);
    expect(pictured.toSorted()).toEqual(
      people
        .slice(0, limits.picturesPerList)
        .map(({ id }) => id)
        .toSorted(),
    );
    expect(found.find(({ id }) => id === people.at(-1)?.id)).toEqual({ ...people.at(-1), picture: null });
  });

  it('AUTH-18 begins no session under a password that was replaced, nor for an account that is gone', async () => {
    const { account } = await begin();
    await stores.accounts.replacePassword(account.id, account.passwordHash, '$new', at + 1);
    const begins = (passwordHash: string | null) => {
      const row = sessionRow(account.id);
      return stores.sessions.create(row, tokenRow(row.id), passwordHash);
    };
    expect([await begins(account.passwordHash), await begins(null), await begins('$new')]).toEqual([
      false,
      false,
      true,
    ]);
    await stores.accounts.delete(account.id);
    expect(await begins('$new')).toBe(false);
  });

  it('AUTH-22 lets one of many rotate a token, which makes one successor', async () => {
    const { session, account, token } = await begin();
    const successors = Array.from({ length: 12 }, () =>
      tokenRow(session.id, { createdAt: at + 7, expiresAt: at + 9_000 }),
    );
    const use = { lastUsedAt: at + 7, address: '192.0.2.1', userAgent: anyText };
    const outcomes = await Promise.all(
      successors.map((successor) => stores.sessions.rotate(token.tokenHash, successor, use)),
    );
    expect(outcomes.filter((isFirst) => isFirst)).toHaveLength(1);
    const stored = await Promise.all(successors.map(({ tokenHash }) => stores.sessions.findToken(tokenHash)));
    expect(stored.filter((row) => row !== undefined)).toEqual([successors[outcomes.indexOf(true)]]);
    expect(await stores.sessions.findToken(token.tokenHash)).toEqual({ ...token, usedAt: at + 7 });
    expect(await stores.sessions.find(session.id)).toEqual({
      account,
      session: { ...session, ...use, expiresAt: at + 9_000 },
    });
  });

  it('AUTH-22 gives no successor in a session that has ended, however it meets its end', async () => {
    const { session, token } = await begin();
    const [ended, rotated] = await Promise.all([
      stores.sessions.end([session.id], at + 1),
      stores.sessions.rotate(token.tokenHash, tokenRow(session.id), session),
    ]);
    expect(ended).toEqual([session.id]);
    expect(await stores.sessions.end([session.id, nextId()], at + 2)).toEqual([]);
    const found = await stores.sessions.find(session.id);
    expect(found?.session.endedAt).toBe(at + 1);
    const next = rotated ? tokenRow(session.id) : token;
    expect(await stores.sessions.rotate(next.tokenHash, tokenRow(session.id), session)).toBe(false);
  });

  it('AUTH-22 lists the sessions that go on, and forgets what is over', async () => {
    const { account, session } = await begin({ lastUsedAt: at + 10 });
    const [older, ended, expired] = [
      sessionRow(account.id, { lastUsedAt: at + 5 }),
      sessionRow(account.id),
      sessionRow(account.id, { expiresAt: at + 30 }),
    ];
    for (const row of [older, ended, expired]) {
      expect(await stores.sessions.create(row, tokenRow(row.id), account.passwordHash)).toBe(true);
    }
    expect(await stores.sessions.end([ended.id], at + 20)).toEqual([ended.id]);
    expect(await stores.sessions.list(account.id, at + 50)).toEqual([session, older]);
    await stores.sessions.sweep(at + 25);
    expect(await stores.sessions.find(ended.id)).toBeUndefined();
    expect((await stores.sessions.find(expired.id))?.session).toEqual(expired);
    await stores.sessions.sweep(at + 40);
    expect(await stores.sessions.find(expired.id)).toBeUndefined();
    expect(await stores.sessions.list(account.id, at)).toEqual([session, older]);
  });

  it('AUTH-8 forgets sessions, tokens and identities with the account, and nobody else’s', async () => {
    const identity = { issuer: 'https://issuer.test', subject: nextId() };
    const [gone, stays] = [await begin(), await begin()];
    await stores.accounts.addIdentity(gone.account.id, identity, at);
    await stores.accounts.delete(gone.account.id);
    expect(await stores.accounts.find(gone.account.id)).toBeUndefined();
    expect(await stores.accounts.findByIdentity(identity)).toBeUndefined();
    expect(await stores.sessions.find(gone.session.id)).toBeUndefined();
    expect(await stores.sessions.findToken(gone.token.tokenHash)).toBeUndefined();
    expect(await stores.sessions.findToken(stays.token.tokenHash)).toEqual(stays.token);
  });

  it('AUTH-23 keeps what was done, newest first, for account and room, until its time is over', async () => {
    const [accountId, roomId] = [nextId(), nextId()];
    const entry = (change: object) => ({
      id: nextId(),
      at,
      kind: 'account:signed-in' as const,
      accountId,
      roomId: null,
      actor: anyText,
      address: null,
      details: { text: anyText, count: 3, yes: true, none: null },
      ...change,
    });
    const entries = [entry({ at: at - 5 }), entry({ address: '2001:db8::1' }), entry({ roomId, accountId: null })];
    for (const row of entries) await stores.audit.insert(row);
    expect(await stores.audit.ofAccount(accountId, { limit: 10 })).toEqual([entries[1], entries[0]]);
    expect(await stores.audit.ofAccount(accountId, { limit: 10, before: entries[1]?.id })).toEqual([entries[0]]);
    expect(await stores.audit.ofRoom(roomId, { limit: 1 })).toEqual([entries[2]]);
    await stores.audit.sweep(at);
    expect(await stores.audit.ofAccount(accountId, { limit: 10 })).toEqual([entries[1]]);
    await stores.audit.forgetAccount(accountId);
    expect(await stores.audit.ofAccount(accountId, { limit: 10 })).toEqual([]);
    expect(await stores.audit.ofRoom(roomId, { limit: 1 })).toEqual([entries[2]]);
  });
});

function openStores({ db }: Storage) {
  return { accounts: createAccountStore(db), sessions: createSessionStore(db), audit: createAuditStore(db) };
}
