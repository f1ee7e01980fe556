import { type LeetcodeStats, limits } from '@coderoom/protocol';
import { assertAbout, type Fields, readCount, readFields, readList, readNumber, readText } from './fields.ts';
import type { StatsSource } from './source.ts';

const query = `query profile($username: String!) {
  matchedUser(username: $username) {
    username
    profile { realName aboutMe countryName company school ranking }
    submitStats { acSubmissionNum { difficulty count } totalSubmissionNum { difficulty submissions } }
  }
}`;

/** LeetCode's GraphQL, as its own pages use it. */
export const leetcode: StatsSource<LeetcodeStats> = async (ask, username) => {
  const answer = await ask('/graphql', { json: { query, variables: { username } } });
  if (answer === undefined) return undefined;
  const { matchedUser } = readFields(readFields(answer).data);
  if (matchedUser === null) return undefined;
  const fields = readFields(matchedUser);
  assertAbout(username, fields.username);
  const profile = readFields(fields.profile);
  const submitStats = readFields(fields.submitStats);

  return {
    realName: readText(profile.realName),
    aboutMe: readText(profile.aboutMe),
    country: readText(profile.countryName),
    company: readText(profile.company),
    school: readText(profile.school),
    ranking: readNumber(profile.ranking),
    acceptedSubmissions: byDifficulty(submitStats.acSubmissionNum, ({ count }) => count),
    totalSubmissions: byDifficulty(submitStats.totalSubmissionNum, ({ submissions }) => submissions),
  };
};

function byDifficulty(list: unknown, read: (fields: Fields) => unknown): Record<string, number> {
  const counts = readList(list ?? [])
    .slice(0, limits.profileLanguagesMax)
    .map(readFields)
    .map((fields) => [readText(fields.difficulty) ?? 'All', readCount(read(fields))] as const);
  return Object.fromEntries(counts);
}
