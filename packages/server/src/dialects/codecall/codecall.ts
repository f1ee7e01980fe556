import type { AccountService } from '../../accounts/service.ts';
import type { BanService } from '../../bans/service.ts';
import type { FriendService } from '../../friends/service.ts';
import type { SignedInAccess } from '../../gateway/authorize.ts';
import type { Tokens } from '../../gateway/tokens.ts';
import type { InvitationService } from '../../invitations/service.ts';
import type { MemberService } from '../../members/service.ts';
import type { RoomService } from '../../rooms/service.ts';
import type { RunService } from '../../runs/service.ts';
import type { SignInService } from '../../sign-in/service.ts';
import type { AliasStore } from '../alias-store.ts';
import type { Dialect } from '../dialect.ts';
import { renderCodeCall } from './fault.ts';
import { createCodeCallFriends } from './friendships.ts';
import { createLaterSignIn } from './later-sign-in.ts';
import type { PlaceServices } from './place.ts';
import { registerCodeCallRoutes } from './routes.ts';
import { createCodeCallSessions } from './sessions.ts';
import { createCodeCallSignIn } from './sign-in.ts';
import { createCodeCallSockets } from './sockets.ts';

export interface CodeCallOptions extends Omit<PlaceServices, 'members'> {
  accounts: Pick<AccountService, 'register'>;
  signIn: SignInService;
  signedIn: SignedInAccess;
  tokens: Tokens;
  friends: FriendService;
  rooms: RoomService;
  members: MemberService;
  bans: BanService;
  invitations: InvitationService;
  runs: RunService;
  aliases: AliasStore;
  now(): number;
}

/** CodeCall: practice sessions of two, by accounts and friends; its whole code, strokes and signals by Socket.IO. */
export interface CodeCall {
  dialect: Dialect;
  /** For addresses that it has in common with another system: before any handler of these. */
  laterSignIn: ReturnType<typeof createLaterSignIn>;
}

export function createCodeCall(options: CodeCallOptions): CodeCall {
  const signIn = createCodeCallSignIn(options);
  const sessions = createCodeCallSessions(options);
  const friends = createCodeCallFriends(options.friends);
  return {
    laterSignIn: createLaterSignIn(signIn),
    dialect: {
      name: 'codecall',
      tag: { name: 'CodeCall', description: 'Practice sessions of two, as CodeCall has them; also under `/api`' },
      paths,
      render: renderCodeCall,
      sockets: createCodeCallSockets({ ...options, sessions }),
      register: (http) => registerCodeCallRoutes(http, { signIn, friends, sessions, runs: options.runs }),
    },
  };
}

const paths = [
  '/auth/*',
  '/friends',
  '/friends/*',
  '/sessions',
  '/sessions/*',
  '/execute/*',
  '/api/auth/register',
  '/api/friends',
  '/api/friends/*',
  '/api/sessions',
  '/api/sessions/*',
  '/api/execute/*',
  '/api/test/*',
];
