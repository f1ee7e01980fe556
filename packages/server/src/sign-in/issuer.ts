import { EmailAddress, limits, ProblemError } from '@coderoom/protocol';
import { createRemoteJWKSet, errors, type JWTPayload, customFetch as jwksFetch, jwtVerify } from 'jose';
import * as oidc from 'openid-client';
import type { IssuerIdentity } from '../accounts/service.ts';
import type { OidcConfig } from '../config.ts';
import { compileCheck } from '../gateway/validation.ts';
import { cleanLine } from '../people-text.ts';
import { fetchFromIssuer, IssuerSilent } from './issuer-fetch.ts';

/**
 * An OpenID Connect provider: who it says somebody is, through the browser (authorization code with PKCE) or by a token
 * that it made. It is asked when it is needed and not before, so one that is gone hurts nobody but who asks for it.
 */
export interface OidcIssuer {
  /** By which people know it. */
  readonly name: string;
  /** Where to send the browser, and what to know when it comes back. Fails with `oidc_unavailable`. */
  begin(redirectUri: string): Promise<{ location: string; flow: OidcFlow }>;
  /** Who came back. `query` is what the browser brought. Fails with `oidc_failed` or `oidc_unavailable`. */
  finish(flow: OidcFlow, query: string): Promise<IssuerIdentity>;
  /** Whose id or access token it is. Fails with `oidc_failed`, `token_expired` or `oidc_unavailable`. */
  verifyToken(token: string): Promise<IssuerIdentity>;
  /** Fails while the provider cannot be reached. */
  check(): Promise<void>;
}

/** What has to be the same when the browser comes back. */
export interface OidcFlow {
  redirectUri: string;
  state: string;
  nonce: string;
  /** Of PKCE (RFC 7636). */
  verifier: string;
}

export interface OidcIssuerOptions {
  now?: () => number;
  retryMs?: number;
  keysCooldownMs?: number;
  logger: { warn(details: object, message: string): void };
}

interface Discovered {
  configuration: oidc.Configuration;
  keys: ReturnType<typeof createRemoteJWKSet>;
  at: number;
}

/** Signatures by which nobody but the provider can sign; never a shared secret, never none (RFC 8725, 3.1). */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** Kinds of tokens that say who somebody is; others (of a logout, for instance) must not pass for them. */
const tokenTypes = [undefined, 'jwt', 'at+jwt', 'application/at+jwt'];
const scope = 'openid profile email';

export function createOidcIssuer(config: OidcConfig, options: OidcIssuerOptions): OidcIssuer {
  const { now = Date.now, logger } = options;
  const { retryMs = limits.issuerRetryMs, keysCooldownMs = limits.issuerKeysCooldownMs } = options;
  let known: Discovered | undefined;
  let asking: Promise<Discovered> | undefined;
  let failedAt = Number.NEGATIVE_INFINITY;

  async function discover(): Promise<Discovered> {
    const configuration = await oidc.discovery(
      config.issuer,
      config.clientId,
      { [oidc.clockTolerance]: limits.issuerClockToleranceMs / 1000 },
      config.clientSecret === undefined ? oidc.None() : bySecret(config.clientSecret),
      {
        [oidc.customFetch]: fetchFromIssuer,
        // An id token is checked like one that came from anywhere, although it comes from the provider itself.
        execute: [
          oidc.enableNonRepudiationChecks,
          ...(config.issuer.protocol === 'http:' ? [oidc.allowInsecureRequests] : []),
        ],
      },
    );
    const { jwks_uri } = configuration.serverMetadata();
    if (jwks_uri === undefined) throw new Error('the provider names no keys');
    const keys = createRemoteJWKSet(new URL(jwks_uri), {
      timeoutDuration: limits.issuerTimeoutMs,
      cooldownDuration: keysCooldownMs,
      cacheMaxAge: limits.issuerKeysTtlMs,
      [jwksFetch]: fetchFromIssuer,
    });
    return { configuration, keys, at: now() };
  }

  /** What the provider says of itself: asked for by one at a time, kept for a while, and beyond that when it is silent. */
  async function provider(): Promise<Discovered> {
    const isFresh = known !== undefined && now() - known.at < limits.issuerMetadataTtlMs;
    if (known !== undefined && (isFresh || now() - failedAt < retryMs)) return known;
    if (now() - failedAt < retryMs) throw new ProblemError('oidc_unavailable', { retryAfterSeconds: retryMs / 1000 });
    asking ??= discover().finally(() => {
      asking = undefined;
    });
    try {
      known = await asking;
      return known;
    } catch (error) {
      failedAt = now();
      logger.warn(
        { issuer: config.issuer.href, reason: reasonOf(error) },
        'the OpenID Connect provider is not as expected',
      );
      if (known !== undefined) return known;
      throw new ProblemError('oidc_unavailable', { retryAfterSeconds: Math.ceil(retryMs / 1000) });
    }
  }

  /** The failure as it is told; why it was goes to the log, without what was sent. */
  function toProblem(error: unknown): ProblemError {
    if (error instanceof ProblemError) return error;
    if (error instanceof errors.JWTExpired) return new ProblemError('token_expired');
    logger.warn(
      { issuer: config.issuer.href, reason: reasonOf(error) },
      'somebody could not sign in by OpenID Connect',
    );
    if (causesOf(error).some((cause) => cause instanceof IssuerSilent || cause instanceof errors.JWKSTimeout)) {
      return new ProblemError('oidc_unavailable');
    }
    return new ProblemError('oidc_failed');
  }

  /** Some providers put the e-mail only into what they tell by token. */
  async function withUserInfo(
    { configuration }: Discovered,
    claims: JWTPayload & { sub: string },
    accessToken: string,
  ): Promise<JWTPayload & { sub: string }> {
    if (claims.email !== undefined || configuration.serverMetadata().userinfo_endpoint === undefined) return claims;
    try {
      return { ...(await oidc.fetchUserInfo(configuration, accessToken, claims.sub)), ...claims };
    } catch {
      return claims; // Who somebody is, is known without it.
    }
  }

  function identify(claims: JWTPayload & { sub: string }, { configuration }: Discovered): IssuerIdentity {
    const { email, email_verified, name, preferred_username, picture } = claims;
    return {
      issuer: configuration.serverMetadata().issuer,
      subject: claims.sub,
      email: isEmail(email) ? (email as string).toLowerCase() : undefined,
      emailVerified: isEmail(email) && email_verified === true,
      name: readName(name) ?? readName(preferred_username),
      picture: readPicture(picture),
    };
  }

  return {
    name: config.issuer.host,

    async begin(redirectUri) {
      const { configuration } = await provider();
      const flow: OidcFlow = {
        redirectUri,
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        verifier: oidc.randomPKCECodeVerifier(),
      };
      const location = oidc.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope,
        state: flow.state,
        nonce: flow.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(flow.verifier),
        code_challenge_method: 'S256',
      });
      return { location: location.href, flow };
    },

    async finish({ redirectUri, state, nonce, verifier }, query) {
      try {
        const found = await provider();
        const answer = await oidc.authorizationCodeGrant(found.configuration, new URL(`${redirectUri}?${query}`), {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        const claims = answer.claims();
        if (claims === undefined) throw new ProblemError('oidc_failed');
        return identify(await withUserInfo(found, claims as JWTPayload & { sub: string }, answer.access_token), found);
      } catch (error) {
        throw toProblem(error);
      }
    },

    async verifyToken(token) {
      try {
        const found = await provider();
        const audience = [config.clientId, ...(config.audience === undefined ? [] : [config.audience])];
        const { payload, protectedHeader } = await jwtVerify(token, found.keys, {
          algorithms,
          issuer: found.configuration.serverMetadata().issuer,
          audience,
          requiredClaims: ['sub', 'exp'],
          clockTolerance: limits.issuerClockToleranceMs / 1000,
          currentDate: new Date(now()),
        });
        const { sub, aud, azp } = payload;
        if (typeof sub !== 'string' || sub === '') throw new ProblemError('oidc_failed');
        if (!tokenTypes.includes(protectedHeader.typ?.toLowerCase())) throw new ProblemError('oidc_failed');
        const isForClient = [aud].flat().includes(config.clientId);
        // An id token made for another client may name us besides (OpenID Connect Core, 3.1.3.7).
        if (isForClient && azp !== undefined && azp !== config.clientId) throw new ProblemError('oidc_failed');
        const claims = { ...payload, sub };
        return identify(isForClient ? claims : await withUserInfo(found, claims, token), found);
      } catch (error) {
        throw toProblem(error);
      }
    },

    async check() {
      await provider();
      if (now() - failedAt < retryMs) throw new ProblemError('oidc_unavailable');
    },
  };
}

/** In the way that the provider says it understands; without a word, that is Basic (OpenID Connect Discovery, 3). */
function bySecret(secret: string): oidc.ClientAuth {
  const [basic, post] = [oidc.ClientSecretBasic(secret), oidc.ClientSecretPost(secret)];
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    return (methods.includes('client_secret_basic') ? basic : post)(server, ...rest);
  };
}

const checkEmail = compileCheck(EmailAddress);
const isEmail = (email: unknown) => 'value' in checkEmail(email);

function readName(name: unknown): string | undefined {
  if (typeof name !== 'string') return undefined;
  try {
    return cleanLine(name.slice(0, limits.memberNameMaxLength), limits.memberNameMaxLength);
  } catch {
    return undefined;
  }
}

function readPicture(picture: unknown): string | undefined {
  if (typeof picture !== 'string' || picture.length > limits.pictureAddressMaxLength) return undefined;
  const url = URL.parse(picture);
  return url?.protocol === 'https:' ? url.href : undefined;
}

function causesOf(error: unknown): unknown[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : [];
}

function reasonOf(error: unknown): string {
  return causesOf(error)
    .map((cause) => (cause as Error).message)
    .join(': ');
}
