import { createCollab } from '@coderoom/collab';
import { limits } from '@coderoom/protocol';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import { createAttempts } from './accounts/attempts.ts';
import { createPasswords } from './accounts/passwords.ts';
import { createAccountService } from './accounts/service.ts';
import { createAccountStore } from './accounts/store.ts';
import type { AppOverrides } from './app.ts';
import { observeAudit } from './audit/observed.ts';
import { createAuditService } from './audit/service.ts';
import { createAuditStore } from './audit/store.ts';
import { createBanService } from './bans/service.ts';
import { createBanStore } from './bans/store.ts';
import { createBoardService } from './board/service.ts';
import type { BrowserExecution } from './browser-runs/execution.ts';
import { createRelayCredentials } from './calls/relay-credentials.ts';
import { createCallService } from './calls/service.ts';
import { createChatService } from './chat/service.ts';
import { createMessageStore } from './chat/store.ts';
import type { Config } from './config.ts';
import type { Connections } from './connections.ts';
import type { Execution } from './execution.ts';
import { createRoomCursors } from './files/room-cursors.ts';
import { createFileService } from './files/service.ts';
import { createDocumentStore } from './files/store.ts';
import { createWholeTextStore } from './files/whole-text-store.ts';
import { createWholeTexts } from './files/whole-texts.ts';
import { createFriendService } from './friends/service.ts';
import { createFriendStore } from './friends/store.ts';
import { createAccess, createSignedInAccess } from './gateway/authorize.ts';
import { createIdempotency } from './gateway/idempotency.ts';
import { createIdempotencyStore } from './gateway/idempotency-store.ts';
import type { Metrics } from './gateway/metrics.ts';
import { createOutbound } from './gateway/outbound.ts';
import { createPresence } from './gateway/presence.ts';
import { countAccess, countSignedIn, type RateLimits } from './gateway/rate-limits.ts';
import { createRoomEvents } from './gateway/room-events.ts';
import { createTokens } from './gateway/tokens.ts';
import { createInvitationService } from './invitations/service.ts';
import { createInvitationStore } from './invitations/store.ts';
import { createKnockTokens } from './knocks/knock-tokens.ts';
import { createKnockService } from './knocks/service.ts';
import { createKnockStore } from './knocks/store.ts';
import { createLanguageService } from './languages/service.ts';
import { createMemberService } from './members/service.ts';
import { createMemberStore } from './members/store.ts';
import { createProfileService } from './profiles/service.ts';
import { createProfileStatsStore } from './profiles/store.ts';
import { createActivity } from './rooms/activity.ts';
import { createEntries } from './rooms/entries.ts';
import { createRoomListStore } from './rooms/list-store.ts';
import { createRoomLists } from './rooms/lists.ts';
import { createRetention } from './rooms/retention.ts';
import { createRoomPasswords } from './rooms/room-passwords.ts';
import { createRoomService } from './rooms/service.ts';
import { createRoomStore } from './rooms/store.ts';
import { createVisits } from './rooms/visits.ts';
import { createRunService } from './runs/service.ts';
import { createRunStore } from './runs/store.ts';
import { createSessionService } from './sessions/service.ts';
import { createSessionStore } from './sessions/store.ts';
import { createOidcIssuer } from './sign-in/issuer.ts';
import { createSignInService } from './sign-in/service.ts';
import { createSnippetService } from './snippets/service.ts';
import { createSnippetStore } from './snippets/store.ts';
import type { Database } from './storage/schema.ts';

/** What everything else stands on. */
export interface Base {
  config: Config;
  logger: Logger;
  db: Kysely<Database>;
  rateLimits: RateLimits;
  secretKey: string;
  metrics: Pick<Metrics, 'acted'>;
  execution: Execution;
  /** Undefined: this server lets no program run anywhere. */
  browserExecution: BrowserExecution | undefined;
  /** What tests replace. */
  overrides: Pick<AppOverrides, 'tokenTtlMs' | 'accessTokenTtlMs' | 'oidc' | 'presenceGraceMs'>;
  createId(): string;
  random(): number;
  now(): number;
}

export type Services = ReturnType<typeof createServices>;

/** The services of all nouns, wired to each other and to their stores. They know their clients by `connections`, which come later. */
export function createServices(base: Base, connections: () => Connections) {
  const { config, logger, db, rateLimits, secretKey, metrics, execution, browserExecution, overrides } = base;
  const { createId, random, now } = base;

  const tokens = createTokens({
    secretKey,
    now,
    ttlMs: overrides.tokenTtlMs ?? limits.roomTokenTtlMs,
    accountTtlMs: overrides.accessTokenTtlMs ?? limits.accessTokenTtlMs,
  });
  const audit = observeAudit(createAuditService({ store: createAuditStore(db), createId, now, logger }), metrics.acted);
  const passwords = createPasswords();
  const sessions = createSessionService({
    store: createSessionStore(db),
    tokens,
    audit,
    secretKey,
    disconnect: (sessionId) => {
      connections().events.disconnectSession(sessionId);
      connections().account.disconnectSession(sessionId);
      connections().documents.disconnectSession(sessionId);
      runs.unfollowSession(sessionId);
    },
    createId,
    now,
  });
  const signedIn = countSignedIn(createSignedInAccess({ tokens, findSession: sessions.find }), rateLimits);
  const accounts = createAccountService({
    store: createAccountStore(db),
    passwords,
    attempts: createAttempts(rateLimits),
    sessions,
    audit,
    leaveRooms: (accountId) => rooms.forgetAccount(accountId),
    async claimRoom(token, account) {
      const guest = await access.byToken(token);
      if (guest.member.accountId !== null) return false;
      await members.claim(guest, account.id);
      return true;
    },
    random,
    createId,
    now,
  });
  const issuer =
    config.oidc === undefined ? undefined : createOidcIssuer(config.oidc, { now, logger, ...overrides.oidc });
  const signIn = createSignInService({ accounts, sessions, audit, issuer });
  const events = createRoomEvents();
  const presence = createPresence({
    now,
    graceMs: overrides.presenceGraceMs ?? limits.presenceGraceMs,
    onOffline: (roomId, memberId) => events.publish(roomId, 'member:left', { memberId }),
    onUsed: (roomId) => activity.note(roomId),
  });
  const documents = createDocumentStore(db, {
    now,
    onRoomGone: (roomId, updates) => logger.warn({ roomId, updates }, 'updates of a deleted room are dropped'),
  });
  const collab = createCollab({ store: documents, logger, now, random });

  const languages = createLanguageService(() => execution.languages());
  const bans = createBanService({ store: createBanStore(db), audit, createId, now });
  const members = createMemberService({
    store: createMemberStore(db),
    bans,
    audit,
    collab,
    events,
    presence,
    disconnect: (memberId) => {
      connections().events.disconnectMember(memberId);
      runs.unfollow(memberId);
    },
    setRole: (memberId, role) => connections().events.setRole(memberId, role),
    onRoleChanged: (roomId) => rooms.tellAfterRoleChange(roomId),
    async onRemoved(roomId, { accountId }) {
      if (accountId !== null) await invitations.use(roomId, accountId);
    },
    createId,
    random,
    now,
  });
  const runs = createRunService({
    store: createRunStore(db),
    collab,
    execution,
    browserExecution,
    languages,
    events,
    again: (caller) => access.again(caller),
    logger,
    createId,
    now,
  });
  const roomStore = createRoomStore(db);
  const activity = createActivity({
    touch: roomStore.touch,
    occupied: presence.occupied,
    now,
    onError: (error) => logger.warn({ err: error }, 'when rooms were used could not be stored'),
  });
  const guestRoomKeepMs = config.guestRoomDays * 24 * 60 * 60_000;
  const entries = createEntries({ tokens, describeMember: members.describe, guestRoomKeepMs });
  const friends = createFriendService({
    store: createFriendStore(db),
    accounts,
    sockets: {
      send: (...told) => connections().account.send(...told),
      isOnline: (accountId) => connections().account.isOnline(accountId),
    },
    onParted: (accountId, otherId) => invitations.forgetBetween(accountId, otherId),
    now,
  });
  const invitations = createInvitationService({
    store: createInvitationStore(db),
    accounts,
    friends,
    bans,
    sockets: { send: (...told) => connections().account.send(...told) },
    createId,
    now,
  });
  const knocks = createKnockService({
    store: createKnockStore(db),
    tokens: createKnockTokens(secretKey),
    members,
    bans,
    entries,
    events,
    audit,
    onAdmitted: invitations.use,
    createId,
    random,
    now,
  });
  const roomPasswords = createRoomPasswords({ passwords, rateLimits, audit });
  const rooms = createRoomService({
    store: roomStore,
    visits: createVisits({
      store: roomStore,
      members,
      bans,
      knocks,
      invitations,
      passwords: roomPasswords,
      entries,
      activity,
      now,
    }),
    members,
    bans,
    knocks,
    invitations,
    passwords: roomPasswords,
    entries,
    audit,
    languages,
    runs,
    collab,
    events,
    presence,
    roomsPerAccount: config.roomsPerAccount,
    roomsPerAddress: config.roomsPerAddress,
    disconnectRoom: (roomId) => connections().events.disconnectRoom(roomId),
    endCall: (roomId) => calls.end(roomId),
    createId,
    now,
  });
  const lists = createRoomLists(createRoomListStore(db), presence);
  const retention = createRetention({
    store: roomStore,
    removeUnused: rooms.removeUnused,
    keepMs: guestRoomKeepMs,
    now,
  });
  const files = createFileService(collab);
  const wholeTexts = createWholeTexts({ collab, store: createWholeTextStore(db), logger });
  const boards = createBoardService({ collab, logger, createId, now });
  const chat = createChatService({
    store: createMessageStore(db),
    members,
    friends,
    events,
    presence,
    sockets: { tell: (...told) => connections().events.tell(...told) },
    accountSockets: { send: (...told) => connections().account.send(...told) },
    rateLimits,
    createId,
    now,
  });
  const snippets = createSnippetService({ store: createSnippetStore(db), collab, events, createId, now });
  const idempotency = createIdempotency(createIdempotencyStore(db), { now, secretKey });
  const profiles = createProfileService({
    services: config.profileServices,
    store: createProfileStatsStore(db),
    outbound: createOutbound(),
    logger,
    now,
    random,
  });
  const access = countAccess(
    createAccess({
      tokens,
      findRoom: rooms.find,
      findMember: members.find,
      findMembership: members.findByAccount,
      findSession: sessions.find,
      onUsed: activity.noteUse,
    }),
    rateLimits,
  );
  const calls = createCallService({
    events,
    rateLimits,
    relayCredentials: createRelayCredentials(config.relays, now),
    again: access.again,
    createId,
    now,
  });
  /** An account for another one that asks; fails for who is blocked by it. */
  async function findFor(askerId: string, id: string) {
    await friends.findPerson(askerId, id);
    return accounts.find(id);
  }

  return {
    tokens,
    audit,
    sessions,
    signedIn,
    accounts,
    issuer,
    signIn,
    events,
    presence,
    collab,
    languages,
    bans,
    members,
    runs,
    activity,
    friends,
    invitations,
    knocks,
    rooms,
    lists,
    retention,
    files,
    wholeTexts,
    boards,
    chat,
    snippets,
    idempotency,
    profiles,
    access,
    calls,
    findFor,
    roomCursors: createRoomCursors({ collab, logger }),
  };
}
