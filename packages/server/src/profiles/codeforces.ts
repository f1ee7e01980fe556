import { type CodeforcesStats, limits } from '@coderoom/protocol';
import type { OutboundAnswer } from '../gateway/outbound.ts';
import { assertAbout, type Fields, readFields, readList, readNumber, readText, readTime } from './fields.ts';
import type { StatsSource } from './source.ts';

/** Codeforces' API. */
export const codeforces: StatsSource<CodeforcesStats> = async (ask, username) => {
  const handle = encodeURIComponent(username);
  const info = await ask(`/user.info?handles=${handle}`, { isUnknownUser: saysNotFound });
  if (info === undefined) return undefined;
  const user = readFields(readList(readFields(info).result)[0]);
  assertAbout(username, user.handle);
  const status = await ask(`/user.status?handle=${handle}&from=1&count=${limits.profileSubmissionsMax}`);
  const submissions = readList(readFields(status ?? { result: [] }).result)
    .slice(0, limits.profileSubmissionsMax)
    .map(readFields);

  const solved = new Map<string, number | null>();
  for (const { verdict, problem } of submissions) {
    if (verdict !== 'OK') continue;
    const { contestId, index, rating } = readFields(problem);
    solved.set(`${String(contestId)} ${String(index)}`, readNumber(rating));
  }
  const ratings = [...solved.values()].filter((rating) => rating !== null);
  const sum = ratings.reduce((total, rating) => total + rating, 0);

  return {
    firstName: readText(user.firstName),
    lastName: readText(user.lastName),
    country: readText(user.country),
    city: readText(user.city),
    organization: readText(user.organization),
    rating: readNumber(user.rating),
    maxRating: readNumber(user.maxRating),
    rank: readText(user.rank),
    maxRank: readText(user.maxRank),
    contribution: readNumber(user.contribution),
    registeredAt: readTime(user.registrationTimeSeconds),
    lastOnlineAt: readTime(user.lastOnlineTimeSeconds),
    acceptedCount: solved.size,
    totalSubmissions: submissions.length,
    maxProblemRating: ratings.length === 0 ? null : Math.max(...ratings),
    avgProblemRating: ratings.length === 0 ? null : Math.round(sum / ratings.length),
  };
};

/** 400, as for anything else that it does not like. */
function saysNotFound({ status, body }: OutboundAnswer): boolean {
  return status === 400 && / not found$/.test(String((body as Partial<Fields> | undefined)?.comment));
}
