/** What of a service's numbers is shown, and under which names. */
import type { CodeforcesStats, GithubStats, LeetcodeStats, ProfileServiceName, ProfileStats } from '@coderoom/protocol';

export interface Fact {
  label: string;
  value: string;
}

export const serviceNames: readonly { name: ProfileServiceName; title: string }[] = [
  { name: 'github', title: 'GitHub' },
  { name: 'leetcode', title: 'LeetCode' },
  { name: 'codeforces', title: 'Codeforces' },
];

/** Empty while nothing is known. */
export function factsOf(stats: ProfileStats, name: ProfileServiceName): Fact[] {
  switch (name) {
    case 'github':
      return stats.github?.stats == null ? [] : present(githubFacts(stats.github.stats));
    case 'leetcode':
      return stats.leetcode?.stats == null ? [] : present(leetcodeFacts(stats.leetcode.stats));
    case 'codeforces':
      return stats.codeforces?.stats == null ? [] : present(codeforcesFacts(stats.codeforces.stats));
    default:
      return name satisfies never;
  }
}

type Draft = [label: string, value: string | number | null | undefined];

function githubFacts({ publicRepos, totalStars, followers, languages, createdAt }: GithubStats): Draft[] {
  const most = Object.entries(languages).toSorted(([, a], [, b]) => b - a);
  return [
    ['Repositories', publicRepos],
    ['Stars', totalStars],
    ['Followers', followers],
    [
      'Languages',
      most
        .slice(0, 3)
        .map(([language]) => language)
        .join(', '),
    ],
    ['Since', yearOf(createdAt)],
  ];
}

function leetcodeFacts({ acceptedSubmissions: solved, ranking }: LeetcodeStats): Draft[] {
  return [
    ['Solved', solved.All],
    ['Easy', solved.Easy],
    ['Medium', solved.Medium],
    ['Hard', solved.Hard],
    ['Ranking', ranking],
  ];
}

function codeforcesFacts({ rating, maxRating, rank, acceptedCount, maxProblemRating }: CodeforcesStats): Draft[] {
  return [
    ['Rating', rating],
    ['Best rating', maxRating],
    ['Rank', rank],
    ['Solved lately', acceptedCount],
    ['Hardest lately', maxProblemRating],
  ];
}

/** What a service does not say is left out, rather than shown as nought. */
function present(drafts: Draft[]): Fact[] {
  return drafts.flatMap(([label, value]) => {
    if (value === null || value === undefined || value === '') return [];
    return [{ label, value: typeof value === 'number' ? value.toLocaleString('en') : value }];
  });
}

function yearOf(time: string | null): string | null {
  return time === null ? null : String(new Date(time).getUTCFullYear());
}
