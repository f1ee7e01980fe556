import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { IsolationTier, ProblemError } from '@coderoom/protocol';
import { Type } from 'typebox';
import type { ExecutionReport } from '../execution.ts';
import type { StorageKind } from '../storage/schema.ts';
import type { DependencyState } from './dependencies.ts';
import type { Http } from './http.ts';
import type { Metrics } from './metrics.ts';
import { problems, withoutToken } from './openapi.ts';

export interface Health {
  version: string;
  database: StorageKind;
  execution(): ExecutionReport;
  uptimeS(): number;
  dependencies: Record<DependencyName, () => Promise<DependencyState>>;
  /** Fails when requests cannot be served: the database is gone, or the server stops. */
  assertReady(): Promise<void>;
  metrics: Pick<Metrics, 'contentType' | 'render'>;
  metricsToken: string | undefined;
}

const dependencyNames = ['database', 'redis', 'judge0', 'issuer'] as const;
type DependencyName = (typeof dependencyNames)[number];

const Dependency = Type.Object({
  state: Type.Union([Type.Literal('ready'), Type.Literal('down'), Type.Literal('off')], {
    description: 'off: this server is not told to use one',
  }),
});

/** How the server is, for people, for whoever restarts it, and for who draws its curves. */
export function registerHealthRoutes(http: Http, health: Health): void {
  http.get(
    '/health',
    {
      schema: {
        operationId: 'getHealth',
        security: withoutToken,
        tags: ['server'],
        summary: 'What this server is made of and how that is; answers as long as it lives',
        response: {
          200: Type.Object({
            status: Type.Literal('healthy'),
            version: Type.String(),
            environment: Type.Literal('production'),
            database: Type.String(),
            execution: Type.Object({ tier: IsolationTier, missing: Type.Array(Type.String()) }),
            dependencies: Type.Object({
              database: Dependency,
              redis: Dependency,
              judge0: Dependency,
              issuer: Dependency,
            }),
            uptimeS: Type.Number(),
          }),
          ...problems(),
        },
      },
    },
    async () => {
      const states = await Promise.all(dependencyNames.map((name) => health.dependencies[name]()));
      const { tier, missing = [] } = health.execution();
      const stateOf = (name: DependencyName) => ({ state: states[dependencyNames.indexOf(name)] ?? 'down' });
      return {
        status: 'healthy' as const,
        version: health.version,
        environment: 'production' as const,
        database: health.database,
        // No more: the report behind it is for whoever runs the server, and names paths.
        execution: { tier, missing },
        dependencies: {
          database: stateOf('database'),
          redis: stateOf('redis'),
          judge0: stateOf('judge0'),
          issuer: stateOf('issuer'),
        },
        uptimeS: Math.round(health.uptimeS()),
      };
    },
  );

  http.get(
    '/readyz',
    {
      schema: {
        operationId: 'getReadiness',
        security: withoutToken,
        tags: ['server'],
        summary: 'Whether requests can be served right now',
        response: { 200: Type.Object({ status: Type.Literal('ready') }), ...problems() },
      },
    },
    async () => {
      await health.assertReady();
      return { status: 'ready' as const };
    },
  );

  http.get(
    '/metrics',
    {
      schema: {
        operationId: 'getMetrics',
        security: [{}, { metricsToken: [] }],
        tags: ['server'],
        summary: 'Numbers for Prometheus: to this machine itself, and to whoever has METRICS_TOKEN',
        response: {
          200: {
            description: 'Prometheus’ text format',
            content: { 'text/plain': { schema: Type.String() } },
          },
          ...problems('not_found'),
        },
      },
    },
    async (request, reply) => {
      const { authorization } = request.headers;
      const isAllowed =
        authorization === undefined ? isFromHere(request.raw) : isBearer(authorization, health.metricsToken);
      // Not told apart from a server that has none.
      if (!isAllowed) throw new ProblemError('not_found');
      return reply.type(health.metrics.contentType).send(await health.metrics.render());
    },
  );
}

const forwardingHeaders = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'];

/**
 * Sent by a program of this machine to this machine. A proxy that runs beside the server sends for others, and a page whose
 * name was pointed here (DNS rebinding) asks under that name.
 */
function isFromHere({ socket, headers }: IncomingMessage): boolean {
  const isLoopback = /^(::1|(::ffff:)?127(\.\d+){3})$/i.test(socket.remoteAddress ?? '');
  const isNamedSo = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i.test(headers.host ?? '');
  return isLoopback && isNamedSo && forwardingHeaders.every((name) => headers[name] === undefined);
}

function isBearer(authorization: string, token: string | undefined): boolean {
  if (token === undefined) return false;
  // Digests, because only what is equally long can be compared in constant time.
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(authorization), digest(`Bearer ${token}`));
}
