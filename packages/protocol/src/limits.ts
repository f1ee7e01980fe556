/** Every limit of the product, named, with its unit. Nothing else may hold a number that bounds input, time or memory. */
export const limits = {
  /** HTTP */
  httpBodyMaxBytes: 1_500_000,
  httpRequestTimeoutMs: 13_000,
  httpHandlerTimeoutMs: 60_000,
  /** A connection on which nothing moves, while a request is being answered, is closed after this long. */
  httpIdleTimeoutMs: 300_000,
  /** The query part of an address, a path in it and a header each fit in this. */
  httpHeaderMaxBytes: 16_384,
  /** How often slow requests are looked for. */
  httpTimeoutCheckMs: 2_000,
  idempotencyKeyMaxLength: 200,
  idempotencyKeepMs: 24 * 60 * 60_000,
  idempotencySweepMs: 60 * 60_000,

  /** Rooms and their members */
  roomTitleMaxLength: 100,
  /** Rooms that have not ended which one account, or everybody without one from one address, may have made. */
  roomsPerAccount: 500,
  roomsPerAddress: 1_000,
  roomCapacityDefault: 20,
  roomCapacityMax: 50,
  memberNameMaxLength: 40,
  roomTokenTtlMs: 30 * 24 * 60 * 60_000,
  roomDescriptionMaxLength: 500,
  roomPasswordMinLength: 4,
  roomsPageDefault: 20,
  roomsPageMax: 100,
  cursorMaxLength: 100,
  searchMaxLength: 254,
  /** Words of a search that count, and words by which a room is found. */
  searchWordsMax: 5,
  roomWordsMax: 64,
  roomWordMaxLength: 32,
  /** A search looks up the rooms of its rarest word if there are no more than these … */
  searchCandidatesMax: 1_000,
  /** … and else goes through so many of the newest rooms for a page. */
  searchWalkMax: 1_000,
  /** When somebody was in a room is stored at most this often. */
  activityStoreMs: 60_000,
  activityFlushMs: 2_000,
  activityRoomsPerStore: 500,
  retentionSweepMs: 10 * 60_000,
  retentionBatch: 20,
  /** Who asks to join and is not heard of for so long has gone. */
  knockAbsentMs: 20_000,
  /** An asker may have the answer held back for so long, until there is one. */
  knockWaitMaxS: 25,
  knockSweepMs: 5_000,
  knocksPerRoom: 50,
  /** Knocks that are over are forgotten after this long. */
  knockKeepMs: 24 * 60 * 60_000,
  bansPerRoom: 500,
  invitationsPerRoom: 100,
  invitationsPerAccount: 200,
  /** With one more, the guest who joined first and is not there is a member no more. */
  membersPerRoom: 1_000,

  /** Clients of other systems */
  /** Who is known by name alone counts as gone when nothing is heard of them for so long. */
  guestSilenceMs: 5 * 60_000,
  guestSweepMs: 15_000,
  /** Names that other systems do not limit. */
  guestNameMaxLength: 1_000,
  /** Texts that clients without versions were shown: of so many clients of a room, and so long in all. */
  clientTextsPerRoom: 100,
  clientTextsKept: 16,
  clientTextsLength: 50_000_000,
  eventStreamsPerAddress: 100,
  /** How often it is looked whether a list of participants has changed by other doors. */
  participantsPollMs: 1_000,
  /** Participants whose cursors are remembered. */
  gesturesRemembered: 10_000,

  /** Wrong passwords of a room within a window: from one address, and from all. */
  roomPasswordWindowMs: 15 * 60_000,
  roomPasswordsPerAddress: 10,
  roomPasswordsPerRoom: 100,

  /** People */
  friendsPerAccount: 1_000,
  /** Friends and requests that are listed. */
  friendsListMax: 2_000,
  blocksPerAccount: 1_000,
  peopleFoundMax: 20,
  friendRequestsPerMinute: 30,
  peopleSearchesPerMinute: 60,
  accountSocketsMax: 20,
  /** In a list of people, so many come with their pictures, the first ones. */
  picturesPerList: 100,

  roomTokenMaxLength: 2_000,

  /** Accounts and signing in */
  emailMaxLength: 254,
  passwordMinLength: 8,
  passwordMaxLength: 128,
  pictureMaxLength: 40_000,
  pictureAddressMaxLength: 2_000,
  serviceUsernameMaxLength: 64,
  accessTokenTtlMs: 15 * 60_000,
  /** A session that is not used for so long ends, and each ends at last whatever is done with it. */
  refreshTtlMs: 30 * 24 * 60 * 60_000,
  sessionMaxMs: 180 * 24 * 60 * 60_000,
  /** A refresh token used again within this time gives the same successor; later it ends the session. */
  refreshGraceMs: 30_000,
  refreshTokenMaxLength: 200,
  /** With one more, the one unused for longest ends. */
  sessionsPerAccount: 100,
  userAgentMaxLength: 200,
  /** Passwords hashed at the same time; each takes 19 MiB. */
  passwordHashesAtOnce: 2,
  passwordHashesWaiting: 100,
  issuerTokenMaxLength: 16_000,
  /** Tokens of the provider that are used as they are, each of which has begun a session. */
  issuerTokensRemembered: 10_000,
  issuerAnswerMaxBytes: 1_000_000,
  issuerTimeoutMs: 5_000,
  /** How often a silent issuer is asked again, and how long what it said of itself counts. */
  issuerRetryMs: 10_000,
  issuerMetadataTtlMs: 60 * 60_000,
  /** Its keys are asked for again after this long, and earlier, but not more often than that, for one that is new. */
  issuerKeysTtlMs: 10 * 60_000,
  issuerKeysCooldownMs: 5_000,
  /** How far the issuer's clock may be from ours. */
  issuerClockToleranceMs: 60_000,
  /** Somebody may take so long at the issuer's page. */
  oidcFlowTtlMs: 10 * 60_000,
  returnToMaxLength: 1_000,
  roomClaimsMax: 100,
  /** Tokens in the form of other systems last as long as there; they end with their session all the same. */
  codechillAccessTtlMs: 24 * 60 * 60_000,
  codechillRefreshTtlMs: 30 * 24 * 60 * 60_000,
  /** A longer address of a picture is left out of the token. */
  codechillTokenPictureMaxLength: 500,
  auditPageDefault: 50,
  auditPageMax: 200,
  auditKeepMs: 180 * 24 * 60 * 60_000,

  /** The shared document */
  filesMax: 100,
  filePathMaxLength: 200,
  fileTextMaxBytes: 1_000_000,
  documentMaxBytes: 20_000_000,

  /** The board */
  boardElementsMax: 5_000,
  boardPointsPerStroke: 2_000,
  boardTextMaxLength: 2_000,
  /** How far from its middle, in pixels of an unscaled board, something may be. */
  boardExtentMax: 1_000_000,
  /** Of pens and fonts. */
  boardSizeMax: 400,
  /** How high something may lie. */
  boardHeightMax: 1_000_000_000,
  /** How deep what clients of other systems pass on to each other may be nested, whatever it is. */
  passedOnNestingMax: 16,
  /** A stroke of another system's client as JSON, and how many of them make one element. */
  boardForeignStrokeMaxBytes: 4_000,
  boardForeignStrokesPerElement: 500,
  /** What somebody goes on drawing within this time belongs to the same element. */
  boardForeignJoinMs: 1_500,
  /** Foreign strokes of one room that may wait to be written. */
  boardForeignWaitingMax: 2_000,
  /** Elements that are read at a time; fewer if they are long. */
  boardPageMax: 500,
  boardPageMaxBytes: 1_000_000,
  boardSvgMaxLength: 16_000_000,
  /** Those who watch a board are told what is new at most this often. */
  boardWatchMs: 60,

  /** /collab */
  collabFrameMaxBytes: 2_000_000,
  collabOutgoingMaxBytes: 8_000_000,
  collabAwarenessMaxBytes: 16_000,
  collabSocketsPerMember: 20,
  /** Who does not answer our good-bye is dropped after so long. */
  webSocketCloseMs: 5_000,
  /** A peer that is taking a large message may be silent as long as a network of this speed needs for it. */
  webSocketSlowestBytesPerS: 8_000,
  /** Above this, a slow reader is told no more until it has caught up, and then what it missed. */
  collabLagMaxBytes: 1_000_000,
  /** In a turn of the event loop newcomers are sent so much; a document that was begun is sent whole. */
  collabAnswersPerTurnBytes: 4_000_000,
  /** A larger update is read in slices. */
  collabReadAtOnceBytes: 65_536,
  /** A durable ack rides on the next delivery, and goes by itself when there is none for so long. */
  collabAckDelayMs: 100,
  /** What a room says is gathered for at most this long, and that only under pressure. */
  collabWindowMaxMs: 16,
  /** An update log commit waits this long for company; not so long if somebody waits for it. */
  logCommitWindowMs: 200,
  logUrgentWindowMs: 2,
  /** Updates of one room that are stored as one row. */
  logBatchMaxBytes: 256_000,
  /** With so much waiting for its commit, no more is read from those who write. */
  logPauseBytes: 16_000_000,
  /** What may wait for its commit, per process, before writers are turned away. */
  logPendingMaxBytes: 64_000_000,
  roomUnloadAfterMs: 30_000,
  /** A snapshot is made after so many updates, or so many bytes of them; later if the document is larger. */
  compactAfterUpdates: 2_000,
  compactAfterBytes: 4_000_000,
  /** Messages of one socket that may wait while its document is loading. */
  collabWaitingMaxBytes: 4_000_000,
  /** Awareness client ids that one socket may speak for. */
  collabClientsPerSocket: 8,
  /** Departed awareness client ids that a room remembers. */
  collabDepartedClientsMax: 1_000,
  /** How deep shared types, and JSON values within them, may be nested. */
  collabNestingMax: 64,
  /** One commit of the update log takes at most this much. */
  logCommitMaxBytes: 4_000_000,
  logCommitMaxUpdates: 20_000,
  /** Back-off between attempts to write to a failing database. */
  storageRetryMinMs: 100,
  storageRetryMaxMs: 5_000,
  /** A whole-text write waits at most this long for its commit. */
  durableWaitMs: 10_000,
  /** Closing the engine waits at most this long for the update log. */
  logDrainTimeoutMs: 5_000,
  /** Reading a stored document gives way to others after so many of its structs. */
  readSliceStructs: 10_000,
  /** What was only checked by its structure is tried out for good after so long, if not after `compactAfterUpdates`. */
  unverifiedMaxMs: 60_000,
  /** The thread that makes text of documents: ended when it had nothing to do for so long; what may wait for it; what it keeps. */
  documentThreadIdleMs: 60_000,
  documentThreadQueueMax: 1_000,
  documentThreadCacheBytes: 16_000_000,
  /** What a diff of two texts may cost: steps in all, lines looked at, differing lines, differing characters in a place. */
  diffStepsMax: 2_000_000,
  diffTextLinesMax: 60_000,
  diffLinesMax: 1_000,
  diffCharactersMax: 300,
  /** Whole texts with versions: so many are kept of a room, so long together, so that a writer may have started from one. */
  wholeTextsKept: 32,
  wholeTextsKeptLength: 500_000,
  /** Rooms of which versions are kept in memory, and for how long after they were last asked for. */
  wholeTextRooms: 500,
  wholeTextKeepMs: 5 * 60_000,
  /** Versions are stored after so long without a question, and told at most this often; so many may be told unstored. */
  wholeTextSettleMs: 2_000,
  wholeTextNoticeMs: 50,
  wholeTextVersionsReserved: 100,

  /** Cursors that move are gathered for so long, for those who are told them in lines and columns. */
  roomCursorsMs: 100,

  /** CodeChill's own */
  codechillRoomNameMinLength: 3,
  codechillCapacity: 10,
  codechillRoomsPage: 20,
  codechillRoomsPageMax: 50,
  /** Rooms that somebody may own who makes one more by its doors. */
  codechillRoomsOwned: 5,
  codechillOwnRoomsMax: 500,
  codechillMessagesPage: 50,
  codechillMessagesPageMax: 100,
  codechillMessageMaxLength: 1_000,
  codechillSourceMaxLength: 100_000,
  codechillCursorMaxLength: 2_000,
  /** Programs and their input that are remembered with the run they were started for. */
  codechillSourcesRemembered: 200,
  /** A client may name its text's next version itself, up to here: so it stays a number that all clients can write. */
  codechillVersionMax: 2 ** 52,

  /** Socket.IO */
  eventMaxBytes: 1_000_000,
  socketAuthTimeoutMs: 10_000,
  presenceGraceMs: 3_000,
  eventSocketsPerMember: 20,
  /** Programs that CodeCall runs, and what it hands out of their output. */
  codecallRunMs: 3_000,
  codecallOutputMaxBytes: 51_200,
  /** Members whose last text is remembered for when they come back, and texts longer than which none is. */
  codecallScreensKept: 200,
  codecallScreenMaxLength: 200_000,
  /** Rooms that one connection of another system's client may be in at once, where it may be in several. */
  dialectSeatsPerSocket: 8,
  /** What may wait for such a client; with more it is dropped as one that does not read. */
  dialectPacketsWaitingMax: 1_000,
  dialectWaitingMaxBytes: 8_000_000,
  /** So much it may have been sent without saying that it has dealt with it; with more it is dropped, too. */
  dialectReceiptsWaitingMax: 256,
  /** A socket or event stream hears from us this often; one that did not answer until the next time is dropped. */
  socketPingMs: 25_000,
  /** A seat in a room is kept this long for who has joined and not yet connected. */
  seatReservationMs: 60_000,

  /**
   * Calls. Everybody sends what they send to everybody else: with one more, each would send it eight times, which takes
   * more than a usual connection and a laptop's processor have. Past that a call needs a server that passes media on.
   */
  callPeersMax: 8,
  /** An offer for all that somebody may send takes about 10 000. */
  callSignalMaxBytes: 64_000,
  callCandidateMaxLength: 1_000,
  callStreamIdMaxLength: 100,
  /** Of one member: connecting to seven others takes about 150, and once more for every lost network. */
  callSignalsPerMinute: 900,
  /** How long credentials for a relay are good to begin with; what was begun goes on. */
  turnCredentialTtlMs: 60 * 60_000,

  /** Running code */
  runSourceMaxBytes: 1_000_000,
  runFilesMax: 100,
  runStdinMaxBytes: 1_000_000,
  runArgumentsMax: 50,
  runArgumentMaxLength: 1_000,
  runOutputMaxBytes: 65_536,
  runCpuMs: 10_000,
  runCpuMaxMs: 30_000,
  /** A program that has used so much of the processor gives way to those that have not. */
  runShortCpuMs: 500,
  runWallMs: 30_000,
  runWallMaxMs: 120_000,
  runMemoryBytes: 268_435_456,
  runMemoryMaxBytes: 1_073_741_824,
  runProcesses: 64,
  /** How many cores' worth of time a run may take at once. */
  runCpuCores: 1,
  /** Size of each of a run's writable folders, and of a single file in them. */
  runStorageMaxBytes: 67_108_864,
  /** Files and folders in each place that a program may write to, where the toolchain image makes the sandboxes. */
  runInodesMax: 32_768,
  runOpenFilesMax: 256,
  /** Compiling, in a sandbox of its own. */
  compileCpuMs: 30_000,
  compileWallMs: 45_000,
  compileMemoryBytes: 1_073_741_824,
  compileProcesses: 128,
  compileCpuCores: 2,
  compileProgramMaxBytes: 25_165_824,
  /** What is kept of compiled programs, in files, for as long as the server lives. */
  compileCacheMaxBytes: 536_870_912,
  /** Checking the types of what runs already: it waits for nothing and nobody. */
  checkCpuMs: 5_000,
  checkWallMs: 10_000,
  checksRemembered: 1_000,
  /** Sandboxes prepared ahead: of one kind; what they take together, as a part of the machine's memory and at most. */
  warmSandboxesPerKind: 16,
  /** One that takes no more is there from the start; larger ones once they were asked for. */
  warmAlwaysMaxBytes: 16_777_216,
  warmMemoryShare: 1 / 16,
  warmMemoryMaxBytes: 1_073_741_824,
  /** After so long an unused one is replaced. */
  warmSandboxTtlMs: 600_000,
  warmRefillMs: 1_000,
  warmTakesRemembered: 1_000,
  /** After so many in a row that did not come to be, no more are prepared. */
  warmFailuresMax: 5,
  /** What is kept of the output that was on its way when the cap was reached. */
  runOutputTailBytes: 4_096,
  runFrameWindowMs: 16,
  runFrameMaxBytes: 16_384,
  runQueueMax: 200,
  runQueuePerOwnerMax: 8,
  /** How many of one owner's runs go on at once, however many places are free. */
  runsAtOncePerOwner: 2,
  /** How often who waits is told their place in the queue, if it has changed. */
  runPositionEveryMs: 500,
  runsKeptPerRoom: 100,
  runsPageDefault: 20,
  runsPageMax: 100,
  /** Rooms whose last run's output is kept in memory as it was streamed. */
  runOutputsRemembered: 200,

  /** Chat */
  messageTextMaxLength: 4_000,
  messageMentionsMax: 20,
  messagesKeptPerRoom: 10_000,
  messagesPageDefault: 50,
  messagesPageMax: 100,
  /** Of one address, and of one member from wherever; changes of messages count, too. */
  messagesPerMinute: 120,
  messagesPerMemberPerMinute: 60,
  messageSearchesPerMinute: 60,
  /** Who was said to be typing and is not heard of for so long has stopped. */
  typingShownMs: 6_000,

  /** Snippets */
  snippetNameMaxLength: 1_000,
  /** Of a room, the newest ones, as long as all together are no larger than this. */
  snippetsKeptPerRoom: 200,
  snippetsKeptMaxBytes: 20_000_000,
  snippetsPageDefault: 20,
  snippetsPageMax: 100,
  snippetsPerMinute: 60,

  /** CodeCast: who looks on in a session; wrong tokens of its creator within `roomPasswordWindowMs` from one address. */
  codecastParticipants: 20,
  codecastTokensPerAddress: 100,

  /** Programs in a browser: how long its runtime may take to load, and after how long an order to stop counts as followed. */
  browserLoadMs: 120_000,
  browserStopMs: 2_000,
  browserReportFramesMax: 200,

  /** A remote Judge0: how many of our runs it has at once, and how long an answer may take and be. */
  judge0RunsAtOnce: 8,
  judge0AnswerTimeoutMs: 10_000,
  judge0AnswerMaxBytes: 4_000_000,
  /** How often it is asked whether a program has ended: soon at first, then less and less. */
  judge0PollMinMs: 50,
  judge0PollMaxMs: 800,
  /** Beyond a program's own time, for its queue and its compilers; then we wait no longer. */
  judge0WaitMs: 90_000,
  /** A submission that it has no room for is offered again for so long. */
  judge0SubmitMs: 20_000,
  /** So many questions in a row without an answer, and a run is given up. */
  judge0FailuresMax: 5,
  /** It is left alone after it could not be reached: for so long at first, and at most. */
  judge0RestMinMs: 1_000,
  judge0RestMaxMs: 30_000,
  judge0CatalogueTtlMs: 10 * 60_000,
  judge0CheckTtlMs: 5_000,

  /** Numbers of profiles, from other services */
  profileAnswerMaxBytes: 1_000_000,
  profileAnswerTimeoutMs: 5_000,
  profileFreshMs: 6 * 60 * 60_000,
  /** Who asks for it gets newer numbers only when those known are at least this old. */
  profileRefreshMinAgeMs: 60_000,
  profileUnknownUserMs: 24 * 60 * 60_000,
  profileKeepMs: 30 * 24 * 60 * 60_000,
  profileFetchesAtOnce: 2,
  profileFetchesWaiting: 200,
  /** Pauses after failures for one person, growing. */
  profileRetryMinMs: 60_000,
  profileRetryMaxMs: 6 * 60 * 60_000,
  /** So many failures in a row, whoever they were for, and a service is left alone for a while, which grows. */
  profileFailuresMax: 5,
  profileRestMinMs: 30_000,
  profileRestMaxMs: 60 * 60_000,
  profileTextMaxLength: 500,
  profileRepositoriesPerPage: 50,
  profileRepositoryPagesMax: 4,
  profileSubmissionsMax: 1_000,
  profileLanguagesMax: 30,

  /** The database */
  databaseConnectionsMax: 10,
  databaseConnectTimeoutMs: 5_000,
  databaseIdleTimeoutMs: 30_000,
  /** A connection on which nothing has moved for so long while it was in use is given up. */
  databaseAnswerTimeoutMs: 35_000,
  /** One server has a database to itself: another one waits so long for the one before it to be gone, asking so often. */
  databaseLockWaitMs: 1_500,
  databaseLockPollMs: 100,
  /** A lost lock is asked for so often. */
  databaseLockRetryMs: 500,
  /** The database needs a moment to end the connection that had it. */
  databaseLockEndedMs: 10,
  /** A server of which the database has heard nothing for so long has lost its lock. */
  databaseLockSilentMs: 60_000,
  /** How long a statement waits for another process that has SQLite's file locked, a back-up for instance. */
  sqliteBusyTimeoutMs: 5_000,

  /** /health waits this long for what it asks. */
  healthWaitMs: 250,

  /** Redis: what takes longer than this goes on without it. */
  redisCommandTimeoutMs: 250,
  redisConnectTimeoutMs: 5_000,
  redisRetryMinMs: 100,
  redisRetryMaxMs: 5_000,

  /** Stopping */
  drainTimeoutMs: 10_000,
  /** Who has not closed its connection by then is cut off. */
  drainSocketsMs: 1_000,

  /** How much one address may ask for in a minute when RATE_LIMITS is on. */
  requestsPerMinute: 600,
  /** … by clients of other systems, ten of whom may sit behind one address. */
  pollsPerMinute: 6_000,
  roomsPerMinute: 30,
  joinsPerMinute: 120,
  runsPerMinute: 60,
  socketsPerMinute: 240,
  eventsPerMinute: 1_200,
  /** Failed sign-ins, each in a window of this length: of an address, of an account from one address, … */
  signInWindowMs: 15 * 60_000,
  signInFailuresPerAddress: 100,
  signInFailuresPerAccount: 10,
  /** … and, once an account had that many from wherever, of each address on it. */
  signInFailuresUnderAttack: 1,
  registrationsPerMinute: 20,
  /** The same for one account and one room, from however many addresses. */
  accountRequestsPerMinute: 1_200,
  roomRequestsPerMinute: 6_000,
  statsRefreshesMax: 6,
  statsRefreshesWindowS: 600,
  /** A socket whose events were refused as too many this often is closed. */
  eventsRefusedMax: 200,
} as const;
