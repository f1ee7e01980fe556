import { IsolationTier } from '@coderoom/protocol';
import { Type } from 'typebox';
import type { ExecutionReport } from '../execution.ts';
import type { StorageKind } from '../storage/schema.ts';
import type { Http } from './http.ts';
import { problems, withoutToken } from './openapi.ts';

export interface Health {
  version: string;
  database: StorageKind;
  execution(): ExecutionReport;
  uptimeS(): number;
  /** Fails when requests cannot be served: the database is gone, or the server stops. */
  assertReady(): Promise<void>;
}

/** How the server is, for people and for whoever restarts it. */
export function registerHealthRoutes(http: Http, health: Health): void {
  http.get(
    '/health',
    {
      schema: {
        operationId: 'getHealth',
        security: withoutToken,
        tags: ['server'],
        summary: 'What this server is made of; answers as long as it lives',
        response: {
          200: Type.Object({
            status: Type.Literal('healthy'),
            version: Type.String(),
            database: Type.String(),
            execution: Type.Object({ tier: IsolationTier }),
            uptimeS: Type.Number(),
          }),
          ...problems(),
        },
      },
    },
    async () => ({
      status: 'healthy' as const,
      version: health.version,
      database: health.database,
      // The tier alone: the report behind it is for whoever runs the server, and names paths.
      execution: { tier: health.execution().tier },
      uptimeS: Math.round(health.uptimeS()),
    }),
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
}
