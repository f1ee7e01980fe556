import { limits } from '@coderoom/protocol';
import { Type } from 'typebox';
import { hangUpOf } from '../../gateway/hang-up.ts';
import type { Http } from '../../gateway/http.ts';
import { readBody } from '../fastapi.ts';
import { always, common, refused, withBody } from './answers.ts';
import { execute } from './execution.ts';
import type { CodeInterviewServices } from './services.ts';
import { Execute, Executed } from './shapes.ts';

const executeTimeoutMs = limits.runWallMaxMs + limits.httpHandlerTimeoutMs;

/** Running code, which belongs to no session; and health. */
export function registerServerRoutes(http: Http, { runs, now }: CodeInterviewServices): void {
  http.post(
    '/api/v1/execute',
    {
      config: { rate: 'runs' },
      handlerTimeout: executeTimeoutMs,
      schema: {
        ...common,
        operationId: 'codeInterviewExecute',
        summary: 'Run a program in the sandbox; one that fails is answered with 200, too',
        body: Execute,
        response: {
          200: Executed,
          409: refused('the language is not installed'),
          ...withBody,
          ...always,
          503: refused('this server does not run code'),
        },
      },
    },
    async (request, reply) => {
      const { code, language } = readBody(request, Execute);
      return execute(runs, { code, language }, { address: request.address, signal: hangUpOf(reply) });
    },
  );

  http.get(
    '/api/v1/health',
    {
      schema: {
        ...common,
        operationId: 'codeInterviewHealth',
        summary: 'Whether the server lives',
        response: { 200: Type.Object({ status: Type.Literal('ok'), timestamp: Type.String() }), ...always },
      },
    },
    async () => ({ status: 'ok' as const, timestamp: new Date(now()).toISOString() }),
  );
}
