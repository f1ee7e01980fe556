import { type AccountClientEvents, type AccountServerEvents, limits, ProblemError } from '@coderoom/protocol';
import type { Socket as IoSocket, Namespace } from 'socket.io';
import { Type } from 'typebox';
import type { SignedInAccess } from './authorize.ts';
import { acknowledge } from './event-router.ts';
import { createExpiry, type Expiry } from './expiry.ts';
import { expectedFailure } from './problems.ts';
import { type SocketServer, toConnectError } from './socket-server.ts';
import { compileCheck } from './validation.ts';

/** The namespace `/account`: tells somebody who is signed in what concerns them, in whichever room they are. */
export interface AccountSockets {
  /** To every connection of an account. */
  send<Name extends keyof AccountServerEvents>(
    accountId: string,
    name: Name,
    event: Parameters<AccountServerEvents[Name]>[0],
  ): void;
  /** Has a connection, or had one a moment ago. */
  isOnline(accountId: string): boolean;
  disconnectSession(sessionId: string): void;
  /** Stops all timers. */
  close(): void;
}

export interface AccountSocketsOptions {
  server: SocketServer;
  signedIn: SignedInAccess;
  logger: { error(details: object, message: string): void };
  /** Who of an account's friends is online. */
  readOnlineFriends(accountId: string): Promise<string[]>;
  /** An account came online, or went. */
  onPresence(accountId: string): Promise<void>;
  graceMs?: number;
  now(): number;
}

interface SocketData {
  accountId: string;
  sessionId: string;
  expiresAt: number;
}
type Socket = IoSocket<AccountClientEvents, AccountServerEvents, Record<string, never>, SocketData>;
type Accounts = Namespace<AccountClientEvents, AccountServerEvents, Record<string, never>, SocketData>;

const checkRenewal = compileCheck(
  Type.Object({ accessToken: Type.String({ maxLength: limits.roomTokenMaxLength }) }, { additionalProperties: false }),
);

export function createAccountSockets(options: AccountSocketsOptions): AccountSockets {
  const { server, signedIn, logger, readOnlineFriends, onPresence, graceMs = limits.presenceGraceMs } = options;
  const accounts = server.io.of('/account') as unknown as Accounts;
  const leaving = new Map<string, NodeJS.Timeout>();
  let closed = false;

  const countOf = (accountId: string) => accounts.adapter.rooms.get(ofAccount(accountId))?.size ?? 0;
  const isOnline = (accountId: string) => countOf(accountId) > 0 || leaving.has(accountId);

  function tellPresence(accountId: string): void {
    onPresence(accountId).catch((error) => {
      if (expectedFailure(error) === undefined) logger.error({ err: error }, 'friends could not be told of a presence');
    });
  }

  accounts.use(async (socket, next) => {
    try {
      const { token } = socket.handshake.auth as { token?: unknown };
      if (token !== undefined && typeof token !== 'string') throw new ProblemError('token_invalid');
      const { account, sessionId, expiresAt } = await signedIn.byToken(token);
      if (countOf(account.id) >= limits.accountSocketsMax) throw new ProblemError('rate_limited');
      socket.data = { accountId: account.id, sessionId, expiresAt };
      next();
    } catch (error) {
      next(toConnectError(error));
    }
  });

  accounts.on('connection', (socket) => {
    welcome(socket).catch((error) => {
      if (expectedFailure(error) === undefined) logger.error({ err: error }, 'an account could not be welcomed');
      socket.conn.close();
    });
  });

  async function welcome(socket: Socket): Promise<void> {
    const { accountId, sessionId, expiresAt } = socket.data;
    const wasOnline = isOnline(accountId);
    clearTimeout(leaving.get(accountId));
    leaving.delete(accountId);
    const expiry = createExpiry(expiresAt, () => socket.disconnect(true), options.now);
    socket.join([ofAccount(accountId), ofSession(sessionId)]);
    server.listen(socket as never, (name, payload) =>
      acknowledge(name, () => renew(socket, expiry, name, payload), logger),
    );
    socket.on('disconnect', () => {
      expiry.cancel();
      if (closed || countOf(accountId) > 0) return;
      const timer = setTimeout(() => {
        leaving.delete(accountId);
        tellPresence(accountId);
      }, graceMs).unref();
      leaving.set(accountId, timer);
    });
    if (!wasOnline) tellPresence(accountId);
    // The session may have ended between the handshake and now, when nobody was here yet to be disconnected.
    await assertGoesOn(socket);
    socket.emit('account:welcome', { online: await readOnlineFriends(accountId) });
  }

  async function assertGoesOn(socket: Socket): Promise<void> {
    const { token } = socket.handshake.auth as { token: string };
    await signedIn.byToken(token);
  }

  async function renew(socket: Socket, expiry: Expiry, name: string, payload: unknown): Promise<{ expiresAt: string }> {
    if (name !== 'token:renew') throw new ProblemError('invalid_request', { detail: 'There is no such event.' });
    const checked = checkRenewal(payload);
    if ('fault' in checked) throw new ProblemError('invalid_request', { detail: checked.fault });
    const { account, sessionId, expiresAt } = await signedIn.byToken(checked.value.accessToken);
    // A connection stays with the sign-in it was opened by, and ends with it.
    if (account.id !== socket.data.accountId || sessionId !== socket.data.sessionId)
      throw new ProblemError('token_invalid');
    expiry.set(expiresAt);
    return { expiresAt: new Date(expiresAt).toISOString() };
  }

  return {
    isOnline,
    send: (accountId, name, ...event) => {
      accounts.to(ofAccount(accountId)).emit(name, ...(event as never));
    },
    disconnectSession(sessionId) {
      accounts.to(ofSession(sessionId)).emit('session:ended', {});
      accounts.in(ofSession(sessionId)).disconnectSockets(true);
    },
    close() {
      closed = true;
      for (const timer of leaving.values()) clearTimeout(timer);
      leaving.clear();
    },
  };
}

const ofAccount = (accountId: string) => `account ${accountId}`;
const ofSession = (sessionId: string) => `session ${sessionId}`;
