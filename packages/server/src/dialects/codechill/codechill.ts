import { Type } from 'typebox';
import type { AccountService } from '../../accounts/service.ts';
import type { BanService } from '../../bans/service.ts';
import type { ChatService } from '../../chat/service.ts';
import type { RoomCursors } from '../../files/room-cursors.ts';
import type { WholeTexts } from '../../files/whole-texts.ts';
import type { FriendService } from '../../friends/service.ts';
import type { SignedInAccess } from '../../gateway/authorize.ts';
import { withoutToken } from '../../gateway/openapi.ts';
import type { RateLimits } from '../../gateway/rate-limits.ts';
import type { Tokens } from '../../gateway/tokens.ts';
import type { MemberService } from '../../members/service.ts';
import type { ProfileService } from '../../profiles/service.ts';
import type { RoomLists } from '../../rooms/lists.ts';
import type { RoomService } from '../../rooms/service.ts';
import type { RunService } from '../../runs/service.ts';
import type { OidcIssuer } from '../../sign-in/issuer.ts';
import type { SignInService } from '../../sign-in/service.ts';
import type { Dialect } from '../dialect.ts';
import { registerAuthRoutes } from './auth-routes.ts';
import { registerChatRoutes } from './chat-routes.ts';
import { createConversations } from './conversations.ts';
import { registerExecutionRoutes } from './execution-routes.ts';
import { createCodeChillExecutions } from './executions.ts';
import { renderProblem } from './fault.ts';
import { createOwnRooms } from './own-rooms.ts';
import { createCodeChillProfiles } from './profiles.ts';
import { registerRoomRoutes } from './room-routes.ts';
import { createRoomViews } from './room-views.ts';
import { createCodeChillRooms } from './rooms.ts';
import { createAskers, faults } from './route-kit.ts';
import { createCodeChillSignIns } from './sign-ins.ts';
import { registerUserRoutes } from './user-routes.ts';

export interface CodeChillServices {
  tokens: Tokens;
  signedIn: SignedInAccess;
  signIn: SignInService;
  provider: Pick<OidcIssuer, 'verifyToken'> | undefined;
  /** The provider's address as the configuration has it. */
  issuer: string | undefined;
  accounts: AccountService;
  profiles: ProfileService;
  friends: FriendService;
  rooms: RoomService;
  lists: RoomLists;
  members: MemberService;
  bans: BanService;
  chat: ChatService;
  runs: RunService;
  wholeTexts: WholeTexts;
  roomCursors: RoomCursors;
  rateLimits: RateLimits;
  logger: { error(details: object, message: string): void };
  now(): number;
}

/** CodeChill: its routes below `/api`, and its sockets. */
export function createCodeChill(services: CodeChillServices): Dialect {
  const { accounts, profiles, friends, rooms, lists, members, bans, chat, runs, wholeTexts, rateLimits } = services;
  const signIns = createCodeChillSignIns(services);
  const views = createRoomViews({ members, accounts, wholeTexts });
  const codechillRooms = createCodeChillRooms({ rooms, members, bans });
  const executions = createCodeChillExecutions({ runs, views });
  const codechillProfiles = createCodeChillProfiles({ accounts, profiles });
  const ownRooms = createOwnRooms({ lists, rooms, views });
  const conversations = createConversations({ ...services, signIns, codechillRooms, views, executions });
  const askers = createAskers(signIns);

  return {
    name: 'codechill',
    tag: {
      name: 'CodeChill',
      description: 'Clients of CodeChill: sign-in by a provider’s token, rooms, chat, execution',
    },
    paths: [
      '/api',
      ...['auth', 'rooms', 'chat', 'execution', 'users'].flatMap((noun) => [`/api/${noun}`, `/api/${noun}/*`]),
    ],
    cors: 'own',
    dropsSlash: true,
    sockets: conversations.dialect,
    render: (problem, { routeOptions }) => renderProblem(problem, routeOptions.config.failure),

    register(http) {
      http.get(
        '/api',
        {
          schema: {
            tags: ['CodeChill'],
            security: withoutToken,
            operationId: 'codechillDescribe',
            summary: 'What is where',
            response: { 200: Type.Object({ name: Type.String() }, { additionalProperties: true }), ...faults() },
          },
        },
        async () => description,
      );
      registerAuthRoutes(http, { ...services, askers, signIns, profiles: codechillProfiles });
      registerRoomRoutes(http, { ...services, askers, codechillRooms, ownRooms, views, conversations });
      registerChatRoutes(http, { askers, codechillRooms, views, chat });
      registerExecutionRoutes(http, { askers, codechillRooms, executions, runs });
      registerUserRoutes(http, { askers, profiles: codechillProfiles, ownRooms, accounts, friends, rateLimits });
    },
  };
}

const description = {
  name: 'CodeChill API',
  version: '1.0.0',
  description: 'Real-time collaborative coding platform API',
  endpoints: { auth: '/api/auth', rooms: '/api/rooms', websocket: '/socket.io' },
};
