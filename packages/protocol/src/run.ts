import { type Static, Type } from 'typebox';
import { limits } from './limits.ts';

/** `internal` is our failure; all others are verdicts on the program. */
export const RunStatus = Type.Union([
  Type.Literal('ok'),
  Type.Literal('error'),
  Type.Literal('timeout'),
  Type.Literal('memory'),
  Type.Literal('output'),
  Type.Literal('cancelled'),
  Type.Literal('internal'),
]);
export type RunStatus = Static<typeof RunStatus>;

export const RunPhase = Type.Union([Type.Literal('compile'), Type.Literal('run')]);
export type RunPhase = Static<typeof RunPhase>;

export const RunStream = Type.Union([Type.Literal('stdout'), Type.Literal('stderr')]);
export type RunStream = Static<typeof RunStream>;

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);

const outcome = {
  id: Type.String(),
  language: Type.String(),
  status: RunStatus,
  exitCode: Nullable(Type.Integer()),
  signal: Nullable(Type.String({ description: 'such as "SIGSEGV"' })),
  truncated: Type.Boolean({ description: 'output was left out: head and tail are kept' }),
  cpuMs: Type.Number(),
  wallMs: Type.Number(),
  peakBytes: Nullable(Type.Integer({ description: 'null: not measurable on this tier' })),
  phase: RunPhase,
};

/** How a run ended, without what it printed. */
const RunOutcome = Type.Object(outcome, { additionalProperties: false });
export type RunOutcome = Static<typeof RunOutcome>;

export const RunResult = Type.Object(
  { ...outcome, stdout: Type.String(), stderr: Type.String(), compileOutput: Type.String() },
  { $id: 'RunResult', additionalProperties: false },
);
export type RunResult = Static<typeof RunResult>;

/** Lower or higher limits for one run; clamped to the server's own. */
export const RunLimits = Type.Object(
  {
    cpuMs: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    wallMs: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    memoryBytes: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
  },
  { additionalProperties: false },
);
export type RunLimits = Static<typeof RunLimits>;

export const SourceFile = Type.Object(
  { path: Type.String({ minLength: 1, maxLength: limits.filePathMaxLength }), text: Type.String() },
  { additionalProperties: false },
);
export type SourceFile = Static<typeof SourceFile>;

const Stdin = Type.String({ maxLength: limits.runStdinMaxBytes });
const Arguments = Type.Array(Type.String({ maxLength: limits.runArgumentMaxLength }), {
  maxItems: limits.runArgumentsMax,
});

/** POST /api/v2/run: `source`, or `files` with an optional `entry` (the first file otherwise). */
export const StatelessRun = Type.Object(
  {
    language: Type.String({ minLength: 1, maxLength: 40 }),
    source: Type.Optional(Type.String()),
    files: Type.Optional(Type.Array(SourceFile, { minItems: 1, maxItems: limits.runFilesMax })),
    entry: Type.Optional(Type.String({ maxLength: limits.filePathMaxLength })),
    stdin: Type.Optional(Stdin),
    args: Type.Optional(Arguments),
    limits: Type.Optional(RunLimits),
  },
  { additionalProperties: false },
);
export type StatelessRun = Static<typeof StatelessRun>;

/**
 * A run of a room's files. With `stdin` its input is that text and then the end; without, input stays open for
 * `run:stdin` events.
 */
export const RoomRunCreate = Type.Object(
  { stdin: Type.Optional(Stdin), args: Type.Optional(Arguments), limits: Type.Optional(RunLimits) },
  { additionalProperties: false },
);
export type RoomRunCreate = Static<typeof RoomRunCreate>;

/** `run:start`: the same, from a page that can run programs itself. */
export const RoomRunStart = Type.Object(
  { ...RoomRunCreate.properties, here: Type.Optional(Type.Boolean()) },
  { additionalProperties: false },
);
export type RoomRunStart = Static<typeof RoomRunStart>;

/** What a browser says of the program that it runs, in any number of pieces; `end` comes with the last. */
export const RunReport = Type.Object(
  {
    runId: Type.String(),
    output: Type.Optional(
      Type.Array(
        Type.Object(
          { phase: RunPhase, stream: RunStream, data: Type.String({ maxLength: limits.runOutputMaxBytes }) },
          { additionalProperties: false },
        ),
        { maxItems: limits.browserReportFramesMax },
      ),
    ),
    end: Type.Optional(
      Type.Object(
        {
          status: RunStatus,
          exitCode: Nullable(Type.Integer({ minimum: 0, maximum: 255 })),
          phase: RunPhase,
          wallMs: Type.Number({ minimum: 0, maximum: limits.runWallMaxMs * 2 }),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);
export type RunReport = Static<typeof RunReport>;

/** What the browser that runs a program is told to do. */
export type RunOrder =
  | { kind: 'execute'; runId: string; job: BrowserJob }
  | { kind: 'input'; runId: string; data?: string; end?: boolean }
  | { kind: 'stop'; runId: string };

export interface BrowserJob {
  language: string;
  files: SourceFile[];
  entry: string;
  args: string[];
  /** The whole input; null: it comes as it is typed. */
  stdin: string | null;
  limits: Required<RunLimits>;
}

export const RunState = Type.Union([Type.Literal('queued'), Type.Literal('running'), Type.Literal('finished')]);
export type RunState = Static<typeof RunState>;

const started = {
  id: Type.String({ description: 'UUIDv7' }),
  memberId: Type.String(),
  memberName: Type.String(),
  language: Type.String(),
  entry: Type.String(),
  state: RunState,
  position: Type.Optional(
    Type.Integer({ minimum: 1, description: 'while it waits: how many are to start until it has, itself among them' }),
  ),
  createdAt: Type.String({ format: 'date-time' }),
};

/** A run of a room: who started what, and, when finished, how it ended. */
export const Run = Type.Object(
  { ...started, result: Type.Union([RunResult, Type.Null()]) },
  { $id: 'Run', additionalProperties: false },
);
export type Run = Static<typeof Run>;

/** The same in a list, without what it printed. */
export const RunSummary = Type.Object(
  { ...started, result: Type.Union([RunOutcome, Type.Null()]) },
  { $id: 'RunSummary', additionalProperties: false },
);
export type RunSummary = Static<typeof RunSummary>;

/** A piece of output. `seq` counts from 0 without gaps in one run. `data` is valid Unicode. */
export interface RunFrame {
  seq: number;
  phase: RunPhase;
  stream: RunStream;
  data: string;
}
