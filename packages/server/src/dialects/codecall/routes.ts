import type { FastifyReply, FastifyRequest } from 'fastify';
import { decodeJwt } from 'jose';
import { type TSchema, Type } from 'typebox';
import type { SignedIn } from '../../gateway/authorize.ts';
import type { Http } from '../../gateway/http.ts';
import type { RateKind } from '../../gateway/rate-limits.ts';
import type { RunService } from '../../runs/service.ts';
import { deviceOf } from '../../sign-in/sign-in-answer.ts';
import { codeCallFault } from './fault.ts';
import type { CodeCallFriends } from './friendships.ts';
import { runProgram } from './program.ts';
import type { CodeCallSessions } from './sessions.ts';
import {
  ExecuteBody,
  Executed,
  Failure,
  Friend,
  FriendAcceptBody,
  FriendRequestBody,
  LoggedIn,
  LoginBody,
  RefreshBody,
  RegisterBody,
  Registered,
  Session,
  Success,
} from './shapes.ts';
import type { CodeCallSignIn } from './sign-in.ts';

export interface CodeCallRoutesOptions {
  signIn: CodeCallSignIn;
  friends: CodeCallFriends;
  sessions: CodeCallSessions;
  runs: Pick<RunService, 'runOnce'>;
}

/** Under `/api` once more: that is where its later generation asks. */
const laterPrefix = '/api';
/** Another system's paths there; its routes answer for both. */
const answeredElsewhere = ['/api/auth/login', '/api/auth/refresh', '/api/auth/logout'];

/** What an operation is, besides its address. */
interface Operation {
  id: string;
  summary: string;
  rate?: RateKind;
  body?: TSchema;
  answer: TSchema;
  status?: 200 | 201;
  failures: number[];
  /** Without it, anybody may ask. */
  isOpen?: true;
}

export function registerCodeCallRoutes(http: Http, { signIn, friends, sessions, runs }: CodeCallRoutesOptions): void {
  /** A route of both generations, at the addresses that they have for it. */
  function route(
    method: 'GET' | 'POST',
    addresses: string[],
    operation: Operation,
    handle: (request: FastifyRequest, reply: FastifyReply) => Promise<object>,
  ): void {
    const { id, summary, rate, body, answer, status = 200, failures, isOpen = false } = operation;
    for (const url of addresses.filter((one) => !answeredElsewhere.includes(one))) {
      const parameter = /:(\w+)/.exec(url)?.[1];
      const schema = {
        tags: ['CodeCall'],
        operationId: `codecall${id}`,
        summary,
        security: isOpen ? [] : [{ codeCallToken: [] }],
        ...(parameter === undefined ? {} : { params: Type.Object({ [parameter]: Type.String() }) }),
        ...(body === undefined ? {} : { body }),
        response: {
          [status]: answer,
          ...failing(...failures, ...(isOpen ? [] : [401]), ...(method === 'GET' ? [] : [413])),
        },
        // One generation is enough for the API's documentation.
        hide: url !== addresses[0],
      };
      http.route({
        method,
        url,
        ...(rate === undefined ? {} : { config: { rate } }),
        schema,
        handler: async (request, reply) => reply.status(status).send(await handle(request, reply)),
      });
    }
  }

  const both = (path: string, later = path) => [path, laterPrefix + later];
  const who = ({ headers }: FastifyRequest): Promise<SignedIn> => signIn.byHeader(headers.authorization);
  const idOf = ({ params }: FastifyRequest) => Object.values(params as Record<string, string>)[0] ?? '';
  const bodyOf = <Body>({ body }: FastifyRequest) => body as Body;

  route(
    'POST',
    both('/auth/register'),
    {
      id: 'Register',
      summary: 'Make an account',
      rate: 'registrations',
      body: RegisterBody,
      answer: Registered,
      status: 201,
      failures: [409],
      isOpen: true,
    },
    (request) => signIn.register(bodyOf(request), deviceOf(request)),
  );
  route(
    'POST',
    both('/auth/login'),
    { id: 'Login', summary: 'Sign in', body: LoginBody, answer: LoggedIn, failures: [401], isOpen: true },
    (request) => signIn.login(bodyOf(request), deviceOf(request)),
  );
  route(
    'POST',
    both('/auth/refresh'),
    { id: 'Refresh', summary: 'The next tokens', body: RefreshBody, answer: LoggedIn, failures: [401], isOpen: true },
    (request) => signIn.refresh(bodyOf(request), deviceOf(request)),
  );
  route(
    'POST',
    both('/auth/logout'),
    { id: 'Logout', summary: 'Sign out', body: RefreshBody, answer: Success(), failures: [], isOpen: true },
    (request) => signIn.logout(bodyOf(request), deviceOf(request)),
  );

  route(
    'GET',
    both('/friends'),
    { id: 'ListFriends', summary: 'Friendships', answer: Success(Type.Array(Friend)), failures: [] },
    async (request) => success('Success', await friends.list((await who(request)).account.id)),
  );
  route(
    'POST',
    both('/friends/request'),
    {
      id: 'RequestFriend',
      summary: 'Ask somebody to be friends',
      rate: 'friendRequests',
      body: FriendRequestBody,
      answer: Success(Friend),
      failures: [404, 409],
    },
    async (request) => {
      const { account } = await who(request);
      const { receiverId } = bodyOf<{ receiverId?: string }>(request);
      if (receiverId === undefined) throw codeCallFault(400, 'receiverId is required');
      return success('Friend request sent', await friends.ask(account, receiverId));
    },
  );
  const accepting = { summary: 'Accept a request', answer: Success(Friend), failures: [403, 409] };
  route('POST', both('/friends/accept/:friendRequest'), { id: 'AcceptFriend', ...accepting }, async (request) => {
    const { account } = await who(request);
    return success('Friend request accepted', await friends.accept(account, idOf(request)));
  });
  route(
    'POST',
    both('/friends/accept'),
    { id: 'AcceptFriendByBody', ...accepting, body: FriendAcceptBody },
    async (request) => {
      const { account } = await who(request);
      const { requestId } = bodyOf<{ requestId?: string }>(request);
      if (requestId === undefined) throw codeCallFault(400, 'requestId is required');
      return success('Friend request accepted', await friends.accept(account, requestId));
    },
  );

  const ofSession = { answer: Success(Session) };
  route(
    'POST',
    both('/sessions'),
    { id: 'CreateSession', summary: 'Make a practice session', rate: 'rooms', ...ofSession, failures: [409] },
    async (request) => success('Session created', await sessions.create(await who(request), request.address)),
  );
  route(
    'POST',
    both('/sessions/join/:practice', '/sessions/:practice/join'),
    { id: 'JoinSession', summary: 'Come in as the guest', rate: 'joins', ...ofSession, failures: [403, 404] },
    async (request) =>
      success('Session joined', await sessions.join(await who(request), idOf(request), request.address)),
  );
  route(
    'POST',
    both('/sessions/end/:practice', '/sessions/:practice/end'),
    { id: 'EndSession', summary: 'End a session', ...ofSession, failures: [403] },
    async (request) => success('Session ended', await sessions.end(await who(request), idOf(request))),
  );

  route(
    'POST',
    both('/execute/run'),
    {
      id: 'Execute',
      summary: 'Run JavaScript',
      rate: 'runs',
      body: ExecuteBody,
      answer: Success(Executed),
      failures: [],
    },
    async (request, reply) => {
      const { account } = await who(request);
      const { code } = bodyOf<{ code?: string }>(request);
      if (code === undefined || code === '') throw codeCallFault(400, 'Code is required');
      const hungUp = new AbortController();
      reply.raw.once('close', () => hungUp.abort());
      return success('Success', await runProgram(runs, account.id, code, hungUp.signal));
    },
  );

  route(
    'GET',
    ['/api/test/protected'],
    { id: 'ShowToken', summary: 'What the token says', answer: Type.Object({}), failures: [] },
    async (request) => {
      await who(request);
      const { userId, email, iat, exp } = decodeJwt(request.headers.authorization?.slice('Bearer '.length) ?? '');
      return { success: true, message: 'Protected route accessed', user: { userId, email, iat, exp } };
    },
  );
}

const success = (message: string, data: unknown) => ({ success: true, message, data });

/** Besides those that every request may meet. */
function failing(...statuses: number[]): Record<number, object> {
  const all = new Set([400, 429, 500, 503, ...statuses]);
  return Object.fromEntries([...all].map((status) => [status, Failure]));
}
