import type { Message as OurMessage, ProfileStats, Run } from '@coderoom/protocol';
import { type Static, type TSchema, Type } from 'typebox';
import type { AccountRow } from '../../accounts/store.ts';
import { toV4 } from '../ids.ts';

/** What travels to CodeChill's clients, in their words. */

const Nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
const Id = Type.String({ description: 'UUIDv4' });
const Text = Type.String();
const TextOrNull = Nullable(Type.String());
const NumberOrNull = Nullable(Type.Number());
const Time = Type.String({ description: 'UTC without a zone, with microseconds' });
const TimeOrNull = Nullable(Time);
const Counts = Type.Record(Type.String(), Type.Integer());

const userFields = {
  id: Id,
  email: Nullable(Type.String({ description: 'null: none that a provider has verified' })),
  name: Text,
  picture: TextOrNull,
  github_username: TextOrNull,
  leetcode_username: TextOrNull,
  codeforces_username: TextOrNull,
  created_at: Time,
  updated_at: Time,
  is_active: Type.Boolean(),
  is_verified: Type.Boolean(),
};
export const User = Type.Object(userFields, { additionalProperties: false });
export type User = Static<typeof User>;

const statsFields = {
  github_stats: Nullable(
    Type.Object({
      username: Text,
      name: TextOrNull,
      bio: TextOrNull,
      location: TextOrNull,
      company: TextOrNull,
      blog: TextOrNull,
      public_repos: Type.Integer(),
      followers: Type.Integer(),
      following: Type.Integer(),
      total_stars: Type.Integer(),
      total_forks: Type.Integer(),
      languages: Counts,
      created_at: TimeOrNull,
      updated_at: TimeOrNull,
    }),
  ),
  leetcode_stats: Nullable(
    Type.Object({
      username: Text,
      real_name: TextOrNull,
      about_me: TextOrNull,
      country: TextOrNull,
      company: TextOrNull,
      school: TextOrNull,
      ranking: NumberOrNull,
      accepted_submissions: Counts,
      total_submissions: Counts,
      updated_at: TimeOrNull,
    }),
  ),
  codeforces_stats: Nullable(
    Type.Object({
      username: Text,
      first_name: TextOrNull,
      last_name: TextOrNull,
      country: TextOrNull,
      city: TextOrNull,
      organization: TextOrNull,
      rating: NumberOrNull,
      max_rating: NumberOrNull,
      rank: TextOrNull,
      max_rank: TextOrNull,
      contribution: NumberOrNull,
      registration_time: TimeOrNull,
      last_online_time: TimeOrNull,
      accepted_count: Type.Integer(),
      total_submissions: Type.Integer(),
      max_problem_rating: NumberOrNull,
      avg_problem_rating: NumberOrNull,
      updated_at: TimeOrNull,
    }),
  ),
};
export const Stats = Type.Object(statsFields, { additionalProperties: false });
export type Stats = Static<typeof Stats>;

export const Profile = Type.Object({ ...userFields, ...statsFields }, { additionalProperties: false });

const { email: _email, is_verified: _isVerified, updated_at: _updatedAt, ...personFields } = userFields;
/** Somebody, as others see them. */
export const Person = Type.Object(personFields, { additionalProperties: false });
export type Person = Static<typeof Person>;
export const PersonProfile = Type.Object({ ...personFields, ...statsFields }, { additionalProperties: false });

export const Participant = Type.Object(
  {
    id: Id,
    room_id: Id,
    user_id: Id,
    user_name: Text,
    user_picture: TextOrNull,
    role: Type.Union([Type.Literal('owner'), Type.Literal('moderator'), Type.Literal('participant')]),
    is_active: Type.Boolean(),
    cursor_line: Type.Integer(),
    cursor_column: Type.Integer(),
    selection_data: Type.Any(),
    joined_at: Time,
    last_seen: Time,
  },
  { additionalProperties: false },
);
export type Participant = Static<typeof Participant>;

const roomFields = {
  id: Id,
  name: Text,
  description: Text,
  is_private: Type.Boolean(),
  max_participants: Type.Integer(),
  current_participants: Type.Integer(),
  language: Text,
  is_active: Type.Boolean(),
  created_by: Id,
  created_at: Time,
  updated_at: Time,
  last_activity: Time,
  content_version: Type.Integer({ description: 'from 1 on; may be larger than 32 bits hold' }),
  participants: Type.Array(Participant),
};
export const Room = Type.Object(roomFields, { additionalProperties: false });
export type Room = Static<typeof Room>;

const ownerFields = { owner_name: Text, owner_picture: TextOrNull };
export const ListedRoom = Type.Object({ ...roomFields, ...ownerFields }, { additionalProperties: false });
export type ListedRoom = Static<typeof ListedRoom>;

export const OwnRoom = Type.Object(
  { ...roomFields, ...ownerFields, user_role: Text, joined_at: Time },
  { additionalProperties: false },
);

export const SeenRoom = Type.Object(
  { ...roomFields, ...ownerFields, is_participant: Type.Boolean(), user_role: Type.Optional(Text) },
  { additionalProperties: false },
);

export const Pagination = Type.Object(
  {
    page: Type.Integer(),
    pages: Type.Integer(),
    per_page: Type.Integer(),
    total: Type.Integer(),
    has_next: Type.Boolean(),
    has_prev: Type.Boolean(),
  },
  { additionalProperties: false },
);

export const Message = Type.Object(
  {
    id: Id,
    room_id: Id,
    user_id: Nullable(Type.String({ description: 'null: the system’s' })),
    user_name: Text,
    user_picture: TextOrNull,
    content: Text,
    message_type: Type.Union([
      Type.Literal('text'),
      Type.Literal('code'),
      Type.Literal('system'),
      Type.Literal('file'),
    ]),
    is_edited: Type.Boolean(),
    reply_to: TextOrNull,
    created_at: Time,
    edited_at: TimeOrNull,
  },
  { additionalProperties: false },
);
export type Message = Static<typeof Message>;

export const ExecutionRow = Type.Object(
  {
    id: Id,
    execution_id: Id,
    room_id: Id,
    user_id: Id,
    user_name: Text,
    language: Text,
    source_code: Nullable(Type.String({ description: 'null: not known any more' })),
    input_data: TextOrNull,
    output: Text,
    error_output: Text,
    compile_output: Text,
    exit_code: NumberOrNull,
    execution_time: Nullable(Type.Number({ description: 'seconds of processor time' })),
    memory_usage: Nullable(Type.Number({ description: 'KB' })),
    status: Type.Union([
      Type.Literal('pending'),
      Type.Literal('running'),
      Type.Literal('completed'),
      Type.Literal('failed'),
    ]),
    created_at: Time,
    started_at: TimeOrNull,
    completed_at: TimeOrNull,
  },
  { additionalProperties: false },
);
export type ExecutionRow = Static<typeof ExecutionRow>;

/** CodeChill's moderators may do what participants may: ours are called participants. */
export function toRole(role: string): 'owner' | 'participant' {
  return role === 'owner' ? 'owner' : 'participant';
}

/** A time as CodeChill writes it: UTC, though nothing says so, and down to the microsecond. */
export function toTime(at: number | string): string {
  return `${new Date(at).toISOString().slice(0, -1)}000`;
}

const toTimeOrNull = (at: string | null) => (at === null ? null : toTime(at));

export function describeUser({ account, toldEmail }: { account: AccountRow; toldEmail: string | null }): User {
  const { id, email, name, picture, githubUsername, leetcodeUsername, codeforcesUsername } = account;
  return {
    id: toV4(id),
    email: email ?? toldEmail,
    name,
    picture,
    github_username: githubUsername,
    leetcode_username: leetcodeUsername,
    codeforces_username: codeforcesUsername,
    created_at: toTime(account.createdAt),
    updated_at: toTime(account.updatedAt),
    is_active: true,
    is_verified: account.emailVerified,
  };
}

export function describePerson(account: AccountRow): Person {
  const { email: _, is_verified: __, updated_at: ___, ...person } = describeUser({ account, toldEmail: null });
  return person;
}

export function describeStats({ github, leetcode, codeforces }: ProfileStats): Stats {
  return {
    github_stats: ofGithub(github),
    leetcode_stats: ofLeetcode(leetcode),
    codeforces_stats: ofCodeforces(codeforces),
  };
}

function ofGithub(known: ProfileStats['github']): Stats['github_stats'] {
  if (known?.stats == null) return null;
  const { publicRepos, totalStars, totalForks, createdAt, updatedAt, ...same } = known.stats;
  return {
    username: known.username,
    ...same,
    public_repos: publicRepos,
    total_stars: totalStars,
    total_forks: totalForks,
    created_at: toTimeOrNull(createdAt),
    updated_at: toTimeOrNull(updatedAt),
  };
}

function ofLeetcode(known: ProfileStats['leetcode']): Stats['leetcode_stats'] {
  if (known?.stats == null) return null;
  const { realName, aboutMe, acceptedSubmissions, totalSubmissions, ...same } = known.stats;
  return {
    username: known.username,
    ...same,
    real_name: realName,
    about_me: aboutMe,
    accepted_submissions: acceptedSubmissions,
    total_submissions: totalSubmissions,
    updated_at: toTimeOrNull(known.fetchedAt),
  };
}

function ofCodeforces(known: ProfileStats['codeforces']): Stats['codeforces_stats'] {
  if (known?.stats == null) return null;
  const stats = known.stats;
  return {
    username: known.username,
    first_name: stats.firstName,
    last_name: stats.lastName,
    country: stats.country,
    city: stats.city,
    organization: stats.organization,
    rating: stats.rating,
    max_rating: stats.maxRating,
    rank: stats.rank,
    max_rank: stats.maxRank,
    contribution: stats.contribution,
    registration_time: toTimeOrNull(stats.registeredAt),
    last_online_time: toTimeOrNull(stats.lastOnlineAt),
    accepted_count: stats.acceptedCount,
    total_submissions: stats.totalSubmissions,
    max_problem_rating: stats.maxProblemRating,
    avg_problem_rating: stats.avgProblemRating,
    updated_at: toTimeOrNull(known.fetchedAt),
  };
}

/** Who said or ran something, as its clients know them. */
export interface Author {
  userId: string | null;
  picture: string | null;
}

export function describeMessage(message: OurMessage, author: Author): Message {
  return {
    id: toV4(message.id),
    room_id: toV4(message.roomId),
    user_id: author.userId,
    user_name: message.memberName,
    user_picture: author.picture,
    content: message.text,
    message_type: message.type,
    is_edited: message.editedAt !== null,
    reply_to: message.replyTo === null ? null : toV4(message.replyTo),
    created_at: toTime(message.createdAt),
    edited_at: toTimeOrNull(message.editedAt),
  };
}

/** What a program was started with, as far as it is remembered. */
export interface Source {
  code: string;
  input: string;
}

export function describeExecution(roomId: string, run: Run, userId: string, source: Source | undefined): ExecutionRow {
  const { result } = run;
  const createdAt = Date.parse(run.createdAt);
  return {
    id: toV4(run.id),
    execution_id: toV4(run.id),
    room_id: toV4(roomId),
    user_id: userId,
    user_name: run.memberName,
    language: run.language,
    source_code: source?.code ?? null,
    input_data: source?.input ?? null,
    output: result?.stdout ?? '',
    error_output: result?.stderr ?? '',
    compile_output: result?.compileOutput ?? '',
    exit_code: result?.exitCode ?? null,
    execution_time: result === null ? null : result.cpuMs / msPerSecond,
    memory_usage: result?.peakBytes == null ? null : Math.round(result.peakBytes / bytesPerKb),
    status: statusOf(run),
    created_at: toTime(createdAt),
    started_at: run.state === 'queued' ? null : toTime(createdAt),
    completed_at: result === null ? null : toTime(createdAt + Math.max(0, Math.round(result.wallMs))),
  };
}

const msPerSecond = 1_000;
const bytesPerKb = 1_024;

function statusOf({ state, result }: Run): ExecutionRow['status'] {
  switch (state) {
    case 'queued':
      return 'pending';
    case 'running':
      return 'running';
    case 'finished':
      return result?.status === 'ok' ? 'completed' : 'failed';
    default:
      return state satisfies never;
  }
}
