import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Collab } from '@coderoom/collab';
import { collabClose, type ErrorCode, limits, ProblemError } from '@coderoom/protocol';
import type { Caller } from '../caller.ts';
import type { Config } from '../config.ts';
import { toCollabMember } from '../members/service.ts';
import type { Access, Authorized } from './authorize.ts';
import { createExpiry } from './expiry.ts';
import { clientAddress, type Origins } from './origin.ts';
import type { Presence } from './presence.ts';
import { expectedFailure } from './problems.ts';
import type { RateLimits } from './rate-limits.ts';
import { acceptWebSocket, type ServerWebSocket } from './server-web-socket.ts';

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

/** Made here, since a closure within the upgrade would keep the request for as long as the socket lives. */
const ignore = () => {};

const address = /^\/collab\/([^/?]+)\/?(?:\?|$)/;

export function createDocumentSockets(options: DocumentSocketsOptions): DocumentSockets {
  const { config, collab, access, origins, rateLimits, presence, logger } = options;
  const open = new Set<ServerWebSocket>();
  const bySession = new Map<string, Set<ServerWebSocket>>();
  const heartBeat = setInterval(() => dropTheSilent(open), options.pingMs ?? limits.socketPingMs).unref();

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

  function connect(webSocket: ServerWebSocket, authorized: Authorized, acks: boolean): void {
    const { room, member, sessionId, expiresAt } = authorized;
    const ofSession = sessionId === undefined ? undefined : (bySession.get(sessionId) ?? new Set());
    if (sessionId !== undefined && ofSession !== undefined) bySession.set(sessionId, ofSession.add(webSocket));
    const expiry = createExpiry(
      expiresAt,
      () => webSocket.close(collabClose.unauthorized, 'token_expired'),
      options.now,
    );
    const connection = presence.connect(seatOf(authorized), 'document');
    const session = collab.connect({
      roomId: room.id,
      socket: webSocket,
      member: toCollabMember(member, room.status === 'ended'),
      acks,
    });
    open.add(webSocket);
    webSocket.listen({
      message: (bytes) => session.receive(bytes),
      drained: () => session.drained(),
      closed() {
        open.delete(webSocket);
        expiry.cancel();
        ofSession?.delete(webSocket);
        if (sessionId !== undefined && ofSession?.size === 0) bySession.delete(sessionId);
        connection.closed();
        session.closed();
      },
    });
    recheck(authorized, webSocket).catch((error) => {
      if (expectedFailure(error) === undefined) logger.error({ err: error }, 'a membership could not be checked');
      webSocket.close(collabClose.tryAgainLater, 'internal');
    });
  }

  /** Who was removed or given another role between the handshake and now was not yet here for that to act on. */
  async function recheck(caller: Caller, webSocket: ServerWebSocket): Promise<void> {
    const { room, member } = caller;
    try {
      const now = await access.again(caller);
      const isSame =
        now.member.role === member.role && now.member.name === member.name && now.room.status === room.status;
      if (!isSame) collab.updateMember(room.id, toCollabMember(now.member, now.room.status === 'ended'));
    } catch (error) {
      if (!(error instanceof ProblemError) || closeCodes[error.code] === undefined) throw error;
      // What has ended is this sign-in; the member's other devices stay.
      if (ofSignIn.has(error.code)) return webSocket.close(closeCodeOf(error), error.code);
      collab.removeMember(room.id, member.id, closeCodeOf(error), error.code);
    }
  }

  return {
    isFor: ({ url }) => address.test(url ?? ''),

    handleUpgrade(request, socket, head) {
      socket.on('error', ignore);
      const acks = /[?&]acks=1(&|$)/.test(request.url ?? '');
      admit(request).then(
        (authorized) => {
          const webSocket = acceptWebSocket(request, socket, head, limits.collabFrameMaxBytes);
          if (webSocket !== null) connect(webSocket, authorized, acks);
        },
        // A browser does not show why an upgrade failed; it does show why a socket was closed.
        (error) => {
          const problem = expectedFailure(error) ?? new ProblemError('internal');
          if (problem.code === 'internal') logger.error({ err: error }, 'a document socket failed unexpectedly');
          acceptWebSocket(request, socket, head, limits.collabFrameMaxBytes)?.close(closeCodeOf(problem), problem.code);
        },
      );
    },

    disconnectSession(sessionId) {
      for (const webSocket of bySession.get(sessionId) ?? []) {
        webSocket.close(collabClose.unauthorized, 'session_ended');
      }
    },

    close() {
      clearInterval(heartBeat);
      for (const webSocket of open) webSocket.terminate();
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

/** Pings everybody; who has said nothing since the last ping is gone without a word. */
function dropTheSilent(webSockets: Iterable<ServerWebSocket>): void {
  for (const webSocket of webSockets) if (!webSocket.ping()) webSocket.terminate();
}
