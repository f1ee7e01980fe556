/** What travels between the room's page, the frame in which programs run, and the worker that runs one. */
import type { BrowserJob, RunPhase, RunReport, RunStatus, RunStream } from '@coderoom/protocol';

export type RunEnd = NonNullable<RunReport['end']>;
export type OutputPiece = NonNullable<RunReport['output']>[number];

/** Page → frame, on a port of their own. */
export type FrameOrder =
  | { kind: 'execute'; runId: string; job: BrowserJob }
  | { kind: 'input'; data?: string; end?: boolean }
  | { kind: 'stop' };

/** Frame → page. The end of one program may come when the next has been ordered already. */
export type FrameNews =
  | { kind: 'output'; runId: string; pieces: OutputPiece[] }
  | { kind: 'end'; runId: string; end: RunEnd };

/** Frame → worker. */
export type WorkerOrder = { kind: 'execute'; job: BrowserJob } | { kind: 'input'; data?: string; end?: boolean };

/** Worker → frame. `begun`: from now on it is the program's own time that passes. */
export type WorkerNews =
  | { kind: 'begun' }
  | { kind: 'output'; phase: RunPhase; stream: RunStream; data: string }
  | { kind: 'end'; status: RunStatus; exitCode: number | null; phase: RunPhase };
