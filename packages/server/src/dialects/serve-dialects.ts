import { limits, ProblemError } from '@coderoom/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DialectName } from '../config.ts';
import type { SocketDialect } from '../gateway/dialect-sockets.ts';
import type { Http } from '../gateway/http.ts';
import { problemOf } from '../gateway/problems.ts';
import { HandshakeRefusal } from '../gateway/socket-server.ts';
import { type Dialect, DialectFault, sendAnswer } from './dialect.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whether there came a body that says something; in dialects only. */
    hasBody: boolean;
  }
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

export interface DialectList {
  dialects: readonly Dialect[];
  enabled: readonly DialectName[];
}

/**
 * Puts the dialects' routes up, each in a scope of its own: its shape for every failure, its answers to pages of other
 * sites, and its word for what is not there. One that is switched off says so at all of its addresses.
 */
export async function serveDialects(http: Http, { dialects, enabled }: DialectList): Promise<void> {
  for (const dialect of dialects) {
    await http.register(async (scope) => serve(dialect, scope as unknown as Http, enabled.includes(dialect.name)));
  }
}

/** Under which the operations of those that are served stand in our OpenAPI document. */
export function servedTags({ dialects, enabled }: DialectList): Dialect['tag'][] {
  return dialects.filter(({ name }) => enabled.includes(name)).map(({ tag }) => tag);
}

/** The dialects' ways to speak on Socket.IO; one that is switched off says so to who would speak it. */
export function socketDialects({ dialects, enabled }: DialectList): SocketDialect[] {
  return dialects.flatMap(({ name, tag, sockets }) => {
    if (sockets === undefined) return [];
    if (enabled.includes(name)) return [sockets];
    const admit = () => Promise.reject(new HandshakeRefusal(saysOff(tag.name)));
    return [{ recognises: sockets.recognises, admit }];
  });
}

/**
 * The address that a request means: what cannot be decoded of a dialect's address is taken as it stands, so that it is
 * answered by the dialect, as not found.
 */
export function readableUrl({ dialects }: DialectList, url: string): string {
  const isOurs = dialects.some(({ paths }) => paths.some((path) => url.startsWith(path.replace(/[:*].*$/, ''))));
  // A dialect's `/api` is what our own addresses begin with, too.
  if (!isOurs || url.startsWith('/api/v2/') || !url.includes('%')) return url;
  try {
    decodeURIComponent(url.split('?', 1)[0] ?? '');
    return url;
  } catch {
    return url.replaceAll('%', '%25');
  }
}

const saysOff = (name: string) => `${name} is switched off on this server.`;

function serve(dialect: Dialect, scope: Http, isOn: boolean): void {
  const { paths, render } = dialect;
  scope.removeAllContentTypeParsers();
  scope.decorateRequest('hasBody', false);
  scope.addContentTypeParser('*', { parseAs: 'string', bodyLimit: limits.httpBodyMaxBytes }, parseJson);
  scope.setErrorHandler((error, request, reply) => {
    if (error instanceof DialectFault) return sendAnswer(reply, error.answer);
    const problem = problemOf(error, request);
    if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', problem.retryAfterSeconds);
    sendAnswer(reply, render(problem, request));
  });
  // Also in the last moment, so that refusals by what comes before the route can be read by pages, too.
  scope.addHook('onRequest', async (request, reply) => allowPages(dialect, request, reply));
  scope.addHook('onSend', async (request, reply) => allowPages(dialect, request, reply));

  const known: { method: string; url: string; pattern: RegExp }[] = [];
  let isRegistering = true;
  scope.addHook('onRoute', ({ method, url }) => {
    if (!isRegistering) return;
    const pattern = url.replace(/\/:\w+/g, '/[^/]+').replace('*', '.+');
    for (const one of [method].flat()) known.push({ method: one, url, pattern: new RegExp(`^${pattern}$`) });
  });
  if (isOn) dialect.register(scope);
  isRegistering = false;

  const methodsOf = (path: string) =>
    known.filter(({ method, pattern }) => method !== 'HEAD' && pattern.test(path)).map(({ method }) => method);

  function refuse(request: FastifyRequest, reply: FastifyReply) {
    if (!isOn) throw new ProblemError('dialect_off', { detail: saysOff(dialect.tag.name) });
    const [path = '', query] = request.url.split('?', 2);
    const plain = path.replace(/\/+$/, '');
    if (dialect.dropsSlash && path !== plain && methodsOf(plain).length > 0) {
      return reply.redirect(query === undefined ? plain : `${plain}?${query}`, 307);
    }
    const allowed = methodsOf(path);
    if (allowed.length === 0) throw new ProblemError('not_found');
    reply.header('allow', [...new Set(allowed)].join(', '));
    throw new ProblemError('method_not_allowed');
  }

  for (const url of paths) {
    // What has a more particular address never comes here, nor what is its own.
    const others = methods.filter((method) => !known.some((route) => route.url === url && route.method === method));
    scope.route({ method: others, url, schema: { hide: true }, handler: refuse });
    scope.options(url, { schema: { hide: true } }, (_request, reply) => reply.type('text/plain').send('OK'));
  }
}

/** Whatever is said about it, it is taken for JSON; nothing at all is no body. */
function parseJson(
  request: FastifyRequest,
  body: string | Buffer,
  done: (error: Error | null, body?: unknown) => void,
) {
  const isIgnored = request.method === 'DELETE' && request.routeOptions.schema?.body === undefined;
  if (body.length === 0 || isIgnored) return done(null, undefined);
  try {
    const value: unknown = JSON.parse(String(body));
    request.hasBody = value !== null;
    done(null, value);
  } catch (error) {
    done(new ProblemError('invalid_json', { detail: (error as Error).message }));
  }
}

function allowPages({ cors = 'any' }: Dialect, { method, headers }: FastifyRequest, reply: FastifyReply): void {
  const { origin } = headers;
  if (origin === undefined) return;
  const isPreflight = method === 'OPTIONS';
  reply.header('access-control-allow-origin', cors === 'own' || isPreflight ? origin : '*');
  reply.header('access-control-allow-credentials', 'true');
  if (!isPreflight) return;
  reply.header('access-control-allow-methods', 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT');
  reply.header('access-control-allow-headers', headers['access-control-request-headers'] ?? '*');
  reply.header('access-control-max-age', '600');
}
