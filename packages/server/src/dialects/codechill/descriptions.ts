import type { Message as OurMessage, ProfileStats, Run } from '@coderoom/protocol';
import type { AccountRow } from '../../accounts/store.ts';
import { toV4 } from '../ids.ts';
import type { ExecutionRow, Message, Person, Stats, User } from './shapes.ts';

/** What is ours, in the shapes of CodeChill. */

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
