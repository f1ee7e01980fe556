import { createServer, type IncomingMessage, type RequestListener, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import {
  Account,
  AuditEntry,
  Ban,
  BoardElement,
  CallParticipant,
  type ErrorCode,
  FileContent,
  FileSummary,
  Friend,
  Invitation,
  Knock,
  KnockEntry,
  KnockStatus,
  Language,
  limits,
  Member,
  Message,
  OwnRoomListing,
  Person,
  ProblemError,
  ProfileStats,
  Room,
  RoomEntry,
  RoomListing,
  Run,
  RunResult,
  RunSummary,
  Session,
  SignIn,
  Snippet,
  SnippetSummary,
} from '@coderoom/protocol';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
  type RawServerDefault,
} from 'fastify';
import type { Config } from '../config.ts';
import type { Metrics } from './metrics.ts';
import { clientAddress, type Origins } from './origin.ts';
import { Problem, problemMediaType, renderProblem, sendProblem } from './problems.ts';
import type { RateKind, RateLimits } from './rate-limits.ts';
import { compileValidator } from './validation.ts';

/** Fastify as this server uses it: plumbing that every route shares; the routes themselves live with their nouns. */
export type Http = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a request of this route is counted as, besides `requests`. */
    rate?: RateKind;
    /** As what instead of `requests`: where clients ask often, and little. */
    requests?: RateKind;
  }
  interface FastifyRequest {
    /** Who sent it; see TRUST_PROXY. */
    address: string;
  }
}

export interface HttpOptions {
  config: Pick<Config, 'proxies' | 'publicUrl'>;
  logger: FastifyBaseLogger;
  origins: Origins;
  rateLimits: RateLimits;
  metrics: Pick<Metrics, 'requestEnded'>;
  createRequestId(): string;
  /** The address that a request means. */
  readUrl(method: string, url: string): string;
  /** Answers instead of Fastify when it says true; Socket.IO's polling comes in here. */
  intercept(request: IncomingMessage, response: ServerResponse): boolean;
}

export async function createHttp(options: HttpOptions): Promise<Http> {
  const { config, logger, origins, rateLimits, metrics } = options;
  const http = fastify({
    loggerInstance: logger,
    logController: new QuietLog(),
    serverFactory: (handler) => createTimedServer(handler, options),
    genReqId: options.createRequestId,
    rewriteUrl: ({ method = '', url = '' }) => options.readUrl(method, url),
    bodyLimit: limits.httpBodyMaxBytes,
    handlerTimeout: limits.httpHandlerTimeoutMs,
    routerOptions: { maxParamLength: limits.httpHeaderMaxBytes },
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, request, reply) => sendProblem(error, request, reply as unknown as FastifyReply),
  }).withTypeProvider<TypeBoxTypeProvider>() as unknown as Http;

  http.removeContentTypeParser('text/plain');
  http.setValidatorCompiler(compileValidator);
  // Answers are small and made field by field; a serializer compiled for each status of each route would cost the start more
  // than it ever saves. That they are as described is held by the tests.
  http.setSerializerCompiler(() => JSON.stringify);
  http.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  http.decorateRequest('address', '');
  http.addHook('onRequest', async (request, reply) => {
    request.address = clientAddress(request.raw, config.proxies);
    reply.header('x-request-id', request.id);
    reply.header('permissions-policy', permissions);
    // Answers hold tokens, and what is only for who asked.
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
    const { rate, requests = 'requests' } = request.routeOptions.config;
    await rateLimits.count(requests, request.address);
    if (rate !== undefined) await rateLimits.count(rate, request.address);
  });

  http.addHook('onResponse', async ({ method, routeOptions }, { statusCode, elapsedTime }) => {
    metrics.requestEnded({ method, route: routeOptions.url, status: statusCode, seconds: elapsedTime / 1000 });
  });

  // A body in which everything is optional may be left out altogether.
  http.addHook('preValidation', async (request) => {
    if (request.routeOptions.schema?.body !== undefined) request.body ??= {};
  });

  await http.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: contentSecurity },
    crossOriginEmbedderPolicy: false,
    frameguard: { action: 'sameorigin' },
    // On plain http browsers ignore it (RFC 6797, 7.2), and behind https it is true only if we are told so.
    strictTransportSecurity: config.publicUrl?.protocol === 'https:',
  });
  await http.register(cors, {
    origin: (origin, decide) => decide(null, origin !== undefined && origins.isListed(origin)),
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['etag', 'location', 'retry-after', 'x-request-id'],
    strictPreflight: false,
  });
  for (const schema of [
    Problem,
    Account,
    Person,
    SignIn,
    Session,
    AuditEntry,
    Room,
    Member,
    RoomEntry,
    RoomListing,
    OwnRoomListing,
    Ban,
    BoardElement,
    CallParticipant,
    Knock,
    KnockEntry,
    KnockStatus,
    Friend,
    Invitation,
    FileContent,
    FileSummary,
    Language,
    Run,
    RunResult,
    RunSummary,
    Message,
    Snippet,
    SnippetSummary,
    ProfileStats,
  ])
    http.addSchema(schema);
  refuseUnknown(http);
  return http;
}

/** Calls need these; nothing that a page of ours embeds gets them, and nobody anything else. */
const permissions = 'camera=(self), microphone=(self), display-capture=(self), geolocation=()';

/** The socket addresses are named, too: older Safari does not count them among 'self'. */
const webSocketsOfThisHost = (request: IncomingMessage) => {
  const host = request.headers.host ?? '';
  return /^[\w.:[\]-]+$/.test(host) ? `ws://${host} wss://${host}` : "'self'";
};

/** What the built web client needs, and nothing from elsewhere. Editors and terminals set styles as they go. */
const contentSecurity = {
  defaultSrc: ["'self'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:', 'blob:'],
  fontSrc: ["'self'", 'data:'],
  workerSrc: ["'self'", 'blob:'],
  connectSrc: ["'self'", webSocketsOfThisHost],
  objectSrc: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'self'"],
  frameAncestors: ["'self'"],
};

/** A line a request, at debug level, with the path only: a query may hold a token. */
class QuietLog extends LogController {
  override incomingRequest(): void {}

  override requestCompleted(error: Error | null, request: FastifyRequest, reply: FastifyReply): void {
    const { method, url, address } = request;
    const line = {
      method,
      path: url.split('?', 1)[0],
      address,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    };
    if (error) request.log.warn({ ...line, err: error }, 'request broke off');
    else request.log.debug(line, 'request');
  }

  override defaultErrorLog(): void {}
  override routeNotFound(): void {}
}

function createTimedServer(handler: RequestListener, { intercept }: HttpOptions) {
  const server = createServer(
    {
      requestTimeout: limits.httpRequestTimeoutMs,
      headersTimeout: limits.httpRequestTimeoutMs,
      connectionsCheckingInterval: limits.httpTimeoutCheckMs,
      maxHeaderSize: limits.httpHeaderMaxBytes,
    },
    (request, response) => {
      if (!intercept(request, response)) handler(request, response);
    },
  );
  server.setTimeout(limits.httpIdleTimeoutMs);
  return server;
}

function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const problem = new ProblemError(brokenCodes[error.code ?? ''] ?? 'invalid_request');
  if (socket.writable && socket.bytesWritten === 0) {
    const body = JSON.stringify(renderProblem(problem, ''));
    socket.write(
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n` +
        `Content-Type: ${problemMediaType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  }
  socket.destroy();
}

/** Any other code is the parser's word for what no HTTP is. */
const brokenCodes: Record<string, ErrorCode | undefined> = {
  HPE_HEADER_OVERFLOW: 'too_large',
  // Also of who has connected and was too busy to ask: they may try again (RFC 9110, 15.5.9).
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

/** 404, or 405 when the path exists with another method. */
function refuseUnknown(http: Http): void {
  const known: { methods: string[]; pattern: RegExp }[] = [];
  http.addHook('onRoute', ({ method, url }) => {
    // The static files' catch-all says nothing about which paths exist.
    if (url === '*' || url === '/*') return;
    const pattern = url
      .split('/')
      .map((part) => (part.startsWith(':') ? '[^/]+' : part === '*' ? '.+' : RegExp.escape(part)))
      .join('/');
    known.push({ methods: [method].flat(), pattern: new RegExp(`^${pattern}$`) });
  });
  http.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const methods = new Set(known.filter(({ pattern }) => pattern.test(path)).flatMap((route) => route.methods));
    if (methods.size === 0 || methods.has(request.method)) throw new ProblemError('not_found');
    reply.header('allow', [...methods].join(', '));
    throw new ProblemError('method_not_allowed');
  });
}
