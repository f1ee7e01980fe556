import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Dialect } from '../dialect.ts';
import { renderByFastApi } from '../fastapi.ts';
import { fault } from './answers.ts';
import { registerExecuteRoute } from './execute-route.ts';
import { registerParticipantRoutes } from './participant-routes.ts';
import { type CodeConnectLiveServices, name } from './services.ts';
import { createSession, registerSessionRoutes } from './session-routes.ts';
import { Failure, Session } from './shapes.ts';

/** Code Connect Live, in all three generations of its protocol; and the making of a session for who asks elsewhere. */
export interface CodeConnectLive extends Dialect {
  createSession(request: FastifyRequest, reply: FastifyReply): Promise<unknown>;
  shapes: { session: typeof Session; failure: typeof Failure };
}

/** What its server says at `/`. */
export const codeConnectLiveRoot = { message: 'Code Connect Live API', version: '1.0.0' };

export function createCodeConnectLive(services: CodeConnectLiveServices): CodeConnectLive {
  return {
    name,
    tag: { name: 'Code Connect Live', description: 'Clients of Code Connect Live' },
    paths: ['/v1', '/v1/*'],
    dropsSlash: true,
    render: (problem) => renderByFastApi(problem) ?? fault(problem.status, problem.message).answer,
    register(http) {
      // Bodies are judged as FastAPI would.
      http.setValidatorCompiler(() => () => true);
      registerSessionRoutes(http, services);
      registerParticipantRoutes(http, services);
      registerExecuteRoute(http, services.runs);
    },
    createSession: (request, reply) => createSession(services, request, reply),
    shapes: { session: Session, failure: Failure },
  };
}
