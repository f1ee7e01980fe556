import { limits } from '@coderoom/protocol';
import { describe, expect, it } from 'vitest';
import { createPasswords } from './passwords.ts';

const password = 'correct horse battery staple';

/** Of each work, in turns, so that what else the machine does falls on all alike. */
async function mediansMs(...works: (() => Promise<unknown>)[]): Promise<number[]> {
  const times: number[][] = works.map(() => []);
  for (let round = 0; round < 15; round++) {
    for (const [index, work] of works.entries()) {
      const begin = performance.now();
      await work();
      times[index]?.push(performance.now() - begin);
    }
  }
  return times.map((all) => all.sort((a, b) => a - b)[7] as number);
}

describe('passwords', () => {
  it('AUTH-3 are hashed by argon2id with a salt of their own, and told apart to the last byte', async () => {
    const passwords = createPasswords();
    const hashes = [await passwords.hash(password), await passwords.hash(password)];
    expect(hashes[0]).not.toBe(hashes[1]);
    for (const hash of hashes) {
      expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
      expect(await passwords.verify(hash, password)).toBe(true);
      expect(await passwords.verify(hash, `${password} `)).toBe(false);
    }
    const long = await passwords.hash('x'.repeat(128));
    expect(await passwords.verify(long, `${'x'.repeat(127)}y`)).toBe(false);
  });

  it('AUTH-3 are the same however the keyboard composed them', async () => {
    const passwords = createPasswords();
    const hash = await passwords.hash('ça déjà vu'.normalize('NFD'));
    expect(await passwords.verify(hash, 'ça déjà vu'.normalize('NFC'))).toBe(true);
  });

  it('AUTH-6 take as long where there is none to compare with', async () => {
    const passwords = createPasswords();
    const hash = await passwords.hash(password);
    await passwords.verify(null, password);
    const [someones = 0, nobodys = 0] = await mediansMs(
      () => passwords.verify(hash, 'wrong'),
      () => passwords.verify(null, 'wrong'),
    );
    // Without a hash it would be a thousand times faster.
    expect(nobodys / someones).toBeGreaterThan(0.2);
    expect(nobodys / someones).toBeLessThan(5);
  });

  it('AUTH-24 are hashed beside the event loop, which goes on meanwhile', async () => {
    const passwords = createPasswords();
    let turns = 0;
    let going = true;
    const turn = () => {
      turns++;
      if (going) setImmediate(turn);
    };
    setImmediate(turn);
    await Promise.all(Array.from({ length: 10 }, () => passwords.hash(password)));
    going = false;
    // On the loop, there would be a turn for each of them.
    expect(turns).toBeGreaterThan(100);
  });

  it('AUTH-24 are hashed a few at a time, and refused beyond what may wait', async () => {
    const passwords = createPasswords();
    const waiting = limits.passwordHashesAtOnce + limits.passwordHashesWaiting;
    const asked = Array.from({ length: waiting + 5 }, () => passwords.hash(password));
    const outcomes = await Promise.allSettled(asked);
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(5);
    for (const outcome of refused) expect(outcome).toMatchObject({ reason: { code: 'rate_limited' } });
    expect(await passwords.verify(await passwords.hash(password), password)).toBe(true);
  });

  it('AUTH-24 a try refused as one too many spoils none of those that follow, whoever’s it was', async () => {
    const passwords = createPasswords();
    const waiting = limits.passwordHashesAtOnce + limits.passwordHashesWaiting;
    const asked = Array.from({ length: waiting }, () => passwords.hash(password));
    await expect(passwords.verify(null, password)).rejects.toMatchObject({ code: 'rate_limited' });
    await Promise.all(asked);
    expect(await passwords.verify(null, password)).toBe(false);
  });
});
