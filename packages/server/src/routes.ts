import { registerAccountRoutes } from './accounts/routes.ts';
import { registerAuditRoutes } from './audit/routes.ts';
import { registerBanRoutes } from './bans/routes.ts';
import { registerBoardRoutes } from './board/routes.ts';
import { registerCallRoutes } from './calls/routes.ts';
import { registerChatRoutes } from './chat/routes.ts';
import { registerFileRoutes } from './files/routes.ts';
import { registerFriendRoutes } from './friends/routes.ts';
import type { Http } from './gateway/http.ts';
import type { Origins } from './gateway/origin.ts';
import { registerInvitationRoutes } from './invitations/routes.ts';
import { registerKnockRoutes } from './knocks/routes.ts';
import { registerLanguageRoutes } from './languages/routes.ts';
import { registerMemberRoutes } from './members/routes.ts';
import { registerProfileRoutes } from './profiles/routes.ts';
import { registerRoomRoutes } from './rooms/routes.ts';
import { registerRunRoutes } from './runs/routes.ts';
import type { Base, Services } from './services.ts';
import { registerSessionRoutes } from './sessions/routes.ts';
import { createSealedFlows } from './sign-in/flow-cookie.ts';
import { registerOidcRoutes } from './sign-in/oidc-routes.ts';
import { registerSignInRoutes } from './sign-in/routes.ts';
import { createSignInAnswers } from './sign-in/sign-in-answer.ts';
import { registerSnippetRoutes } from './snippets/routes.ts';

/** The routes of all nouns. */
export function registerRoutes(
  http: Http,
  services: Services,
  {
    rateLimits,
    secretKey,
    execution,
    origins,
    now,
  }: Pick<Base, 'rateLimits' | 'secretKey' | 'execution' | 'now'> & { origins: Origins },
): void {
  const { access, signedIn, signIn, issuer, accounts, sessions, audit, rooms, lists, members, bans, knocks } = services;
  const { friends, invitations, profiles, files, boards, chat, snippets, runs, calls, languages, idempotency } =
    services;
  const { findFor } = services;

  const answers = createSignInAnswers({ accounts, origins, now });
  registerSignInRoutes(http, { signIn, answers, signedIn });
  registerOidcRoutes(http, { issuer, flows: createSealedFlows({ secretKey, now }), signIn, answers, origins });
  registerAccountRoutes(http, signedIn, accounts);
  registerSessionRoutes(http, { signedIn, sessions, audit });
  registerAuditRoutes(http, signedIn, audit);
  registerRoomRoutes(http, { access, signedIn, rooms, lists, members, audit, idempotency });
  registerProfileRoutes(http, { signedIn, profiles, findAccount: findFor, rateLimits });
  registerMemberRoutes(http, access, members);
  registerBanRoutes(http, access, bans);
  registerKnockRoutes(http, { access, knocks, findRoom: rooms.find });
  registerFriendRoutes(http, signedIn, friends);
  registerInvitationRoutes(http, { access, signedIn, invitations });
  registerFileRoutes(http, access, files);
  registerBoardRoutes(http, access, boards);
  registerChatRoutes(http, { access, chat, idempotency, rateLimits });
  registerSnippetRoutes(http, { access, snippets, idempotency });
  registerRunRoutes(http, { access, runs, idempotency });
  registerCallRoutes(http, access, calls);
  registerLanguageRoutes(http, languages, () => {
    const { tier, missing = [] } = execution.report();
    return { ...execution.abilities(), tier, missing };
  });
}
