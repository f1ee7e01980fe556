import { type GithubStats, limits } from '@coderoom/protocol';
import { assertAbout, readCount, readFields, readLink, readList, readText, readTime } from './fields.ts';
import type { StatsSource } from './source.ts';

/** GitHub's REST API, version 2022-11-28. */
export const github: StatsSource<GithubStats> = async (ask, username) => {
  const headers = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' };
  const user = await ask(`/users/${encodeURIComponent(username)}`, { headers });
  if (user === undefined) return undefined;
  const fields = readFields(user);
  assertAbout(username, fields.login);

  const publicRepos = readCount(fields.public_repos);
  const perPage = limits.profileRepositoriesPerPage;
  const pages = Math.min(Math.ceil(publicRepos / perPage), limits.profileRepositoryPagesMax);
  let totalStars = 0;
  let totalForks = 0;
  const languages = new Map<string, number>();
  for (let page = 1; page <= pages; page++) {
    const path = `/users/${encodeURIComponent(username)}/repos?sort=pushed&per_page=${perPage}&page=${page}`;
    const repositories = readList((await ask(path, { headers })) ?? []).slice(0, perPage);
    for (const repository of repositories.map(readFields)) {
      totalStars += readCount(repository.stargazers_count);
      totalForks += readCount(repository.forks_count);
      const language = readText(repository.language);
      if (language !== null) languages.set(language, (languages.get(language) ?? 0) + 1);
    }
  }
  const mostUsed = [...languages].sort(([, a], [, b]) => b - a).slice(0, limits.profileLanguagesMax);

  return {
    name: readText(fields.name),
    bio: readText(fields.bio),
    location: readText(fields.location),
    company: readText(fields.company),
    blog: readLink(fields.blog),
    publicRepos,
    followers: readCount(fields.followers),
    following: readCount(fields.following),
    totalStars,
    totalForks,
    languages: Object.fromEntries(mostUsed),
    createdAt: readTime(fields.created_at),
    updatedAt: readTime(fields.updated_at),
  };
};
