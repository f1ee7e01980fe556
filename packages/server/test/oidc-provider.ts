import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Configuration, Provider } from 'oidc-provider';

/** A real OpenID Connect provider on loopback, and a browser that goes through it. */
export interface TestProvider extends AsyncDisposable {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Begins to answer, for a client that comes back to this address. */
  open(options: {
    redirectUri: string;
    people: Record<string, TestPerson>;
    claimsInIdToken?: boolean;
    /** An API that it makes access tokens for, with the claims of who they are of. */
    audience?: string;
  }): void;
}

/** What the provider says of somebody, besides their `sub`. */
export type TestPerson = Record<string, string | boolean>;

export async function startProvider(): Promise<TestProvider> {
  let provider: Provider | undefined;
  const server = createServer((request, response) => {
    if (provider === undefined) response.writeHead(503).end();
    else provider.callback()(request, response);
  });
  const issuer = await listen(server);
  const [clientId, clientSecret] = ['coderoom-test', 'a secret that this client shares with its provider'];
  return {
    issuer,
    clientId,
    clientSecret,
    open({ redirectUri, people, claimsInIdToken = false, audience }) {
      provider = new Provider(issuer, {
        clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] }],
        pkce: { required: () => true },
        claims: {
          openid: ['sub'],
          email: ['email', 'email_verified'],
          profile: ['name', 'picture', 'preferred_username'],
        },
        conformIdTokenClaims: !claimsInIdToken,
        ...(audience === undefined ? {} : accessTokensFor(audience, people)),
        cookies: { keys: ['cookies of the test provider'] },
        findAccount: async (_context, id) => ({
          accountId: id,
          claims: async () => ({ sub: id, ...people[id] }),
        }),
      });
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** As Auth0 has it, whose API gets what an action of its adds. */
function accessTokensFor(audience: string, people: Record<string, TestPerson>): Configuration {
  return {
    features: {
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: 'openid profile email',
          audience,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    extraTokenClaims: (_context, token) => ('accountId' in token ? { ...people[token.accountId] } : undefined),
  };
}

export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Follows redirects, keeps cookies for each site, and fills in the provider's forms. */
export class Browser {
  readonly #jars = new Map<string, Map<string, string>>();
  readonly visited: string[] = [];

  cookies(url: string): Map<string, string> {
    const { origin } = new URL(url);
    const jar = this.#jars.get(origin) ?? new Map<string, string>();
    this.#jars.set(origin, jar);
    return jar;
  }

  async ask(url: string, options: RequestInit = {}): Promise<Response> {
    this.visited.push(url);
    const jar = this.cookies(url);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, {
      ...options,
      redirect: 'manual',
      headers: { ...options.headers, ...(cookie === '' ? {} : { cookie }) },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split('; ');
      const [name = '', value = ''] = pair.split(/=(.*)/s);
      const isGone = attributes.includes('Max-Age=0') || attributes.some((one) => /^expires=.* 1970 /i.test(one));
      if (isGone) jar.delete(name);
      else jar.set(name, value);
    }
    return answer;
  }

  /** Signs in at the provider as `login`; gives the address that it sends the browser back to. */
  async signInAtProvider(startUrl: string, login: string): Promise<string> {
    const start = await this.ask(startUrl);
    let url = new URL(start.headers.get('location') ?? '', startUrl).href;
    const provider = new URL(url).origin;
    for (let steps = 0; steps < 12; steps++) {
      if (new URL(url).origin !== provider) return url;
      const answer = await this.ask(url);
      const next = answer.headers.get('location');
      if (next !== null) {
        url = new URL(next, url).href;
        continue;
      }
      const page = await answer.text();
      const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
      if (prompt === undefined) throw new Error(`The provider answered ${answer.status}: ${page.slice(0, 2_000)}`);
      const form = new URLSearchParams({ prompt, ...(prompt === 'login' ? { login, password: 'any' } : {}) });
      const submitted = await this.ask(url, { method: 'POST', body: form });
      url = new URL(submitted.headers.get('location') ?? '', url).href;
    }
    throw new Error(`The provider leads nowhere: ${this.visited.join(' → ')}`);
  }
}
