import { type Static, type TSchema, Type } from 'typebox';

const TextOrNull = Type.Union([Type.String(), Type.Null()]);
const NumberOrNull = Type.Union([Type.Number(), Type.Null()]);
const TimeOrNull = Type.Union([Type.String({ format: 'date-time' }), Type.Null()]);
const CountByName = Type.Record(Type.String(), Type.Integer());

export const GithubStats = Type.Object({
  name: TextOrNull,
  bio: TextOrNull,
  location: TextOrNull,
  company: TextOrNull,
  blog: Type.Union([Type.String(), Type.Null()], { description: 'an http or https address' }),
  publicRepos: Type.Integer(),
  followers: Type.Integer(),
  following: Type.Integer(),
  totalStars: Type.Integer({ description: 'of the repositories that were pushed to last, as are the next two' }),
  totalForks: Type.Integer(),
  languages: Type.Record(Type.String(), Type.Integer(), { description: 'how many repositories are mostly in it' }),
  createdAt: TimeOrNull,
  updatedAt: TimeOrNull,
});
export type GithubStats = Static<typeof GithubStats>;

export const LeetcodeStats = Type.Object({
  realName: TextOrNull,
  aboutMe: TextOrNull,
  country: TextOrNull,
  company: TextOrNull,
  school: TextOrNull,
  ranking: NumberOrNull,
  acceptedSubmissions: Type.Record(Type.String(), Type.Integer(), {
    description: 'problems solved, by difficulty: All, Easy, Medium, Hard',
  }),
  totalSubmissions: CountByName,
});
export type LeetcodeStats = Static<typeof LeetcodeStats>;

export const CodeforcesStats = Type.Object({
  firstName: TextOrNull,
  lastName: TextOrNull,
  country: TextOrNull,
  city: TextOrNull,
  organization: TextOrNull,
  rating: NumberOrNull,
  maxRating: NumberOrNull,
  rank: TextOrNull,
  maxRank: TextOrNull,
  contribution: NumberOrNull,
  registeredAt: TimeOrNull,
  lastOnlineAt: TimeOrNull,
  acceptedCount: Type.Integer({ description: 'problems solved among the latest submissions, as are the next three' }),
  totalSubmissions: Type.Integer(),
  maxProblemRating: NumberOrNull,
  avgProblemRating: NumberOrNull,
});
export type CodeforcesStats = Static<typeof CodeforcesStats>;

/** The numbers of one service, as far as they are known. */
const serviceStats = <Stats extends TSchema>(stats: Stats) =>
  Type.Union(
    [
      Type.Null(),
      Type.Object({
        username: Type.String(),
        state: Type.Union(
          [Type.Literal('ready'), Type.Literal('pending'), Type.Literal('failed'), Type.Literal('unknown-user')],
          { description: 'pending: never fetched yet; failed: `stats` is what was known before, if anything was' },
        ),
        isFetching: Type.Boolean({ description: 'asking again soon gives something newer' }),
        fetchedAt: TimeOrNull,
        stats: Type.Union([stats, Type.Null()]),
      }),
    ],
    { description: 'null: no username is given, or this server does not ask that service' },
  );

export const ProfileStats = Type.Object(
  {
    github: serviceStats(GithubStats),
    leetcode: serviceStats(LeetcodeStats),
    codeforces: serviceStats(CodeforcesStats),
  },
  { $id: 'ProfileStats', additionalProperties: false },
);
export type ProfileStats = Static<typeof ProfileStats>;

/** Where the numbers of a profile come from. */
export type ProfileServiceName = keyof ProfileStats;
