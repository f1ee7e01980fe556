import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type AddressInfo, isIPv6 } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { createCollab } from '@coderoom/collab';
import { limits, ProblemError } from '@coderoom/protocol';
import { type DestinationStream, type Logger, pino } from 'pino';
import { createAttempts } from './accounts/attempts.ts';
import { createPasswords } from './accounts/passwords.ts';
import { registerAccountRoutes } from './accounts/routes.ts';
import { createAccountService } from './accounts/service.ts';
import { createAccountStore } from './accounts/store.ts';
import { observeAudit } from './audit/observed.ts';
import { registerAuditRoutes } from './audit/routes.ts';
import { createAuditService } from './audit/service.ts';
import { createAuditStore } from './audit/store.ts';
import { registerBanRoutes } from './bans/routes.ts';
import { createBanService } from './bans/service.ts';
import { createBanStore } from './bans/store.ts';
import { registerBoardRoutes } from './board/routes.ts';
import { createBoardService } from './board/service.ts';
import { createBrowserExecution } from './browser-runs/execution.ts';
import { registerCallEvents } from './calls/events.ts';
import { createRelayCredentials } from './calls/relay-credentials.ts';
import { registerCallRoutes } from './calls/routes.ts';
import { createCallService } from './calls/service.ts';
import { registerChatEvents } from './chat/events.ts';
import { registerChatRoutes } from './chat/routes.ts';
import { createChatService } from './chat/service.ts';
import { createMessageStore } from './chat/store.ts';
import type { Config } from './config.ts';
import { createAliasStore } from './dialects/alias-store.ts';
import { createClientTexts } from './dialects/client-texts.ts';
import { codeConnectLiveRoot, createCodeConnectLive } from './dialects/code-connect-live/dialect.ts';
import { createParticipantStreams } from './dialects/code-connect-live/participant-streams.ts';
import { withoutApi } from './dialects/code-connect-live/same-origin.ts';
import { createCodeInterview } from './dialects/code-interview/dialect.ts';
import { createCodeCall } from './dialects/codecall/codecall.ts';
import { createCodeCast } from './dialects/codecast/codecast.ts';
import { createCreatorStore } from './dialects/codecast/creator-store.ts';
import { createCreators } from './dialects/codecast/creators.ts';
import { createCodeChill } from './dialects/codechill/codechill.ts';
import { createEventStreams } from './dialects/event-streams.ts';
import { createGuests } from './dialects/guests.ts';
import { createOpenRooms } from './dialects/open-rooms.ts';
import { readableUrl, serveDialects, servedTags, socketDialects } from './dialects/serve-dialects.ts';
import { createExecution, type Execution, type ExecutionReport } from './execution.ts';
import { createRoomCursors } from './files/room-cursors.ts';
import { registerFileRoutes } from './files/routes.ts';
import { createFileService } from './files/service.ts';
import { createDocumentStore } from './files/store.ts';
import { createWholeTextStore } from './files/whole-text-store.ts';
import { createWholeTexts } from './files/whole-texts.ts';
import { registerFriendRoutes } from './friends/routes.ts';
import { createFriendService } from './friends/service.ts';
import { createFriendStore } from './friends/store.ts';
import { createAccountSockets } from './gateway/account-sockets.ts';
import { createAccess, createSignedInAccess } from './gateway/authorize.ts';
import { createDocumentSockets } from './gateway/collab-socket.ts';
import { createProbe } from './gateway/dependencies.ts';
import { createDialectSockets } from './gateway/dialect-sockets.ts';
import { createEventRouter } from './gateway/event-router.ts';
import { registerHealthRoutes } from './gateway/health.ts';
import { createHttp, type Http } from './gateway/http.ts';
import { createIdempotency } from './gateway/idempotency.ts';
import { createIdempotencyStore } from './gateway/idempotency-store.ts';
import { createMetrics } from './gateway/metrics.ts';
import { registerOpenApi } from './gateway/openapi.ts';
import { createOrigins } from './gateway/origin.ts';
import { createOutbound } from './gateway/outbound.ts';
import { createPresence } from './gateway/presence.ts';
import { countAccess, countSignedIn, createRateLimits, type RateKind } from './gateway/rate-limits.ts';
import { connectRedis } from './gateway/redis.ts';
import { createRoomEvents } from './gateway/room-events.ts';
import { keepSecretKey } from './gateway/secret-key.ts';
import { createSocketServer, refuseUpgrade } from './gateway/socket-server.ts';
import { createEventSockets } from './gateway/sockets.ts';
import { registerStatic, webClientFolder } from './gateway/static.ts';
import { createTokens } from './gateway/tokens.ts';
import { createIdMaker } from './identifiers.ts';
import { registerInvitationRoutes } from './invitations/routes.ts';
import { createInvitationService } from './invitations/service.ts';
import { createInvitationStore } from './invitations/store.ts';
import { createKnockTokens } from './knocks/knock-tokens.ts';
import { registerKnockRoutes } from './knocks/routes.ts';
import { createKnockService } from './knocks/service.ts';
import { createKnockStore } from './knocks/store.ts';
import { registerLanguageRoutes } from './languages/routes.ts';
import { createLanguageService } from './languages/service.ts';
import { registerMemberEvents } from './members/events.ts';
import { registerMemberRoutes } from './members/routes.ts';
import { createMemberService } from './members/service.ts';
import { createMemberStore } from './members/store.ts';
import { observeExecution } from './observed-execution.ts';
import { registerProfileRoutes } from './profiles/routes.ts';
import { createProfileService } from './profiles/service.ts';
import { createProfileStatsStore } from './profiles/store.ts';
import { createActivity } from './rooms/activity.ts';
import { createEntries } from './rooms/entries.ts';
import { registerRoomEvents } from './rooms/events.ts';
import { createRoomListStore } from './rooms/list-store.ts';
import { createRoomLists } from './rooms/lists.ts';
import { createRetention } from './rooms/retention.ts';
import { createRoomPasswords } from './rooms/room-passwords.ts';
import { registerRoomRoutes } from './rooms/routes.ts';
import { createRoomService } from './rooms/service.ts';
import { createRoomStore } from './rooms/store.ts';
import { createVisits } from './rooms/visits.ts';
import { registerRunEvents } from './runs/events.ts';
import { registerRunRoutes } from './runs/routes.ts';
import { createRunService } from './runs/service.ts';
import { createRunStore } from './runs/store.ts';
import { registerSessionRoutes } from './sessions/routes.ts';
import { createSessionService } from './sessions/service.ts';
import { createSessionStore } from './sessions/store.ts';
import { createSealedFlows } from './sign-in/flow-cookie.ts';
import { createOidcIssuer, type OidcIssuerOptions } from './sign-in/issuer.ts';
import { registerOidcRoutes } from './sign-in/oidc-routes.ts';
import { registerSignInRoutes } from './sign-in/routes.ts';
import { createSignInService } from './sign-in/service.ts';
import { createSignInAnswers } from './sign-in/sign-in-answer.ts';
import { registerSnippetRoutes } from './snippets/routes.ts';
import { createSnippetService } from './snippets/service.ts';
import { createSnippetStore } from './snippets/store.ts';
import { lockDataDir } from './storage/data-dir-lock.ts';
import { openStorage } from './storage/database.ts';

/** The composition root: everything is wired here, and only here. */
export interface App {
  /** Resolves with the address, once requests are taken. */
  listen(): Promise<string>;
  /** Such as "SQLite (data/coderoom.db)". */
  readonly database: string;
  readonly version: string;
  /** Resolves when it is known how code is run. */
  execution(): Promise<ExecutionReport>;
  /** Stops taking requests, stores what is pending, closes sockets and database. */
  close(): Promise<void>;
}

/** What tests replace. */
export interface AppOverrides {
  now?: () => number;
  random?: () => number;
  execution?: Execution;
  logTo?: DestinationStream;
  tokenTtlMs?: number;
  accessTokenTtlMs?: number;
  oidc?: Pick<OidcIssuerOptions, 'retryMs' | 'keysCooldownMs'>;
  presenceGraceMs?: number;
  socketPingMs?: number;
  /** How often, instead of what the table of rate-limits.ts says. */
  ratePoints?: Partial<Record<RateKind, number>>;
  webClient?: string;
}

/** Code must be run in a sandbox here, and there is none. */
export class SandboxMissing extends Error {}

export async function createApp(config: Config, overrides: AppOverrides = {}): Promise<App> {
  const { now = Date.now, random = Math.random } = overrides;
  const logger: Logger = pino({ level: config.logLevel, base: null }, overrides.logTo ?? pino.destination(1));
  const startedAt = now();
  const version = readVersion();
  const createId = createIdMaker(now);

  // Begun first: it is the slowest, and nothing but runs and new rooms has to wait for it.
  const lock = await lockDataDir(config.dataDir, { pid: process.pid, host: hostname(), startedAt });
  const metrics = createMetrics();
  const browserExecution = config.execution === 'off' ? undefined : createBrowserExecution();
  const execution = observeExecution(
    overrides.execution ??
      (config.execution === 'browser' ? browserExecution : undefined) ??
      createExecution(config, {
        stateDir: join(config.dataDir, 'sandbox'),
        toolchainsFolder: config.toolchainsDir,
        logger,
      }),
    metrics.runEnded,
  );
  const storage = await openStorage({ databaseUrl: config.databaseUrl, dataDir: config.dataDir, logger }).catch(
    async (error: unknown) => {
      await execution.close();
      lock.release();
      throw error;
    },
  );
  const { db } = storage;

  const origins = createOrigins(config);
  const redis = config.redisUrl === undefined ? undefined : connectRedis(config.redisUrl, logger);
  const rateLimits = createRateLimits({
    mode: config.rateLimits,
    redis,
    points: overrides.ratePoints,
    onRefused: metrics.rateRefused,
  });
  const secretKey = config.secretKey ?? keepSecretKey(config.dataDir);
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
      eventSockets.disconnectSession(sessionId);
      accountSockets.disconnectSession(sessionId);
      documentSockets.disconnectSession(sessionId);
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
      eventSockets.disconnectMember(memberId);
      runs.unfollow(memberId);
    },
    setRole: (memberId, role) => eventSockets.setRole(memberId, role),
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
      send: (...told) => accountSockets.send(...told),
      isOnline: (accountId) => accountSockets.isOnline(accountId),
    },
    onParted: (accountId, otherId) => invitations.forgetBetween(accountId, otherId),
    now,
  });
  const invitations = createInvitationService({
    store: createInvitationStore(db),
    accounts,
    friends,
    bans,
    sockets: { send: (...told) => accountSockets.send(...told) },
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
    disconnectRoom: (roomId) => eventSockets.disconnectRoom(roomId),
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
    sockets: { tell: (...told) => eventSockets.tell(...told) },
    accountSockets: { send: (...told) => accountSockets.send(...told) },
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

  const router = createEventRouter(logger);
  registerRoomEvents(router, rooms);
  registerMemberEvents(router, members);
  registerRunEvents(router, runs);
  registerChatEvents(router, chat, idempotency);
  registerCallEvents(router, calls);
  const aliases = createAliasStore(db);
  const codeCall = createCodeCall({
    accounts,
    signIn,
    signedIn,
    tokens,
    friends,
    rooms,
    members,
    bans,
    invitations,
    runs,
    aliases,
    texts: wholeTexts,
    boards,
    calls,
    logger,
    now,
  });
  const openRooms = createOpenRooms({ aliases, rooms, members, bans, events, logger, onUsed: activity.noteUse });
  const guests = createGuests({ aliases, members, presence, events, now });
  const creators = createCreators({ store: createCreatorStore(db), rateLimits, secretKey });
  const codeCast = createCodeCast({ rooms, openRooms, guests, members, languages, snippets, creators });
  const clientTexts = createClientTexts();
  const streams = createEventStreams({ pingMs: overrides.socketPingMs });
  const participantStreams = createParticipantStreams((error) =>
    logger.warn({ err: error }, 'a list of participants could not be told'),
  );
  const whole = { openRooms, guests, aliases, wholeTexts, clientTexts, rooms, runs, random };
  const codeConnectLive = createCodeConnectLive({
    ...whole,
    streams,
    participantStreams,
    isAloneUnderApi: !config.dialects.includes('code-interview'),
  });
  const isServed = config.dialects.includes('code-connect-live');
  const codeInterview = createCodeInterview({
    ...whole,
    elsewhere: isServed ? codeConnectLive : undefined,
    now,
  });
  const codeChill = createCodeChill({
    tokens,
    signedIn,
    signIn,
    provider: issuer,
    issuer: config.oidc?.issuer.href,
    accounts,
    profiles,
    friends,
    rooms,
    lists,
    members,
    bans,
    chat,
    runs,
    wholeTexts,
    roomCursors: createRoomCursors({ collab, logger }),
    rateLimits,
    logger,
    now,
  });
  const dialects = {
    dialects: [codeCall.dialect, codeCast, codeChill, codeConnectLive, codeInterview],
    enabled: config.dialects,
  };

  const socketServer = createSocketServer({ config, origins, rateLimits, createRequestId });
  const accountSockets = createAccountSockets({
    server: socketServer,
    signedIn,
    logger,
    readOnlineFriends: friends.onlineFriends,
    onPresence: friends.tellPresence,
    graceMs: overrides.presenceGraceMs ?? limits.presenceGraceMs,
    now,
  });
  const eventSockets = createEventSockets({
    server: socketServer,
    access,
    dialects: createDialectSockets({
      server: socketServer,
      access,
      rateLimits,
      events,
      presence,
      describeMember: members.describe,
      dialects: socketDialects(dialects),
      logger,
      now,
    }),
    rateLimits,
    events,
    presence,
    router,
    logger,
    readRoom: async (caller) => {
      const { room, member } = caller;
      const [all, lastRun, asking] = await Promise.all([
        members.list(room.id),
        runs.last(room.id),
        member.role === 'owner' ? knocks.list(caller) : undefined,
      ]);
      const online = all.filter((other) => other.online);
      return { room: rooms.describe(room, member.role), members: online, lastRun, knocks: asking };
    },
    describeMember: members.describe,
    activeRun: runs.active,
    listCall: calls.list,
    now,
  });
  const documentSockets = createDocumentSockets({
    config,
    collab,
    access,
    origins,
    rateLimits,
    presence,
    logger,
    now,
    pingMs: overrides.socketPingMs ?? limits.socketPingMs,
  });

  metrics.watch({
    collab: collab.stats,
    eventSockets: socketServer.count,
    membersOnline: presence.countOnline,
    runs: execution.runs,
    redisIsReady: redis?.isReady,
  });

  let stopping: Promise<void> | undefined;
  async function assertStorage(): Promise<void> {
    if (collab.stats().storageFailing) throw new ProblemError('storage_unavailable');
    await rooms.find('ready');
  }
  const http = await createHttp({
    config,
    logger,
    origins,
    rateLimits,
    metrics,
    createRequestId,
    readUrl: (method, url) => readableUrl(dialects, withoutApi(method, url)),
    intercept(request, response) {
      if (!socketServer.isFor(request)) return false;
      socketServer.handleRequest(request, response);
      return true;
    },
  });
  await registerOpenApi(http, { version, dialects: servedTags(dialects) });
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
  registerHealthRoutes(http, {
    version,
    database: storage.kind,
    execution: execution.report,
    uptimeS: () => (now() - startedAt) / 1000,
    dependencies: {
      database: createProbe(assertStorage),
      redis: async () => (redis === undefined ? 'off' : redis.isReady() ? 'ready' : 'down'),
      judge0: execution.check === undefined ? async () => 'off' : createProbe(execution.check),
      issuer: issuer === undefined ? async () => 'off' : createProbe(issuer.check),
    },
    async assertReady() {
      if (stopping !== undefined) throw new ProblemError('shutting_down');
      await assertStorage();
    },
    metrics,
    metricsToken: config.metricsToken,
  });
  if (config.dialects.includes('codecall')) http.addHook('preHandler', codeCall.laterSignIn);
  await serveDialects(http, dialects);
  await registerStatic(http, {
    folder: overrides.webClient ?? webClientFolder,
    rootForPrograms: config.dialects.includes('code-connect-live') ? codeConnectLiveRoot : undefined,
  });

  const upgraded = new Set<Duplex>();
  http.server.on('upgrade', (request, socket: Duplex, head: Buffer) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    if (socketServer.isFor(request)) socketServer.handleUpgrade(request, socket, head);
    else if (documentSockets.isFor(request)) documentSockets.handleUpgrade(request, socket, head);
    else {
      socket.on('error', () => {});
      refuseUpgrade(socket, new ProblemError('not_found'), createRequestId());
    }
  });

  const sweeper = setInterval(() => {
    for (const { sweep } of [idempotency, sessions, audit, profiles]) {
      sweep().catch((error) => logger.warn({ err: error }, 'what is over could not be removed'));
    }
  }, limits.idempotencySweepMs).unref();
  const knockSweeper = setInterval(() => {
    Promise.all([knocks.sweep(), rooms.fillSeats()]).catch((error) =>
      logger.warn({ err: error }, 'those who ask to join could not be looked through'),
    );
  }, limits.knockSweepMs).unref();
  const sweepUnusedRooms = () =>
    retention.sweep().then(
      (rooms) => rooms > 0 && logger.info({ rooms }, 'rooms that nobody used any more are deleted'),
      (error) => logger.warn({ err: error }, 'unused rooms could not be deleted'),
    );
  const roomSweeper = setInterval(sweepUnusedRooms, limits.retentionSweepMs).unref();

  async function close(): Promise<void> {
    for (const timer of [sweeper, knockSweeper, roomSweeper]) clearInterval(timer);
    streams.close();
    participantStreams.close();
    const httpClosed = closeHttp(http);
    // Runs end as cancelled, which answers those who wait for one and tells the rooms.
    await Promise.all([execution.close(), browserExecution?.close()]);
    await collab.close();
    knocks.close();
    guests.close();
    accountSockets.close();
    await activity.close();
    presence.close();
    await socketServer.close();
    const graceOver = setTimeout(() => {
      documentSockets.close();
      for (const socket of upgraded) socket.destroy();
      http.server.closeAllConnections();
    }, limits.drainSocketsMs);
    await httpClosed;
    clearTimeout(graceOver);
    documentSockets.close();
    redis?.close();
    await profiles.close();
    await wholeTexts.close();
    await storage.close();
    lock.release();
  }

  const closeOnce = () => {
    stopping ??= close();
    return stopping;
  };

  return {
    database: storage.describe(),
    version,
    execution: () => execution.opened(),

    async listen() {
      try {
        if (config.execution === 'sandbox') await assertSandbox(execution.opened());
        const interrupted = await runs.closeInterrupted();
        if (interrupted > 0) logger.warn({ runs: interrupted }, 'runs that the last process left behind are closed');
        await knocks.resume();
        sweepUnusedRooms();
        const address = await listenOn(http, config);
        lock.describe(address);
        return address;
      } catch (error) {
        await closeOnce();
        throw error;
      }
    },

    close: closeOnce,
  };
}

/** Fastify's own `listen` would write a line of JSON into the start message. */
async function listenOn(http: Http, { host, port }: Config): Promise<string> {
  await http.ready();
  const { server } = http;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port: realPort } = server.address() as AddressInfo;
  return `http://${isIPv6(host) ? `[${host}]` : host}:${realPort}`;
}

/** Takes no more connections and answers what has been asked. */
async function closeHttp(http: Http): Promise<void> {
  const { server } = http;
  const connectionsClosed = server.listening ? new Promise((resolve) => server.close(resolve)) : undefined;
  await http.close();
  server.closeIdleConnections();
  await connectionsClosed;
}

async function assertSandbox(opened: Promise<ExecutionReport>): Promise<void> {
  const { tier, summary, advice } = await opened;
  if (tier === 'off') throw new SandboxMissing([`EXECUTION is sandbox, but: ${summary}`, ...advice].join('\n  '));
}

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function createRequestId(): string {
  return randomBytes(requestIdBytes).toString('base64url');
}

const requestIdBytes = 9;
