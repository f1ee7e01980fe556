import { limits } from '@coderoom/protocol';
import { Type } from 'typebox';
import type { Http } from '../../gateway/http.ts';
import { withoutToken } from '../../gateway/openapi.ts';
import type { RunService } from '../../runs/service.ts';
import { fromV4, toV4 } from '../ids.ts';
import { type CodeChillExecutions, readProgram } from './executions.ts';
import { fault, insteadOfRefusal } from './fault.ts';
import { listLanguages } from './languages.ts';
import type { CodeChillRooms } from './rooms.ts';
import { type Askers, faults, looseBody, readString, withAppToken } from './route-kit.ts';
import { ExecutionRow } from './shapes.ts';

export interface ExecutionRoutesOptions {
  askers: Askers;
  codechillRooms: CodeChillRooms;
  executions: CodeChillExecutions;
  runs: Pick<RunService, 'find' | 'listWhole' | 'roomOf'>;
}

/** `/api/execution`, of its later versions. */
export function registerExecutionRoutes(http: Http, options: ExecutionRoutesOptions): void {
  const { askers, codechillRooms, executions, runs } = options;
  const { onRequest } = askers;
  const common = { tags: ['CodeChill'], security: withAppToken };

  http.get(
    '/api/execution/languages',
    {
      config: { failure: 'Failed to fetch languages' },
      schema: {
        tags: ['CodeChill'],
        security: withoutToken,
        operationId: 'codechillListLanguages',
        summary: 'CodeChill’s languages',
        response: {
          200: Type.Object({
            languages: Type.Array(Type.String()),
            language_map: Type.Record(Type.String(), Type.Integer(), { description: 'their numbers at Judge0' }),
          }),
          ...faults(),
        },
      },
    },
    async () => listLanguages(),
  );

  http.post(
    '/api/execution/submit',
    {
      onRequest,
      config: { failure: 'Failed to execute code', rate: 'runs' },
      schema: {
        ...common,
        operationId: 'codechillSubmitExecution',
        summary: 'Run a program in a room',
        body: looseBody({
          room_id: 'in which one is',
          language: 'javascript unless it is named',
          source_code: 'up to 100000 characters',
          input_data: 'what the program reads',
        }),
        response: {
          201: Type.Object({ message: Type.String(), execution_id: Type.String(), judge0_token: Type.String() }),
          ...faults(401, 403, 404, 409, 413),
        },
      },
    },
    async (request, reply) => {
      const body = request.body as Record<string, unknown>;
      const roomId = readString(body.room_id);
      if (roomId === undefined || roomId === '') throw fault(400, 'Room ID required');
      const caller = await codechillRooms.callerIn(roomId, askers.of(request));
      const { id } = await executions.start(caller, readProgram(body));
      const executionId = toV4(id);
      return reply
        .status(201)
        .send({ message: 'Code submitted for execution', execution_id: executionId, judge0_token: executionId });
    },
  );

  http.get(
    '/api/execution/:chillExecution/result',
    {
      onRequest,
      config: { failure: 'Failed to get execution result' },
      schema: {
        ...common,
        params: Type.Object({ chillExecution: Type.String() }),
        operationId: 'codechillGetExecution',
        summary: 'What a program has come to so far',
        response: { 200: Type.Object({ execution: ExecutionRow }), ...faults(401, 404) },
      },
    },
    async (request) => {
      const runId = fromV4(request.params.chillExecution);
      const roomId = await runs.roomOf(runId);
      const caller = await codechillRooms.callerIn(roomId, askers.of(request)).catch((error: unknown) => {
        throw insteadOfRefusal(error, fault(404, 'Execution not found'));
      });
      return { execution: await executions.describe(roomId, await runs.find(caller, runId)) };
    },
  );

  http.get(
    '/api/execution/room/:chillRoom/history',
    {
      onRequest,
      config: { failure: 'Failed to get execution history' },
      schema: {
        ...common,
        params: Type.Object({ chillRoom: Type.String() }),
        operationId: 'codechillListExecutions',
        summary: 'What was run in a room, the newest first',
        response: { 200: Type.Object({ executions: Type.Array(ExecutionRow) }), ...faults(401, 403, 404) },
      },
    },
    async (request) => {
      const caller = await codechillRooms.callerIn(request.params.chillRoom, askers.of(request));
      const all = await runs.listWhole(caller, limits.runsPageMax);
      return { executions: await Promise.all(all.map((run) => executions.describe(caller.room.id, run))) };
    },
  );
}
