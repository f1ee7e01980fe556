import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Collab, CollabSession, CollabSocket } from '@coderoom/collab';
import { collabClose, type ErrorCode, limits, ProblemError } from '@coderoom/protocol';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import type { Caller } from '../caller.ts';
import type { Config } from '../config.ts';
import { toCollabMember } from '../members/service.ts';
import type { Access, Authorized } from './authorize.ts';
import { createExpiry } from './expiry.ts';
import { clientAddress, type Origins } from './origin.ts';
import type { Presence } from './presence.ts';
import { expectedFailure } from './problems.ts';
import type { RateLimits } from './rate-limits.ts';
import { createTurnWriter, type TurnWriter } from './turn-writer.ts';

/** `/collab/<room id>?token=…&acks=1`: from a WebSocket to a session of the sync engine. What travels is not its business. */
export interface DocumentSockets {
  isFor(request: IncomingMessage): boolean;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends the connections that a sign-in opened. */
  disconnectSession(sessionId: string): void;
  /** Drops whoever has not closed by itself. */
  close(): void;
}

export interface DocumentSocketsOptions {
  config: Pick<Config, 'proxies'>;
  collab: Pick<Collab, 'connect' | 'updateMember' | 'removeMember'>;
  access: Access;
  origins: Origins;
  rateLimits: RateLimits;
  presence: Presence;
  pingMs?: number;
  logger: { error(details: object, message: string): void };
  now(): number;
}

const address = /^\/collab\/([^/?]+)\/?(?:\?|$)/;
/** A close reason has room for this much (RFC 6455, 5.5). */
const reasonMaxBytes = 123;

export function createDocumentSockets(options: DocumentSocketsOptions): DocumentSockets {
  const { config, collab, access, origins, rateLimits, presence, logger } = options;
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    perMessageDeflate: false,
    maxPayload: limits.collabFrameMaxBytes,
  });
  const writer = createTurnWriter();
  const bySession = new Map<string, Set<WebSocket>>();
  const heartBeat = setInterval(() => dropTheSilent(server.clients), options.pingMs ?? limits.socketPingMs).unref();

  async function admit(request: IncomingMessage): Promise<Authorized> {
    const { url = '' } = request;
    if (!origins.allows(request)) throw new ProblemError('origin_refused');
    await rateLimits.count('sockets', clientAddress(request, config.proxies));
    const token = new URLSearchParams(url.slice(url.indexOf('?') + 1)).get('token') ?? undefined;
    const roomKey = decode(address.exec(url)?.[1] ?? '');
    const authorized = await access.byToken(token, roomKey);
    if (!presence.takeSeat(seatOf(authorized), authorized.room.capacity)) throw new ProblemError('room_full');
    return authorized;
  }

  function connect(webSocket: WebSocket, socket: Duplex, authorized: Authorized, acks: boolean): void {
    const { room, member, sessionId, expiresAt } = authorized;
    const ofSession = sessionId === undefined ? undefined : (bySession.get(sessionId) ?? new Set());
    if (sessionId !== undefined && ofSession !== undefined) bySession.set(sessionId, ofSession.add(webSocket));
    const expiry = createExpiry(
      expiresAt,
      () => close(webSocket, collabClose.unauthorized, 'token_expired'),
      options.now,
    );
    const connection = presence.connect(seatOf(authorized), 'document');
    const session = collab.connect({
      roomId: room.id,
      socket: adapt(webSocket, socket, writer),
      member: toCollabMember(member, room.status === 'ended'),
      acks,
    });
    forward(webSocket, session);
    webSocket.on('close', () => {
      expiry.cancel();
      ofSession?.delete(webSocket);
      if (sessionId !== undefined && ofSession?.size === 0) bySession.delete(sessionId);
      connection.closed();
      session.closed();
    });
    recheck(authorized, webSocket).catch((error) => {
      if (expectedFailure(error) === undefined) logger.error({ err: error }, 'a membership could not be checked');
      close(webSocket, collabClose.tryAgainLater, 'internal');
    });
  }

  /** Who was removed or given another role between the handshake and now was not yet here for that to act on. */
  async function recheck(caller: Caller, webSocket: WebSocket): Promise<void> {
    const { room, member } = caller;
    try {
      const now = await access.again(caller);
      const isSame =
        now.member.role === member.role && now.member.name === member.name && now.room.status === room.status;
      if (!isSame) collab.updateMember(room.id, toCollabMember(now.member, now.room.status === 'ended'));
    } catch (error) {
      if (!(error instanceof ProblemError) || closeCodes[error.code] === undefined) throw error;
      // What has ended is this sign-in; the member's other devices stay.
      if (ofSignIn.has(error.code)) return close(webSocket, closeCodeOf(error), error.code);
      collab.removeMember(room.id, member.id, closeCodeOf(error), error.code);
    }
  }

  return {
    isFor: ({ url }) => address.test(url ?? ''),

    handleUpgrade(request, socket, head) {
      const ignoreError = () => {};
      socket.on('error', ignoreError);
      const upgrade = (then: (webSocket: WebSocket) => void) => {
        server.handleUpgrade(request, socket, head, (webSocket) => {
          // ws closes by itself after a broken frame; without a listener the error would end the process.
          webSocket.on('error', ignoreError);
          then(webSocket);
        });
      };
      const acks = /[?&]acks=1(&|$)/.test(request.url ?? '');
      admit(request).then(
        (authorized) => upgrade((webSocket) => connect(webSocket, socket, authorized, acks)),
        // A browser does not show why an upgrade failed; it does show why a socket was closed.
        (error) => {
          const problem = expectedFailure(error) ?? new ProblemError('internal');
          if (problem.code === 'internal') logger.error({ err: error }, 'a document socket failed unexpectedly');
          upgrade((webSocket) => close(webSocket, closeCodeOf(problem), problem.code));
        },
      );
    },

    disconnectSession(sessionId) {
      for (const webSocket of bySession.get(sessionId) ?? []) {
        close(webSocket, collabClose.unauthorized, 'session_ended');
      }
    },

    close() {
      clearInterval(heartBeat);
      for (const webSocket of server.clients) webSocket.terminate();
      server.close();
    },
  };
}

const closeCodes: Partial<Record<ErrorCode, number>> = {
  token_missing: collabClose.unauthorized,
  token_invalid: collabClose.unauthorized,
  token_expired: collabClose.unauthorized,
  membership_ended: collabClose.unauthorized,
  session_ended: collabClose.unauthorized,
  sign_in_required: collabClose.unauthorized,
  origin_refused: collabClose.forbidden,
  room_not_found: collabClose.roomGone,
};

const ofSignIn = new Set<ErrorCode>(['session_ended', 'sign_in_required']);

function closeCodeOf({ code }: ProblemError): number {
  return closeCodes[code] ?? collabClose.tryAgainLater;
}

function seatOf({ room, member }: Caller) {
  return { id: member.id, roomId: room.id, isOwner: member.role === 'owner' };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}

/** `socket` is the connection below the WebSocket: held back while frames for it are gathered. */
function adapt(webSocket: WebSocket, socket: Duplex, writer: TurnWriter): CollabSocket {
  return {
    send: (message) => {
      if (webSocket.readyState !== WebSocket.OPEN) return;
      writer.gather(socket);
      webSocket.send(message);
    },
    close: (code, reason) => close(webSocket, code, reason),
    get bufferedBytes() {
      return webSocket.bufferedAmount;
    },
  };
}

/** A peer that does not answer the closing handshake is dropped by ws itself after a while. */
function close(webSocket: WebSocket, code: number, reason: string): void {
  webSocket.close(code, Buffer.from(reason).subarray(0, reasonMaxBytes).toString());
}

function forward(webSocket: WebSocket, session: CollabSession): void {
  webSocket.on('message', (data: RawData, isBinary: boolean) => {
    // What comes after we have said good-bye is nobody's.
    if (webSocket.readyState !== WebSocket.OPEN) return;
    if (isBinary) session.receive(new Uint8Array(data as Buffer));
    else close(webSocket, collabClose.protocolError, 'messages are binary');
  });
}

const pinged = new WeakSet<WebSocket>();
const answered = new WeakSet<WebSocket>();

/** Pings everybody; who has not answered the last ping is gone without a word. */
function dropTheSilent(clients: Set<WebSocket>): void {
  for (const webSocket of clients) {
    if (pinged.has(webSocket) && !answered.has(webSocket)) {
      webSocket.terminate();
      continue;
    }
    if (!pinged.has(webSocket)) {
      pinged.add(webSocket);
      webSocket.on('pong', () => answered.add(webSocket));
    }
    answered.delete(webSocket);
    webSocket.ping();
  }
}
