/** Every limit of the product, named, with its unit. Nothing else may hold a number that bounds input, time or memory. */
export const limits = {
  /** HTTP */
  httpBodyMaxBytes: 1_500_000,
  httpRequestTimeoutMs: 15_000,
  httpHandlerTimeoutMs: 60_000,
  idempotencyKeyMaxLength: 200,
  idempotencyKeepMs: 24 * 60 * 60_000,

  /** Rooms and their members */
  roomTitleMaxLength: 100,
  roomCapacityDefault: 20,
  roomCapacityMax: 50,
  memberNameMaxLength: 40,
  roomTokenTtlMs: 30 * 24 * 60 * 60_000,

  /** The shared document */
  filesMax: 100,
  filePathMaxLength: 200,
  fileTextMaxBytes: 1_000_000,
  documentMaxBytes: 20_000_000,

  /** /collab */
  collabFrameMaxBytes: 2_000_000,
  collabOutgoingMaxBytes: 8_000_000,
  collabAwarenessMaxBytes: 16_000,
  collabSocketsPerMember: 20,
  /** An update log commit waits at most this long for company. */
  logCommitWindowMs: 5,
  /** What may wait for its commit, per process, before writers are turned away. */
  logPendingMaxBytes: 64_000_000,
  roomUnloadAfterMs: 30_000,
  compactAfterUpdates: 500,

  /** Socket.IO */
  eventMaxBytes: 1_000_000,
  socketAuthTimeoutMs: 10_000,
  presenceGraceMs: 3_000,

  /** Running code */
  runSourceMaxBytes: 1_000_000,
  runFilesMax: 100,
  runStdinMaxBytes: 1_000_000,
  runArgumentsMax: 50,
  runArgumentMaxLength: 1_000,
  runOutputMaxBytes: 65_536,
  runCpuMs: 10_000,
  runCpuMaxMs: 30_000,
  runWallMs: 30_000,
  runWallMaxMs: 120_000,
  runMemoryBytes: 268_435_456,
  runMemoryMaxBytes: 1_073_741_824,
  runProcesses: 64,
  runFrameWindowMs: 16,
  runFrameMaxBytes: 16_384,
  runQueueMax: 200,
  runQueuePerOwnerMax: 8,
  runsKeptPerRoom: 100,

  /** Stopping */
  drainTimeoutMs: 10_000,

  /** How much one address may ask for in a minute when RATE_LIMITS is on. */
  requestsPerMinute: 600,
  roomsPerMinute: 30,
  joinsPerMinute: 120,
  runsPerMinute: 60,
  socketsPerMinute: 240,
  eventsPerMinute: 1_200,
} as const;
