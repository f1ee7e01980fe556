import { createHash, randomUUID } from 'node:crypto';
import { limits, ProblemError } from '@coderoom/protocol';
import { decodeJwt, type JWTPayload } from 'jose';
import type { IssuerIdentity } from '../../accounts/service.ts';
import type { AccountRow } from '../../accounts/store.ts';
import type { SignedIn, SignedInAccess } from '../../gateway/authorize.ts';
import type { Tokens } from '../../gateway/tokens.ts';
import type { Device } from '../../sessions/service.ts';
import type { OidcIssuer } from '../../sign-in/issuer.ts';
import type { SignInService } from '../../sign-in/service.ts';
import { toV4 } from '../ids.ts';

/**
 * Signing in as CodeChill's clients do it: by a token of the provider, for which they get tokens of the app; or, as its
 * later pages have it, by the provider's token everywhere. Either way it is a session of ours.
 */
export interface CodeChillSignIns {
  /** By a token of the app that is for this use, or one of the provider. Fails as `signedIn.byForeignToken`. */
  check(token: string, use: TokenUse, device: Device): Promise<CodeChillUser>;
  /** Who a token of the provider is of. Fails with `token_…` or `oidc_…`. */
  identify(issuerToken: string): Promise<IssuerIdentity>;
  /** A new session, by such a token. */
  begin(issuerToken: string, identity: IssuerIdentity, device: Device): Promise<CodeChillUser>;
  /** The session that this token has begun, if it goes on; a new one otherwise. */
  resume(issuerToken: string, identity: IssuerIdentity, device: Device): Promise<CodeChillUser>;
  issue(user: CodeChillUser, use: TokenUse, isFresh?: boolean): Promise<string>;
  /** Whether a token is the provider's, by what it says itself. */
  isOfIssuer(unverified: { payload: JWTPayload } | undefined): boolean;
}

type TokenUse = 'access' | 'refresh';

/** Somebody signed in, with the e-mail that the provider told, verified or not: they alone are shown it. */
export interface CodeChillUser extends SignedIn {
  toldEmail: string | null;
}

export interface CodeChillSignInsOptions {
  tokens: Pick<Tokens, 'issueForeign'>;
  signedIn: Pick<SignedInAccess, 'byForeignToken'>;
  signIn: Pick<SignInService, 'loginAs'>;
  /** Undefined: there is none. */
  provider: Pick<OidcIssuer, 'verifyToken'> | undefined;
  /** As the configuration names the provider. */
  issuer: string | undefined;
  now(): number;
}

export function createCodeChillSignIns(options: CodeChillSignInsOptions): CodeChillSignIns {
  const { tokens, signedIn, signIn, provider, now } = options;
  const issuer = options.issuer === undefined ? undefined : withoutSlash(options.issuer);
  /** By the hash of a provider's token, the access token of the session that it has begun; the oldest first. */
  const exchanged = new Map<string, Exchanged>();

  const issue: CodeChillSignIns['issue'] = async ({ account, sessionId, toldEmail }, use, isFresh = false) => {
    const { email, name, picture } = account;
    const claims = {
      fresh: isFresh,
      jti: randomUUID(),
      nbf: Math.floor(now() / 1000),
      csrf: randomUUID(),
      email: email ?? toldEmail,
      ...(use === 'access' ? { name, picture: isShortAddress(picture) ? picture : null } : {}),
    };
    return (await tokens.issueForeign(`codechill-${use}`, { holder: toV4(account.id), sessionId }, claims)).token;
  };

  function isOfIssuer(unverified: { payload: JWTPayload } | undefined): boolean {
    const { iss } = unverified?.payload ?? {};
    return issuer !== undefined && typeof iss === 'string' && withoutSlash(iss) === issuer;
  }

  async function identify(issuerToken: string): Promise<IssuerIdentity> {
    if (provider === undefined) throw new ProblemError('oidc_off');
    return provider.verifyToken(issuerToken);
  }

  async function login(identity: IssuerIdentity, device: Device): Promise<CodeChillUser> {
    const { account, sessionId, access } = await signIn.loginAs(identity, device);
    return { account, sessionId, expiresAt: access.expiresAt, toldEmail: identity.email ?? null };
  }

  async function begin(issuerToken: string, identity: IssuerIdentity, device: Device): Promise<CodeChillUser> {
    const user = await login(identity, device);
    await remember(issuerToken, issue(user, 'access'));
    return user;
  }

  async function resume(issuerToken: string, identity: IssuerIdentity, device: Device): Promise<CodeChillUser> {
    const known = exchanged.get(hashOf(issuerToken));
    try {
      if (known !== undefined) return await checkOwn(await known.access, 'access');
    } catch (error) {
      if (!(error instanceof ProblemError) || !['session_ended', 'token_expired'].includes(error.code)) throw error;
    }
    return begin(issuerToken, identity, device);
  }

  async function remember(issuerToken: string, access: Promise<string>): Promise<void> {
    const { exp = 0 } = decodeJwt(issuerToken);
    const name = hashOf(issuerToken);
    exchanged.delete(name);
    exchanged.set(name, { access, expiresAt: exp * 1000 });
    const oldest = exchanged.keys().next().value;
    if (exchanged.size > limits.issuerTokensRemembered && oldest !== undefined) exchanged.delete(oldest);
    try {
      await access;
    } catch (error) {
      exchanged.delete(name);
      throw error;
    }
  }

  /** One session for each token of the provider, however often it is used; and none any more once that has ended. */
  async function checkIssuerToken(issuerToken: string, device: Device): Promise<CodeChillUser> {
    if (!exchanged.has(hashOf(issuerToken))) {
      // Several requests of a page come at once, when the first of them has not been answered yet.
      const access = identify(issuerToken).then(async (identity) => issue(await login(identity, device), 'access'));
      await remember(issuerToken, access);
    }
    const known = exchanged.get(hashOf(issuerToken));
    if (known === undefined) throw new ProblemError('token_invalid');
    if (known.expiresAt + limits.issuerClockToleranceMs <= now()) throw new ProblemError('token_expired');
    const user = await checkOwn(await known.access, 'access');
    return { ...user, expiresAt: Math.min(user.expiresAt, known.expiresAt) };
  }

  async function checkOwn(token: string, use: TokenUse): Promise<CodeChillUser> {
    const found = await signedIn.byForeignToken(`codechill-${use}`, token);
    const { email } = decodeJwt(token);
    return { ...found, toldEmail: typeof email === 'string' ? email : null };
  }

  return {
    issue,
    isOfIssuer,
    identify,
    begin,
    resume,
    check: (token, use, device) =>
      use === 'access' && isOfIssuer(readUnverified(token)) ? checkIssuerToken(token, device) : checkOwn(token, use),
  };
}

interface Exchanged {
  access: Promise<string>;
  /** Of the provider's token, in milliseconds since the epoch. */
  expiresAt: number;
}

function readUnverified(token: string): { payload: JWTPayload } | undefined {
  if (token.length > limits.issuerTokenMaxLength) return undefined;
  try {
    return { payload: decodeJwt(token) };
  } catch {
    return undefined;
  }
}

const hashOf = (token: string) => createHash('sha256').update(token).digest('base64url');
const withoutSlash = (address: string) => address.replace(/\/+$/, '');
/** Pictures that are in the account itself would make a token that fits into no header. */
const isShortAddress = (picture: AccountRow['picture']) =>
  picture?.startsWith('https:') === true && picture.length <= limits.codechillTokenPictureMaxLength;
