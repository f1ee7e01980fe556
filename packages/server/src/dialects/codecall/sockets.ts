import { limits, ProblemError } from '@coderoom/protocol';
import type { SignedIn, SignedInAccess } from '../../gateway/authorize.ts';
import type { DialectSocket, SocketDialect } from '../../gateway/dialect-sockets.ts';
import { HandshakeRefusal } from '../../gateway/socket-server.ts';
import type { MemberService } from '../../members/service.ts';
import { createCompany } from './company.ts';
import { openPlace, type Place, type PlaceServices } from './place.ts';
import type { CodeCallSessions } from './sessions.ts';

export interface CodeCallSocketsOptions extends PlaceServices {
  signedIn: Pick<SignedInAccess, 'byForeignToken'>;
  sessions: Pick<CodeCallSessions, 'find'>;
  members: Pick<MemberService, 'list' | 'findByAccount'>;
  now(): number;
}

/** CodeCall's Socket.IO: who connects is known by an access token, and speaks of the sessions that they belong to. */
export function createCodeCallSockets(options: CodeCallSocketsOptions): SocketDialect {
  const { signedIn, sessions, members, now } = options;
  const company = createCompany<Place>();

  /** Of who has no place there nothing is heard, and they are told nothing. */
  async function enter(
    socket: DialectSocket,
    { account, sessionId }: SignedIn,
    key: string,
    { places, isJoining }: { places: Map<string, Place>; isJoining: boolean },
  ): Promise<Place | undefined> {
    const room = await sessions.find(key);
    if (room === undefined) return undefined;
    const known = places.get(room.id);
    if (known !== undefined) return known;
    const member = await members.findByAccount(room.id, account.id);
    if (member?.removedAt !== null) return undefined;
    const place = await openPlace({ ...options, socket, caller: { room, member, sessionId }, company, isJoining });
    places.set(room.id, place);
    return place;
  }

  function converse(socket: DialectSocket, who: SignedIn): void {
    const places = new Map<string, Place>();
    /** The same by what the client calls them. */
    const byKey = new Map<string, Place>();
    let isClosed = false;
    /** Coming in takes a while; what is said meanwhile is heard after that, in order. */
    let entering: Promise<void> | undefined;

    async function hear({ name, key, payload }: Said, receipts: number): Promise<void> {
      const place = byKey.get(key) ?? (await enter(socket, who, key, { places, isJoining: name === 'join-session' }));
      if (place === undefined) return;
      if (isClosed) return place.close();
      if (byKey.size < keysMax) byKey.set(key, place);
      await place.hear(name, payload, receipts);
    }

    socket.listen(
      async (name, [payload], receipts) => {
        const said = readSaid(name, payload);
        if (said === undefined) return;
        if (entering === undefined && byKey.has(said.key)) return hear(said, receipts);
        const before = entering ?? Promise.resolve();
        const after = before.then(() => hear(said, receipts));
        const settled = after
          .catch(() => {})
          .finally(() => {
            if (entering === settled) entering = undefined;
          });
        entering = settled;
        return after;
      },
      () => {},
    );
    socket.onClosed(() => {
      isClosed = true;
      for (const place of places.values()) place.close();
    });
  }

  return {
    recognises: ({ unverified }) => unverified?.payload.userId !== undefined,

    async admit({ token }) {
      const who = await signedIn.byForeignToken('codecall-access', token).catch((error: unknown) => {
        if (error instanceof ProblemError && error.status === 401) {
          throw new HandshakeRefusal('Unauthorized socket connection');
        }
        throw error;
      });
      return {
        accountId: who.account.id,
        sessionId: who.sessionId,
        // Its clients have no way to renew a token on a connection: it lasts as long as the sign-in does.
        expiresAt: now() + limits.sessionMaxMs,
        connected: (socket) => converse(socket, who),
      };
    },
  };
}

/** Names by which one client calls its sessions. */
const keysMax = 32;

interface Said {
  name: string;
  /** The session's id. */
  key: string;
  payload: Record<string, unknown>;
}

/** Events as every generation sends them; what is none is not heard. */
function readSaid(name: string, payload: unknown): Said | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const { sessionId, roomId } = payload as Record<string, unknown>;
  const key = sessionId ?? roomId;
  return typeof key === 'string' ? { name, key, payload: payload as Record<string, unknown> } : undefined;
}
