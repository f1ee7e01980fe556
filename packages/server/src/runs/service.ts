import type { Collab } from '@coderoom/collab';
import {
  limits,
  mayEdit,
  ProblemError,
  type RoomExecution,
  type RoomRunCreate,
  type Run,
  type RunFrame,
  type RunReport,
  type RunResult,
  type RunSummary,
  type RunWithOutput,
  type StatelessRun,
} from '@coderoom/protocol';
import type { SandboxRun } from '@coderoom/sandbox';
import type { BrowserExecution, BrowserRunner } from '../browser-runs/execution.ts';
import { assertMayChange, type Caller } from '../caller.ts';
import type { Execution } from '../execution.ts';
import type { RoomEvents } from '../gateway/room-events.ts';
import { isId } from '../identifiers.ts';
import { createInOrder } from '../in-order.ts';
import type { LanguageService } from '../languages/service.ts';
import { refusalOf } from '../rooms/acts.ts';
import { createQueueWatch } from './queue-watch.ts';
import type { RunRow, RunStore } from './store.ts';

/** Runs: of a room's files, one at a time in each room, shown to everybody there; and of anything, for who asks. */
export interface RunService {
  /**
   * Runs the room's files as they are now. What still runs there is stopped first. `runner`: the page that asks can run
   * programs itself, where programs of the room run in browsers.
   */
  start(caller: Caller, request: RoomRunCreate, runner?: BrowserRunner): Promise<Run>;
  /** The same with another program than the room's files, for clients that send along what they want to be run. */
  startProgram(caller: Caller, program: RoomProgram, request: RoomRunCreate): Promise<Run>;
  /** The id of the room that a run is of, for clients that name the run alone. Fails with `run_not_found`. */
  roomOf(runId: string): Promise<string>;
  /** What a page says of the program that it runs. */
  report(caller: Caller, report: RunReport, runner: BrowserRunner): Promise<void>;
  /** Fails with `execution_off` where programs cannot be run so. */
  assertOffered(setting: RoomExecution): void;
  write(caller: Caller, input: { runId: string; data?: string; end?: boolean }): Promise<void>;
  /** Resolves with the run as it ended. */
  cancel(caller: Caller, runId: string): Promise<Run>;
  find(caller: Caller, runId: string): Promise<Run>;
  /** Newest first, without what they printed. */
  list(caller: Caller, page: RunPage): Promise<{ items: RunSummary[]; next: string | null }>;
  /** The newest ones with what they printed, for clients that know no other list. */
  listWhole(caller: Caller, limit: number): Promise<Run[]>;
  /** The run that is going on, without waiting. */
  active(roomId: string): RunWithOutput | null;
  /** The last run that was stored, with its output. */
  last(roomId: string): Promise<RunWithOutput | null>;
  /** Tells what there is of a run so far, and then what comes. Returns how to stop that. */
  follow(caller: Caller, runId: string, follower: RunFollower): Promise<() => void>;
  /** A member is none any more: they are told nothing further. */
  unfollow(memberId: string): void;
  /** The same for whoever follows by this sign-in. */
  unfollowSession(sessionId: string): void;
  /** Runs files that belong to no room; aborting the signal cancels it. */
  runOnce(owner: string, request: StatelessRun, signal: AbortSignal): Promise<RunResult>;
  cancelActive(roomId: string): void;
  /** The room is deleted: what runs there is stopped, and nobody is told. */
  forget(roomId: string): void;
  /** Runs that a dead process left behind are finished as `internal`. */
  closeInterrupted(): Promise<number>;
}

interface RunPage {
  before?: string;
  limit?: number;
}

interface RoomProgram {
  language: string;
  text: string;
}

export interface RunFollower {
  /** Comes first, and at once when the run is found. */
  onBegin(run: Run, frames: RunFrame[]): void;
  onFrames(frames: RunFrame[]): void;
  onFinished(run: Run): void;
  /** Who follows may not do so any longer. */
  onRemoved(): void;
}

export interface RunServiceOptions {
  store: RunStore;
  collab: Pick<Collab, 'readFiles'>;
  execution: Execution;
  /** Undefined: this server lets no program run anywhere. */
  browserExecution: BrowserExecution | undefined;
  languages: LanguageService;
  events: RoomEvents;
  /** The rows as they are now. */
  again(caller: Caller): Promise<Caller>;
  logger: { error(details: object, message: string): void };
  createId(): string;
  now(): number;
}

interface Follower {
  memberId: string;
  sessionId: string | undefined;
}

/** A run of a room that has not finished. */
interface ActiveRun {
  row: RunRow;
  frames: RunFrame[];
  sandboxRun: SandboxRun;
  /** Who follows, and as whom. */
  followers: Map<RunFollower, Follower>;
  finished: Promise<RunRow>;
}

export function createRunService(options: RunServiceOptions): RunService {
  const { store, collab, execution, browserExecution, languages, events, again, logger, createId, now } = options;
  const active = new Map<string, ActiveRun>();
  /** Output as it was streamed, of rooms' last runs; a stored result does not tell what came before what. */
  const outputs = new Map<string, { runId: string; frames: RunFrame[] }>();
  const inOrder = createInOrder();
  const queueWatch = createQueueWatch(limits.runPositionEveryMs);

  async function launch(
    caller: Caller,
    request: RoomRunCreate,
    { runner, program }: { runner?: BrowserRunner | undefined; program?: RoomProgram },
  ): Promise<Run> {
    const { room, member } = caller;
    const { files, entry, language } = await (program === undefined ? readRoom(room) : readProgram(program));
    if (entry === '') throw new ProblemError('entry_not_found');
    const row: RunRow = {
      id: createId(),
      roomId: room.id,
      memberId: member.id,
      memberName: member.name,
      language,
      entry,
      state: 'queued',
      createdAt: now(),
      result: null,
    };
    // The sandbox may report before the run is stored and announced; what it says until then waits for that.
    const announced = Promise.withResolvers<void>();
    announced.promise.catch(() => {});
    const after = (step: () => void) => announced.promise.then(step, () => {});
    const frames: RunFrame[] = [];
    const followers = new Map<RunFollower, Follower>();
    let stored: Promise<unknown> = Promise.resolve();

    const sandboxRun = await executionOf(room.execution).start({
      id: row.id,
      owner: room.id,
      language,
      files,
      entry,
      ...request,
      runner,
      onStart: () =>
        after(() => {
          row.state = 'running';
          stored = store
            .setState(row.id, 'running')
            .catch((error) => logger.error({ err: error }, 'a run’s state is not stored'));
          events.publish(room.id, 'run:updated', { run: describe(row) });
        }),
      onFrames: (fresh) =>
        after(() => {
          frames.push(...fresh);
          events.publish(room.id, 'run:output', { runId: row.id, frames: fresh });
          for (const follower of followers.keys()) follower.onFrames(fresh);
        }),
    });
    const finished = sandboxRun.result
      .then((result) => announced.promise.then(() => result))
      .then(async (result) => {
        await stored;
        row.state = 'finished';
        row.result = result;
        await store
          .finish(row.id, result)
          .catch((error) => logger.error({ err: error }, 'a run’s result is not stored'));
        if (active.get(room.id) !== run) return row; // the room is gone
        active.delete(room.id);
        remember(room.id, row.id, frames);
        events.publish(room.id, 'run:finished', { run: describe(row) });
        for (const follower of followers.keys()) follower.onFinished(describe(row));
        await store
          .prune(room.id, limits.runsKeptPerRoom)
          .catch((error) => logger.error({ err: error }, 'runs are not pruned'));
        return row;
      });
    finished.catch(() => {}); // only when it was never announced
    const run: ActiveRun = { row, frames, sandboxRun, followers, finished };
    try {
      await store.insert(row);
    } catch (error) {
      sandboxRun.cancel();
      announced.reject(error);
      throw error;
    }
    active.set(room.id, run);
    const started = describeActive(run);
    events.publish(room.id, 'run:started', { run: started });
    announced.resolve();
    queueWatch.add({
      position: sandboxRun.position,
      told: started.position ?? 0,
      tell: (position) => {
        // Its start may be on its way to the room already.
        if (active.get(room.id) === run && row.state === 'queued') {
          events.publish(room.id, 'run:updated', { run: { ...describe(row), position } });
        }
      },
    });
    // Who ended the room or turned running off a moment ago found nothing yet to cancel.
    again(caller)
      .then(assertMayStart)
      .catch(() => sandboxRun.cancel());
    return started;
  }

  async function readRoom({ id, language }: Caller['room']) {
    return { ...(await collab.readFiles(id)), language };
  }

  async function readProgram({ language: id, text }: RoomProgram) {
    const { fileName } = await languages.get(id);
    return { files: [{ path: fileName, text }], entry: fileName, language: id };
  }

  /** One after the other, so that two at once do not both find the room idle. */
  function startInTurn(caller: Caller, begin: (caller: Caller) => Promise<Run>): Promise<Run> {
    assertMayStart(caller);
    const { id } = caller.room;
    return inOrder(id, async () => {
      const running = active.get(id);
      running?.sandboxRun.cancel();
      await running?.finished;
      // Much may have changed while it waited for its turn.
      const current = await again(caller);
      assertMayStart(current);
      return begin(current);
    });
  }

  function executionOf(setting: RoomExecution): Execution & Pick<BrowserExecution, 'start'> {
    if (setting !== 'browser') return execution;
    if (browserExecution === undefined) throw new ProblemError('execution_off');
    return browserExecution;
  }

  function remember(roomId: string, runId: string, frames: RunFrame[]): void {
    outputs.delete(roomId);
    outputs.set(roomId, { runId, frames });
    const oldest = outputs.keys().next().value;
    if (outputs.size > limits.runOutputsRemembered && oldest !== undefined) outputs.delete(oldest);
  }

  function outputOf(row: RunRow): RunFrame[] {
    const remembered = outputs.get(row.roomId);
    return remembered?.runId === row.id ? remembered.frames : row.result === null ? [] : framesOf(row.result);
  }

  function unfollowAll(isOver: (of: Follower) => boolean): void {
    for (const { followers } of active.values()) {
      for (const [follower, of] of followers) if (isOver(of) && followers.delete(follower)) follower.onRemoved();
    }
  }

  async function findRow(roomId: string, runId: string): Promise<RunRow> {
    const row = isId(runId) ? await store.find(roomId, runId) : undefined;
    if (row === undefined) throw new ProblemError('run_not_found');
    return row;
  }

  /** The run that is going on under that id; says what is the matter when there is none. */
  async function findActive(caller: Caller, runId: string): Promise<ActiveRun> {
    if (!mayEdit(caller.member.role)) throw new ProblemError('forbidden');
    const run = active.get(caller.room.id);
    if (run?.row.id === runId) return run;
    await findRow(caller.room.id, runId);
    throw new ProblemError('run_finished');
  }

  return {
    start: (caller, request, runner) => startInTurn(caller, (current) => launch(current, request, { runner })),
    startProgram: (caller, program, request) => startInTurn(caller, (current) => launch(current, request, { program })),

    async roomOf(runId) {
      const roomId = isId(runId) ? await store.findRoom(runId) : undefined;
      if (roomId === undefined) throw new ProblemError('run_not_found');
      return roomId;
    },

    async report(caller, report, runner) {
      const run = active.get(caller.room.id);
      if (run?.row.id !== report.runId) {
        await findRow(caller.room.id, report.runId);
        throw new ProblemError('run_finished');
      }
      // Who may no longer change the room writes no output in it either.
      const isOwn = run.row.memberId === caller.member.id;
      if (isOwn && refusalOf('write', caller.member.role, caller.room.status) !== undefined) run.sandboxRun.cancel();
      assertMayChange(caller);
      if (browserExecution === undefined) throw new ProblemError('forbidden');
      browserExecution.take(report, runner);
    },

    assertOffered(setting) {
      if (setting === 'browser' && browserExecution === undefined) throw new ProblemError('execution_off');
    },

    async write(caller, { runId, data, end }) {
      const { sandboxRun } = await findActive(caller, runId);
      if (data !== undefined) sandboxRun.write(data);
      if (end === true) sandboxRun.end();
    },

    async cancel(caller, runId) {
      const { sandboxRun, finished } = await findActive(caller, runId);
      sandboxRun.cancel();
      return describe(await finished);
    },

    async find({ room }, runId) {
      const run = active.get(room.id);
      return run?.row.id === runId ? describeActive(run) : describe(await findRow(room.id, runId));
    },

    async list({ room }, { before, limit = limits.runsPageDefault }) {
      if (before !== undefined && !isId(before)) throw new ProblemError('run_not_found');
      const rows = await store.list(room.id, {
        limit: limit + 1,
        ...(before === undefined ? {} : { before }),
      });
      const page = rows.slice(0, limit);
      const going = active.get(room.id);
      const items = page.map((row) => ({ ...describe(row), ...(row.id === going?.row.id ? placeOf(going) : {}) }));
      return { items, next: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
    },

    listWhole: async ({ room }, limit) => (await store.listWhole(room.id, limit)).map(describe),

    active(roomId) {
      const run = active.get(roomId);
      return run === undefined ? null : { run: describeActive(run), frames: [...run.frames] };
    },

    async last(roomId) {
      const [row] = await store.listWhole(roomId, 1);
      return row === undefined ? null : { run: describe(row), frames: outputOf(row) };
    },

    async follow({ room, member, sessionId }, runId, follower) {
      const run = active.get(room.id);
      if (run?.row.id !== runId) {
        const row = await findRow(room.id, runId);
        follower.onBegin(describe(row), outputOf(row));
        return () => {};
      }
      run.followers.set(follower, { memberId: member.id, sessionId });
      follower.onBegin(describeActive(run), [...run.frames]);
      return () => run.followers.delete(follower);
    },

    unfollow: (memberId) => unfollowAll((of) => of.memberId === memberId),
    unfollowSession: (sessionId) => unfollowAll((of) => of.sessionId === sessionId),

    async runOnce(owner, request, signal) {
      const { source, files: given, language: id, ...rest } = request;
      const language = await languages.get(id);
      if ((source === undefined) === (given === undefined)) {
        throw new ProblemError('invalid_request', { detail: 'send either source or files' });
      }
      const files = given ?? [{ path: language.fileName, text: source ?? '' }];
      const run = await execution.start({ stdin: '', ...rest, id: createId(), owner, language: id, files });
      const cancel = () => run.cancel();
      signal.addEventListener('abort', cancel);
      if (signal.aborted) cancel();
      return run.result.finally(() => signal.removeEventListener('abort', cancel));
    },

    cancelActive(roomId) {
      active.get(roomId)?.sandboxRun.cancel();
    },

    forget(roomId) {
      const run = active.get(roomId);
      active.delete(roomId);
      outputs.delete(roomId);
      run?.sandboxRun.cancel();
    },

    closeInterrupted: () => store.closeInterrupted(),
  };
}

function assertMayStart(caller: Caller): void {
  assertMayChange(caller);
  if (caller.room.execution === 'off') throw new ProblemError('room_execution_off');
}

function describe<Result>(row: Omit<RunRow, 'result'> & { result: Result }) {
  const { id, memberId, memberName, language, entry, state, createdAt, result } = row;
  return { id, memberId, memberName, language, entry, state, createdAt: new Date(createdAt).toISOString(), result };
}

function describeActive(run: ActiveRun): Run {
  return { ...describe(run.row), ...placeOf(run) };
}

function placeOf({ row, sandboxRun }: ActiveRun): Pick<Run, 'position'> {
  const position = row.state === 'queued' ? sandboxRun.position() : 0;
  return position === 0 ? {} : { position };
}

/** The output of a result as frames, for when it is no longer known how they came. */
function framesOf({ compileOutput, stdout, stderr }: RunResult): RunFrame[] {
  const pieces = [
    { phase: 'compile', stream: 'stderr', data: compileOutput },
    { phase: 'run', stream: 'stdout', data: stdout },
    { phase: 'run', stream: 'stderr', data: stderr },
  ] as const;
  return pieces.filter(({ data }) => data !== '').map((piece, seq) => ({ seq, ...piece }));
}
