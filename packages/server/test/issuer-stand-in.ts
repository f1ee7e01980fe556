import { createServer, type ServerResponse } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose';
import { listen } from './oidc-provider.ts';

/** An issuer of tokens whose keys and moods a test decides. */
export interface IssuerStandIn extends AsyncDisposable {
  readonly issuer: string;
  /** How often its keys were asked for. */
  keysAsked(): number;
  /** From now on tokens are signed by a new key; the old one is published for as long as it is kept. */
  rotate(options: { keepOld: boolean }): Promise<void>;
  /** A token of it; `header` may replace what it would be signed with. */
  sign(claims: Record<string, unknown>, header?: Partial<JWTHeaderParameters>): Promise<string>;
  /** What it signs by, as everybody may read it. */
  publicKey(): JWK;
  behave(mood: Mood): void;
}

/** How it answers. */
type Mood = 'well' | 'fails' | 'hangs' | 'redirects' | 'huge' | 'junk' | 'somebody else';

export async function startIssuer(): Promise<IssuerStandIn> {
  let mood: Mood = 'well';
  let asked = 0;
  let generation = 0;
  let current: { privateKey: CryptoKey; jwk: JWK };
  let published: JWK[] = [];
  const hanging = new Set<ServerResponse>();

  async function makeKey(keep: JWK[]): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair('RS256');
    const jwk = { ...(await exportJWK(publicKey)), kid: `key-${++generation}`, alg: 'RS256', use: 'sig' };
    current = { privateKey, jwk };
    published = [...keep, jwk];
  }
  await makeKey([]);

  const answerWell = (path: string, issuer: string): object | undefined => {
    if (path === '/.well-known/openid-configuration') {
      return {
        issuer: mood === 'somebody else' ? 'https://somebody-else.test/' : issuer,
        authorization_endpoint: `${issuer}authorize`,
        token_endpoint: `${issuer}token`,
        jwks_uri: `${issuer}keys`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      };
    }
    if (path !== '/keys') return undefined;
    asked++;
    return { keys: published };
  };

  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://x').pathname;
    switch (mood) {
      case 'fails':
        return void response.writeHead(500).end('out of order');
      case 'hangs':
        return void hanging.add(response);
      case 'redirects':
        return void response.writeHead(302, { location: `${issuer}elsewhere` }).end();
      case 'huge':
        return void response.writeHead(200, { 'content-type': 'application/json' }).end(`"${'x'.repeat(2_000_000)}"`);
      case 'junk':
        return void response.writeHead(200, { 'content-type': 'application/json' }).end('{"issuer": ');
      case 'well':
      case 'somebody else': {
        const body = answerWell(path, issuer);
        response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body ?? {}));
      }
    }
  });
  // As Auth0 has it: with a slash at its end.
  const issuer = `${await listen(server)}/`;

  return {
    issuer,
    keysAsked: () => asked,
    rotate: ({ keepOld }) => makeKey(keepOld ? published : []),
    sign: (claims, header = {}) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', kid: current.jwk.kid ?? '', typ: 'JWT', ...header })
        .sign(current.privateKey),
    publicKey: () => current.jwk,
    behave(next) {
      mood = next;
      for (const response of hanging) response.destroy();
      hanging.clear();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
