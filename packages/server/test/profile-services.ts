import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Stands in for GitHub, LeetCode and Codeforces, each below a path of its own; well behaved until told otherwise. */
export interface ProfileServices extends AsyncDisposable {
  readonly url: string;
  /** The variables that lead a server here. */
  readonly env: Record<'GITHUB_API_URL' | 'LEETCODE_API_URL' | 'CODEFORCES_API_URL', string>;
  /** The paths that were asked for, queries included. */
  readonly asked: string[];
  /** Answers instead, for addresses that begin so; undefined: as before. */
  misbehave(prefix: string, answer: Answer | undefined): void;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export async function openProfileServices(): Promise<ProfileServices> {
  const asked: string[] = [];
  const instead = new Map<string, Answer>();
  const server = createServer((request, response) => {
    const { url = '' } = request;
    asked.push(url);
    const [, other] = [...instead].find(([prefix]) => url.startsWith(prefix)) ?? [];
    (other ?? behave)(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    env: {
      GITHUB_API_URL: `${url}/github`,
      LEETCODE_API_URL: `${url}/leetcode`,
      CODEFORCES_API_URL: `${url}/codeforces`,
    },
    asked,
    misbehave(prefix, answer) {
      if (answer === undefined) instead.delete(prefix);
      else instead.set(prefix, answer);
    },
    async [Symbol.asyncDispose]() {
      server.close().closeAllConnections();
    },
  };
}

/** Everybody but `nobody` has an account. */
async function behave(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://stand-in');
  const send = (body: unknown, status = 200) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const [, service, part, name = '', repos] = pathname.split('/');
  if (service === 'github' && part === 'users') {
    if (name === 'nobody') return void send({ message: 'Not Found' }, 404);
    return void send(repos === undefined ? githubUser(name) : githubRepositories(Number(searchParams.get('page'))));
  }
  if (service === 'leetcode') {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    const { username } = JSON.parse(text).variables;
    return void send({ data: { matchedUser: username === 'nobody' ? null : leetcodeUser(username) } });
  }
  const handle = searchParams.get('handles') ?? searchParams.get('handle') ?? '';
  if (handle === 'nobody') {
    return void send({ status: 'FAILED', comment: `handles: User with handle ${handle} not found` }, 400);
  }
  send({ status: 'OK', result: part === 'user.info' ? [codeforcesUser(handle)] : codeforcesSubmissions });
}

const githubUser = (login: string) => ({
  login,
  name: 'Ada\u202e Lovelace',
  bio: 'Notes\non an engine',
  location: 'London',
  company: null,
  blog: 'ada.example',
  public_repos: 60,
  followers: 12,
  following: 3,
  created_at: '2015-12-10T00:00:00Z',
  updated_at: '2026-01-02T03:04:05Z',
});

const githubRepositories = (page: number) =>
  Array.from({ length: page === 1 ? 50 : 10 }, (_, index) => ({
    stargazers_count: 2,
    forks_count: 1,
    language: index % 5 === 0 ? null : index % 2 === 0 ? 'TypeScript' : 'Python',
  }));

const leetcodeUser = (username: string) => ({
  username,
  profile: {
    realName: 'Ada',
    aboutMe: '',
    countryName: 'United Kingdom',
    company: null,
    school: 'At home',
    ranking: 4321,
  },
  submitStats: {
    acSubmissionNum: [
      { difficulty: 'All', count: 30 },
      { difficulty: 'Easy', count: 20 },
      { difficulty: 'Medium', count: 8 },
      { difficulty: 'Hard', count: 2 },
    ],
    totalSubmissionNum: [{ difficulty: 'All', submissions: 77 }],
  },
});

const codeforcesUser = (handle: string) => ({
  handle,
  firstName: 'Ada',
  country: 'United Kingdom',
  rating: 1500,
  maxRating: 1700,
  rank: 'specialist',
  maxRank: 'expert',
  contribution: -3,
  registrationTimeSeconds: 1_400_000_000,
  lastOnlineTimeSeconds: 1_700_000_000,
});

const codeforcesSubmissions = [
  { verdict: 'OK', problem: { contestId: 1, index: 'A', rating: 800 } },
  { verdict: 'OK', problem: { contestId: 1, index: 'A', rating: 800 } },
  { verdict: 'WRONG_ANSWER', problem: { contestId: 1, index: 'B', rating: 2400 } },
  { verdict: 'OK', problem: { contestId: 2, index: 'C', rating: 1501 } },
  { verdict: 'OK', problem: { contestId: 3, index: 'D' } },
];
