import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type AddressInfo, isIPv6 } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { limits, ProblemError } from '@coderoom/protocol';
import { type DestinationStream, type Logger, pino } from 'pino';
import { createBrowserExecution } from './browser-runs/execution.ts';
import type { Config } from './config.ts';
import { type Connections, createConnections } from './connections.ts';
import { codeConnectLiveRoot } from './dialects/code-connect-live/dialect.ts';
import { withoutApi } from './dialects/code-connect-live/same-origin.ts';
import { createDialects } from './dialects/create-dialects.ts';
import { readableUrl, serveDialects, servedTags } from './dialects/serve-dialects.ts';
import { createExecution, type Execution, type ExecutionReport } from './execution.ts';
import { createProbe } from './gateway/dependencies.ts';
import { registerHealthRoutes } from './gateway/health.ts';
import { createHttp, type Http } from './gateway/http.ts';
import { createMetrics } from './gateway/metrics.ts';
import { registerOpenApi } from './gateway/openapi.ts';
import { createOrigins } from './gateway/origin.ts';
import { createRateLimits, type RateKind } from './gateway/rate-limits.ts';
import { connectRedis } from './gateway/redis.ts';
import { keepSecretKey } from './gateway/secret-key.ts';
import { registerStatic, webClientFolder } from './gateway/static.ts';
import { serveUpgrades } from './gateway/upgrades.ts';
import { createIdMaker } from './identifiers.ts';
import { observeExecution } from './observed-execution.ts';
import { registerRoutes } from './routes.ts';
import { type Base, createServices, type Services } from './services.ts';
import type { OidcIssuerOptions } from './sign-in/issuer.ts';
import { openStorage } from './storage/database.ts';
import { lockInstance } from './storage/instance-lock.ts';
import { type Sweepers, startSweepers } from './sweepers.ts';

/** The application: its parts, each wired in a file of its own beside this one, begun and ended together. */
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
  const { dataDir, databaseUrl } = config;
  const lock = await lockInstance({
    dataDir,
    databaseUrl,
    holder: { pid: process.pid, host: hostname(), startedAt },
    logger,
    // What rooms hold in memory is not to be stored over what the other server stores: main.ts ends the process.
    onTaken: (error) =>
      setImmediate(() => {
        throw error;
      }),
  });
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
  const storage = await openStorage({ databaseUrl, dataDir, logger }).catch(async (error: unknown) => {
    await execution.close();
    await lock.release();
    throw error;
  });
  const origins = createOrigins(config);
  const redis = config.redisUrl === undefined ? undefined : connectRedis(config.redisUrl, logger);
  const rateLimits = createRateLimits({
    mode: config.rateLimits,
    redis,
    points: overrides.ratePoints,
    onRefused: metrics.rateRefused,
  });
  const secretKey = config.secretKey ?? keepSecretKey(config.dataDir);
  const base: Base = {
    config,
    logger,
    db: storage.db,
    rateLimits,
    secretKey,
    metrics,
    execution,
    browserExecution,
    overrides,
    createId,
    random,
    now,
  };
  const services: Services = createServices(base, () => connections);
  const dialects = createDialects(base, services, { pingMs: overrides.socketPingMs });
  const connections: Connections = createConnections({
    base,
    services,
    dialects: dialects.list,
    origins,
    overrides,
    createRequestId,
  });
  const { collab, rooms } = services;

  metrics.watch({
    collab: collab.stats,
    eventSockets: connections.server.count,
    membersOnline: services.presence.countOnline,
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
    readUrl: (method, url) => readableUrl(dialects.list, withoutApi(method, url)),
    intercept(request, response) {
      if (!connections.server.isFor(request)) return false;
      connections.server.handleRequest(request, response);
      return true;
    },
  });
  await registerOpenApi(http, { version, dialects: servedTags(dialects.list) });
  registerRoutes(http, services, { ...base, origins });
  registerHealthRoutes(http, {
    version,
    database: storage.kind,
    execution: execution.report,
    uptimeS: () => (now() - startedAt) / 1000,
    dependencies: {
      database: createProbe(assertStorage),
      redis: async () => (redis === undefined ? 'off' : redis.isReady() ? 'ready' : 'down'),
      judge0: execution.check === undefined ? async () => 'off' : createProbe(execution.check),
      issuer: services.issuer === undefined ? async () => 'off' : createProbe(services.issuer.check),
    },
    async assertReady() {
      if (stopping !== undefined) throw new ProblemError('shutting_down');
      await assertStorage();
    },
    metrics,
    metricsToken: config.metricsToken,
  });
  if (config.dialects.includes('codecall')) http.addHook('preHandler', dialects.laterSignIn);
  await serveDialects(http, dialects.list);
  await registerStatic(http, {
    folder: overrides.webClient ?? webClientFolder,
    rootForPrograms: config.dialects.includes('code-connect-live') ? codeConnectLiveRoot : undefined,
  });

  const upgrades = serveUpgrades(http.server, [connections.server, connections.documents], createRequestId);
  let sweepers: Sweepers | undefined;

  async function close(): Promise<void> {
    const { knocks, activity, presence, profiles, wholeTexts } = services;
    sweepers?.stop();
    dialects.close();
    const httpClosed = closeHttp(http);
    // Runs end as cancelled, which answers those who wait for one and tells the rooms.
    await Promise.all([execution.close(), browserExecution?.close()]);
    await collab.close();
    knocks.close();
    connections.account.close();
    await activity.close();
    presence.close();
    await connections.server.close();
    const graceOver = setTimeout(() => {
      connections.documents.close();
      upgrades.destroy();
      http.server.closeAllConnections();
    }, limits.drainSocketsMs);
    await httpClosed;
    clearTimeout(graceOver);
    connections.documents.close();
    redis?.close();
    await profiles.close();
    await wholeTexts.close();
    await storage.close();
    await lock.release();
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
        const interrupted = await services.runs.closeInterrupted();
        if (interrupted > 0) logger.warn({ runs: interrupted }, 'runs that the last process left behind are closed');
        await services.knocks.resume();
        sweepers = startSweepers(services, logger);
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
