import type { ProblemError } from '@coderoom/protocol';
import type { FastifyRequest } from 'fastify';
import type { Dialect } from '../dialect.ts';
import { renderByFastApi } from '../fastapi.ts';
import { registerServerRoutes } from './server-routes.ts';
import { type CodeInterviewServices, name } from './services.ts';
import { registerSessionRoutes } from './session-routes.ts';
import { describeFailure } from './shapes.ts';
import { registerUserRoutes } from './user-routes.ts';

/** CodeInterview: sessions that are read and written whole, with at most ten users whom nothing connects. */
export function createCodeInterview(services: CodeInterviewServices): Dialect {
  return {
    name,
    tag: { name: 'CodeInterview', description: 'Clients of CodeInterview' },
    paths: ['/api/v1', '/api/v1/*'],
    dropsSlash: true,
    render,
    register(http) {
      // Bodies are judged as FastAPI would.
      http.setValidatorCompiler(() => () => true);
      registerSessionRoutes(http, services);
      registerUserRoutes(http, services);
      registerServerRoutes(http, services);
    },
  };
}

function render(problem: ProblemError, { routeOptions }: FastifyRequest) {
  const isExecution = problem.code === 'internal' && routeOptions.url === '/api/v1/execute';
  const error = isExecution ? 'EXECUTION_ERROR' : problem.code.toUpperCase();
  const { status, message } = problem;
  return renderByFastApi(problem) ?? { status, body: describeFailure(status, error, message) };
}
