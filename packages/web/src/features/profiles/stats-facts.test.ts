import type { ProfileStats } from '@coderoom/protocol';
import { describe, expect, it } from 'vitest';
import { factsOf } from './stats-facts.ts';

const none: ProfileStats = { github: null, leetcode: null, codeforces: null };
const known = { username: 'ana', isFetching: false, fetchedAt: '2026-01-01T00:00:00.000Z' };

describe('what is shown of somebody’s numbers', () => {
  it('WEB-30 is nothing while nothing is known', () => {
    expect(factsOf(none, 'github')).toEqual([]);
    const pending = { ...known, state: 'pending' as const, stats: null };
    expect(factsOf({ ...none, leetcode: pending }, 'leetcode')).toEqual([]);
  });

  it('WEB-30 leaves out what the service does not say, and keeps a true nought', () => {
    const stats = { realName: null, aboutMe: null, country: null, company: null, school: null, totalSubmissions: {} };
    const leetcode = { ...stats, ranking: null, acceptedSubmissions: { All: 1_204, Hard: 0 } };
    expect(factsOf({ ...none, leetcode: { ...known, state: 'ready', stats: leetcode } }, 'leetcode')).toEqual([
      { label: 'Solved', value: '1,204' },
      { label: 'Hard', value: '0' },
    ]);
  });

  it('WEB-30 names the three languages that most repositories are in', () => {
    const github = {
      name: null,
      bio: null,
      location: null,
      company: null,
      blog: null,
      publicRepos: 12,
      followers: 0,
      following: 0,
      totalStars: 3,
      totalForks: 0,
      languages: { Rust: 1, Python: 5, Go: 2, C: 3 },
      createdAt: '2019-05-01T00:00:00.000Z',
      updatedAt: null,
    };
    const facts = factsOf({ ...none, github: { ...known, state: 'failed', stats: github } }, 'github');
    expect(facts).toContainEqual({ label: 'Languages', value: 'Python, C, Go' });
    expect(facts).toContainEqual({ label: 'Since', value: '2019' });
  });
});
