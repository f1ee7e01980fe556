import type { OutgoingHttpHeaders } from 'node:http';
import { limits, RoomRunCreate, StatelessRun } from '@coderoom/protocol';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { Access } from '../gateway/authorize.ts';
import { hangUpOf } from '../gateway/hang-up.ts';
import type { Http } from '../gateway/http.ts';
import type { Idempotency } from '../gateway/idempotency.ts';
import { accessErrors, bodyErrors, problems, withoutToken, withRoomToken } from '../gateway/openapi.ts';
import { idempotencyHeaders } from '../rooms/routes.ts';
import type { RunFollower, RunService } from './service.ts';

const startErrors = [
  'invalid_path',
  'invalid_limits',
  'entry_not_found',
  'language_not_found',
  'language_not_installed',
  'run_queue_full',
  'execution_off',
] as const;

/** The longest run may have waited for its turn. */
const runOnceTimeoutMs = limits.runWallMaxMs + limits.httpHandlerTimeoutMs;

export function registerRunRoutes(
  http: Http,
  services: { access: Access; runs: RunService; idempotency: Idempotency },
): void {
  const { access, runs, idempotency } = services;
  const tags = ['runs'];
  const ofRoom = { tags, security: withRoomToken, params: Type.Object({ room: Type.String() }) };
  const oneRun = { ...ofRoom, params: Type.Object({ room: Type.String(), run: Type.String() }) };

  http.post(
    '/api/v2/run',
    {
      config: { rate: 'runs' },
      handlerTimeout: runOnceTimeoutMs,
      schema: {
        operationId: 'runOnce',
        security: withoutToken,
        tags,
        summary: 'Run a program and answer how it went',
        description:
          'Send `source`, or `files` with an `entry` (the first file otherwise). Hanging up cancels the run.',
        body: StatelessRun,
        response: { 200: Type.Ref('RunResult'), ...problems(...bodyErrors, ...startErrors) },
      },
    },
    async ({ body, address }, reply) => {
      const signal = AbortSignal.any([hangUpOf(reply), AbortSignal.timeout(runOnceTimeoutMs)]);
      return runs.runOnce(address, body, signal);
    },
  );

  http.post(
    '/api/v2/rooms/:room/runs',
    {
      config: { rate: 'runs' },
      schema: {
        ...ofRoom,
        operationId: 'startRun',
        summary: 'Run the room’s files as they are now; what still runs there is stopped',
        headers: idempotencyHeaders,
        body: RoomRunCreate,
        response: {
          202: Type.Ref('Run'),
          ...problems(
            ...bodyErrors,
            ...accessErrors,
            ...startErrors,
            'forbidden',
            'room_ended',
            'idempotency_conflict',
          ),
        },
      },
    },
    async ({ headers, params, body }, reply) => {
      const caller = await access.byHeader(headers.authorization, params.room);
      const request = {
        key: headers['idempotency-key'],
        scope: `runs ${caller.member.id}`,
        content: body,
      };
      const run = await idempotency.once(request, () => runs.start(caller, body));
      return reply.status(202).header('location', `/api/v2/rooms/${caller.room.id}/runs/${run.id}`).send(run);
    },
  );

  http.get(
    '/api/v2/rooms/:room/runs',
    {
      schema: {
        ...ofRoom,
        operationId: 'listRuns',
        summary: 'The room’s runs, newest first, without what they printed',
        querystring: Type.Object(
          {
            before: Type.Optional(
              Type.String({ description: 'the `next` of the page before: runs older than this one' }),
            ),
            limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.runsPageMax })),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({
            items: Type.Array(Type.Ref('RunSummary')),
            next: Type.Union([Type.String(), Type.Null()], { description: 'null: there are no older ones' }),
          }),
          ...problems(...accessErrors, 'run_not_found'),
        },
      },
    },
    async ({ headers, params, query }) => runs.list(await access.byHeader(headers.authorization, params.room), query),
  );

  http.get(
    '/api/v2/rooms/:room/runs/:run',
    {
      schema: {
        ...oneRun,
        operationId: 'getRun',
        summary: 'A run, with its result and what it printed once it has finished',
        response: { 200: Type.Ref('Run'), ...problems(...accessErrors, 'run_not_found') },
      },
    },
    async ({ headers, params }) => runs.find(await access.byHeader(headers.authorization, params.room), params.run),
  );

  http.delete(
    '/api/v2/rooms/:room/runs/:run',
    {
      schema: {
        ...oneRun,
        operationId: 'cancelRun',
        summary: 'Stop a run; answers when it has ended',
        response: {
          200: Type.Ref('Run'),
          ...problems(...bodyErrors, ...accessErrors, 'forbidden', 'run_not_found', 'run_finished'),
        },
      },
    },
    async ({ headers, params }) => runs.cancel(await access.byHeader(headers.authorization, params.room), params.run),
  );

  http.get(
    '/api/v2/rooms/:room/runs/:run/events',
    {
      schema: {
        ...oneRun,
        operationId: 'followRun',
        summary: 'A run’s output as it comes (server-sent events)',
        description:
          '`run` (the Run as it is), `output` (`{frames}`, those so far first), and at the end `finished` (the Run with its result).',
        response: {
          200: {
            description: 'a stream of events',
            content: { 'text/event-stream': { schema: Type.String() } },
          },
          ...problems(...accessErrors, 'run_not_found'),
        },
      },
    },
    async ({ headers, params }, reply) => {
      const caller = await access.byHeader(headers.authorization, params.room);
      const stop = await runs.follow(caller, params.run, createEventStream(reply));
      reply.raw.once('close', stop);
      return reply;
    },
  );
}

/** Server-sent events (HTML, 9.2) of one run. */
function createEventStream(reply: FastifyReply): RunFollower {
  const { raw } = reply;
  // Not the answer's own end: one that waits behind another on its connection is never told of that.
  const { socket } = reply.request.raw;
  let beat: NodeJS.Timeout | undefined;
  const end = () => {
    clearInterval(beat);
    raw.end();
  };
  const send = (event: string, data: object) => raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  const follower: RunFollower = {
    onBegin(run, frames) {
      reply.hijack();
      const headers = { ...reply.getHeaders(), 'content-type': 'text/event-stream', 'cache-control': 'no-store' };
      raw.writeHead(200, headers as OutgoingHttpHeaders);
      beat = setInterval(() => {
        if (socket.destroyed) end();
        else raw.write(': still here\n\n');
      }, limits.socketPingMs);
      send('run', run);
      if (frames.length > 0) send('output', { frames });
      if (run.state === 'finished') follower.onFinished(run);
    },
    onFrames: (frames) => send('output', { frames }),
    onRemoved: end,
    onFinished(run) {
      send('finished', run);
      end();
    },
  };
  return follower;
}
