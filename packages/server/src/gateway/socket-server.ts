import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Ack, limits, ProblemError } from '@coderoom/protocol';
import { Server as Engine } from 'engine.io';
import { Server, type Socket } from 'socket.io';
import type { Config } from '../config.ts';
import { refusal } from './event-router.ts';
import { clientAddress, type Origins } from './origin.ts';
import { expectedFailure, problemMediaType, renderProblem } from './problems.ts';
import type { RateLimits } from './rate-limits.ts';

/** Socket.IO behind the gateway's own checks, for all namespaces. Who is let into one, and what is said there, is theirs. */
export interface SocketServer {
  readonly io: Server;
  /** Whether a request is for Socket.IO. */
  isFor(request: IncomingMessage): boolean;
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** How many connections there are, those not yet let in among them. */
  count(): number;
  /** Where a socket comes from. */
  addressOf(socket: Pick<Socket, 'request'>): string;
  /** Has every event of a socket answered by `dispatch`, as long as it does not send too many. */
  listen(socket: CountedSocket, dispatch: Dispatch): void;
  /**
   * The same for sockets that are not answered as ours are. `refuse` is called for an event that was too many, `stamp` at
   * the moment at which one comes: its handler gets what that says.
   */
  hear(
    socket: CountedSocket,
    handle: (name: string, args: unknown[], stamp: number) => void,
    refuse: Refuse,
    stamp?: () => number,
  ): void;
  /** Clients see a lost connection, so that they come back to the next server. */
  close(): Promise<void>;
}

type CountedSocket = Pick<Socket, 'id' | 'onAny' | 'disconnect'>;
type Refuse = (problem: ProblemError, name: string, args: unknown[]) => void;
type Dispatch = (name: string, payload: unknown) => Promise<Ack>;

export interface SocketServerOptions {
  config: Pick<Config, 'corsOrigins' | 'proxies'>;
  origins: Origins;
  rateLimits: RateLimits;
  createRequestId(): string;
}

const path = '/socket.io/';

export function createSocketServer({
  config,
  origins,
  rateLimits,
  createRequestId,
}: SocketServerOptions): SocketServer {
  // Made apart from the HTTP server, so that requests reach it only through the gateway's own checks.
  const engine = new Engine({
    maxHttpBufferSize: limits.eventMaxBytes,
    perMessageDeflate: false,
    pingInterval: limits.socketPingMs,
    ...(config.corsOrigins.length === 0 ? {} : { cors: { origin: config.corsOrigins } }),
  });
  // No connectionStateRecovery: whoever comes back is checked again and told everything anew.
  const io = new Server({ connectTimeout: limits.socketAuthTimeoutMs, serveClient: false });
  io.bind(engine);

  /** Fails with what an unwelcome handshake is told. */
  async function admit(request: IncomingMessage): Promise<void> {
    if (!origins.allows(request)) throw new ProblemError('origin_refused');
    // A handshake has no session id yet; later requests belong to a socket that was counted.
    const isHandshake = !/^[^#]*[?&]sid=[^&#]/.test(request.url ?? '');
    if (isHandshake) await rateLimits.count('sockets', clientAddress(request, config.proxies));
  }

  const hear: SocketServer['hear'] = (socket, handle, refuse, stamp = () => 0) => {
    let refused = 0;
    socket.onAny(async (name: string, ...args: unknown[]) => {
      const stamped = stamp();
      try {
        await rateLimits.count('events', socket.id);
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        refuse(error, name, args);
        // Who does not stop is stopped.
        if (++refused > limits.eventsRefusedMax) socket.disconnect(true);
        return;
      }
      handle(name, args, stamped);
    });
  };

  return {
    io,
    isFor: ({ url }) => url?.startsWith(path) === true,

    handleRequest(request, response) {
      admit(request).then(
        () => engine.handleRequest(request as never, response),
        (error) => {
          const { head, body } = renderRefusal(error, createRequestId());
          response.writeHead(head.status, head.headers).end(body);
        },
      );
    },

    handleUpgrade(request, socket, head) {
      socket.on('error', () => {});
      admit(request).then(
        () => engine.handleUpgrade(request as never, socket, head),
        (error) => refuseUpgrade(socket, error, createRequestId()),
      );
    },

    count: () => engine.clientsCount,
    addressOf: ({ request }) => clientAddress(request, config.proxies),

    hear,

    listen(socket, dispatch) {
      hear(
        socket,
        async (name, args) => replyOf(args)(await dispatch(name, typeof args[0] === 'function' ? {} : args[0])),
        (problem, _name, args) => replyOf(args)(refusal(problem)),
      );
    },

    async close() {
      await io.close();
      engine.close();
    },
  };
}

/** How the sender of an event wants to be answered. */
function replyOf(args: unknown[]): (ack: Ack) => void {
  const last = args.at(-1);
  return typeof last === 'function' ? (last as (ack: Ack) => void) : () => {};
}

/** A handshake is refused in words that the clients of another system know. */
export class HandshakeRefusal extends Error {}

/** What a client gets as `connect_error`: its `data` says which failure it is. */
export function toConnectError(error: unknown): Error {
  if (error instanceof HandshakeRefusal) return new Error(error.message);
  const { code, message, retryAfterSeconds } = expectedFailure(error) ?? new ProblemError('internal');
  return Object.assign(new Error(message), { data: { code, message, retryAfterSeconds } });
}

function renderRefusal(error: unknown, requestId: string) {
  const problem = expectedFailure(error) ?? new ProblemError('internal');
  const { status, retryAfterSeconds } = problem;
  const body = JSON.stringify(renderProblem(problem, requestId));
  const headers: Record<string, string> = {
    'content-type': problemMediaType,
    'content-length': String(Buffer.byteLength(body)),
    'x-request-id': requestId,
    'x-content-type-options': 'nosniff',
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
  };
  return { head: { status, headers }, body };
}

/** Answers an upgrade request as HTTP does. */
export function refuseUpgrade(socket: Duplex, error: unknown, requestId: string): void {
  const { head, body } = renderRefusal(error, requestId);
  const lines = Object.entries({ ...head.headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${head.status} Refused\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
  socket.once('finish', () => socket.destroy());
}
