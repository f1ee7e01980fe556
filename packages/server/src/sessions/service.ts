import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { limits, ProblemError, type Session } from '@coderoom/protocol';
import type { AccountRow } from '../accounts/store.ts';
import type { AuditService } from '../audit/service.ts';
import type { SignedIn } from '../gateway/authorize.ts';
import type { IssuedToken, Tokens } from '../gateway/tokens.ts';
import { isId } from '../identifiers.ts';
import type { RefreshTokenRow, SessionRow, SessionStore } from './store.ts';

/**
 * Sessions: each is one sign-in on one device, kept up by refresh tokens of which every use gives the next one. With a
 * session ends all that was signed in by it, and nothing else.
 */
export interface SessionService {
  /** Fails with `sign_in_refused` when the account was deleted, or got another password, since it was read. */
  begin(account: AccountRow, device: Device): Promise<SessionTokens>;
  /**
   * The next tokens. The same refresh token gives the same successor for a moment, since answers get lost and tabs ask
   * at once; after that it was stolen from, or by, whoever comes second, and the session ends. Fails with
   * `token_invalid`, `token_expired` or `session_ended`.
   */
  refresh(refreshToken: string, device: Device): Promise<SessionTokens>;
  /** Whose session it is; undefined when it does not go on. */
  find(id: string): Promise<{ account: AccountRow } | undefined>;
  list(signedIn: SignedIn): Promise<Session[]>;
  /** Fails with `session_not_found` when it is nobody's, or somebody else's. */
  end(signedIn: SignedIn, id: string): Promise<void>;
  endOthers(signedIn: SignedIn): Promise<void>;
  /** Because the account goes away. */
  endAll(accountId: string): Promise<void>;
  /** Whose session a refresh token kept up; undefined when it kept up none. The token may have been used. */
  endByToken(refreshToken: string): Promise<AccountRow | undefined>;
  /** Forgets what has long been over. */
  sweep(): Promise<void>;
}

/** Where a request comes from, as people recognise it. */
export interface Device {
  address: string;
  userAgent: string;
}

export interface SessionTokens {
  account: AccountRow;
  sessionId: string;
  access: IssuedToken;
  refreshToken: string;
  /** When the refresh token ends, in milliseconds since the epoch. */
  refreshExpiresAt: number;
}

export interface SessionServiceOptions {
  store: SessionStore;
  tokens: Tokens;
  audit: AuditService;
  secretKey: string;
  /** Ends all connections that were opened by a session. */
  disconnect(sessionId: string): void;
  createId(): string;
  now(): number;
}

const tokenBytes = 32;
/** Somebody else may have rotated the token, or ended the session, between a look and an act. */
const attemptsMax = 3;

export function createSessionService(options: SessionServiceOptions): SessionService {
  const { store, tokens, audit, secretKey, disconnect, createId, now } = options;
  const successorKey = new Uint8Array(hkdfSync('sha256', secretKey, '', 'coderoom refresh tokens', tokenBytes));

  /** Derived, so that it can be given again without being stored; without the key nobody can foretell it. */
  const successorOf = (token: string) => createHmac('sha256', successorKey).update(token).digest('base64url');

  const isOver = (session: SessionRow) => session.endedAt !== null || session.expiresAt <= now();

  function tokenRow(token: string, session: Pick<SessionRow, 'id' | 'createdAt'>): RefreshTokenRow {
    const at = now();
    const expiresAt = Math.min(at + limits.refreshTtlMs, session.createdAt + limits.sessionMaxMs);
    return { tokenHash: hashToken(token), sessionId: session.id, createdAt: at, expiresAt, usedAt: null };
  }

  async function endSessions(ids: string[]): Promise<string[]> {
    const ended = await store.end(ids, now());
    for (const id of ended) disconnect(id);
    return ended;
  }

  async function answer(account: AccountRow, sessionId: string, refreshToken: string, refreshExpiresAt: number) {
    const access = await tokens.issueForAccount({ accountId: account.id, sessionId });
    return { account, sessionId, access, refreshToken, refreshExpiresAt };
  }

  return {
    async begin(account, device) {
      const at = now();
      const going = await store.list(account.id, at);
      await endSessions(going.slice(limits.sessionsPerAccount - 1).map(({ id }) => id));
      const session = { id: createId(), createdAt: at };
      const token = randomBytes(tokenBytes).toString('base64url');
      const row = tokenRow(token, session);
      const isStored = await store.create(
        { ...session, accountId: account.id, lastUsedAt: at, expiresAt: row.expiresAt, endedAt: null, ...clip(device) },
        row,
        account.passwordHash,
      );
      if (!isStored) throw new ProblemError('sign_in_refused');
      return answer(account, session.id, token, row.expiresAt);
    },

    async refresh(token, device) {
      for (let attempt = 0; attempt < attemptsMax; attempt++) {
        const row = await store.findToken(hashToken(token));
        if (row === undefined) throw new ProblemError('token_invalid');
        const found = await store.find(row.sessionId);
        if (found === undefined || found.session.endedAt !== null) throw new ProblemError('session_ended');
        const { session, account } = found;
        const successor = successorOf(token);
        if (row.usedAt === null) {
          if (row.expiresAt <= now()) throw new ProblemError('token_expired');
          const next = tokenRow(successor, session);
          const use = { lastUsedAt: next.createdAt, ...clip(device) };
          if (!(await store.rotate(row.tokenHash, next, use))) continue;
          return answer(account, session.id, successor, next.expiresAt);
        }
        if (now() < row.usedAt + limits.refreshGraceMs)
          return answer(account, session.id, successor, session.expiresAt);
        const [ended] = await endSessions([session.id]);
        if (ended !== undefined) {
          const details = { sessionId: session.id };
          const { address } = device;
          await audit.record({
            kind: 'session:token-reused',
            accountId: account.id,
            actor: account.name,
            address,
            details,
          });
        }
        throw new ProblemError('session_ended');
      }
      throw new ProblemError('session_ended');
    },

    async find(id) {
      const found = isId(id) ? await store.find(id) : undefined;
      return found === undefined || isOver(found.session) ? undefined : { account: found.account };
    },

    async list({ account, sessionId }) {
      return (await store.list(account.id, now())).map((session) => ({
        id: session.id,
        createdAt: new Date(session.createdAt).toISOString(),
        lastUsedAt: new Date(session.lastUsedAt).toISOString(),
        address: session.address,
        userAgent: session.userAgent,
        isCurrent: session.id === sessionId,
      }));
    },

    async end({ account }, id) {
      const going = await store.list(account.id, now());
      if (!going.some((session) => session.id === id)) throw new ProblemError('session_not_found');
      await endSessions([id]);
    },

    async endOthers({ account, sessionId }) {
      const going = await store.list(account.id, now());
      await endSessions(going.map(({ id }) => id).filter((id) => id !== sessionId));
    },

    async endAll(accountId) {
      await endSessions((await store.list(accountId, now())).map(({ id }) => id));
    },

    async endByToken(token) {
      const row = await store.findToken(hashToken(token));
      const found = row === undefined ? undefined : await store.find(row.sessionId);
      if (found === undefined || isOver(found.session)) return undefined;
      await endSessions([found.session.id]);
      return found.account;
    },

    sweep: () => store.sweep(now()),
  };
}

function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function clip({ address, userAgent }: Device): Device {
  return { address, userAgent: userAgent.toWellFormed().slice(0, limits.userAgentMaxLength) };
}
