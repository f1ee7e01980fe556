import { ProblemError, type RunOutcome, type RunResult, type RunState } from '@coderoom/protocol';
import type { Kysely } from 'kysely';
import { isForeignKeyViolation } from '../storage/errors.ts';
import type { Database } from '../storage/schema.ts';
import { transact } from '../storage/transaction.ts';

/** A run of a room as stored; ids are UUIDv7, so that their order is the order in time. */
export interface RunRow {
  id: string;
  roomId: string;
  memberId: string;
  memberName: string;
  language: string;
  entry: string;
  state: RunState;
  /** Milliseconds since the epoch. */
  createdAt: number;
  /** Null until the run has finished. */
  result: RunResult | null;
}

/** The same without what it printed. */
type RunSummaryRow = Omit<RunRow, 'result'> & { result: RunOutcome | null };

interface RunPage {
  /** Those older than this run. */
  before?: string;
  limit: number;
}

export interface RunStore {
  /** Fails with `room_not_found` when the room is gone. */
  insert(run: RunRow): Promise<void>;
  /** The run has finished, with this result. */
  finish(id: string, result: RunResult): Promise<void>;
  setState(id: string, state: RunState): Promise<void>;
  find(roomId: string, id: string): Promise<RunRow | undefined>;
  /** The id of the room that a run is of. */
  findRoom(id: string): Promise<string | undefined>;
  /** Newest first; what the runs printed is not read. */
  list(roomId: string, page: RunPage): Promise<RunSummaryRow[]>;
  /** The newest ones, with what they printed. */
  listWhole(roomId: string, limit: number): Promise<RunRow[]>;
  /**
   * To be called at boot: runs that the last process left queued or running are finished, with the status `internal`.
   * Returns how many there were.
   */
  closeInterrupted(): Promise<number>;
  /** Forgets all but the newest `keep` runs of a room. */
  prune(roomId: string, keep: number): Promise<void>;
}

/** The SQL of runs. */
export function createRunStore(db: Kysely<Database>): RunStore {
  const started = (roomId: string) =>
    db
      .selectFrom('runs')
      .select(['id', 'room_id as roomId', 'member_id as memberId', 'member_name as memberName', 'language', 'entry'])
      .select(['state', 'created_at as createdAt'])
      .where('room_id', '=', roomId);
  const runs = (roomId: string) => started(roomId).select('result').$castTo<StoredRun>();
  const summaries = (roomId: string) =>
    started(roomId)
      .select((is) => [
        'outcome',
        // Of runs from before there were outcomes.
        is.case().when('outcome', 'is', null).then(is.ref('result')).else(null).end().as('result'),
      ])
      .$castTo<StoredRun & { outcome: string | null }>();

  return {
    async insert(run) {
      try {
        await db
          .insertInto('runs')
          .values({
            id: run.id,
            room_id: run.roomId,
            member_id: run.memberId,
            member_name: run.memberName,
            language: run.language,
            entry: run.entry,
            state: run.state,
            created_at: run.createdAt,
            ...resultValues(run.result),
          })
          .execute();
      } catch (error) {
        throw isForeignKeyViolation(error) ? new ProblemError('room_not_found') : error;
      }
    },

    async finish(id, result) {
      await db
        .updateTable('runs')
        .set({ state: 'finished', ...resultValues(result) })
        .where('id', '=', id)
        .execute();
    },

    async setState(id, state) {
      await db.updateTable('runs').set({ state }).where('id', '=', id).execute();
    },

    async find(roomId, id) {
      const run = await runs(roomId).where('id', '=', id).executeTakeFirst();
      return run === undefined ? undefined : readRun(run);
    },

    async findRoom(id) {
      const row = await db.selectFrom('runs').select('room_id').where('id', '=', id).executeTakeFirst();
      return row?.room_id;
    },

    async listWhole(roomId, limit) {
      return (await runs(roomId).orderBy('id', 'desc').limit(limit).execute()).map(readRun);
    },

    async list(roomId, { before, limit }) {
      let page = summaries(roomId).orderBy('id', 'desc').limit(limit);
      if (before !== undefined) page = page.where('id', '<', before);
      return (await page.execute()).map(({ outcome, ...run }) =>
        outcome === null ? summaryOf(readRun(run)) : { ...run, result: JSON.parse(outcome) as RunOutcome },
      );
    },

    closeInterrupted: () =>
      transact(db, async (tx) => {
        const open = await tx.selectFrom('runs').select(['id', 'language']).where('state', '!=', 'finished').execute();
        for (const { id, language } of open) {
          await tx
            .updateTable('runs')
            .set({ state: 'finished', ...resultValues(interrupted(id, language)) })
            .where('id', '=', id)
            .execute();
        }
        return open.length;
      }),

    async prune(roomId, keep) {
      const last = await runs(roomId).orderBy('id', 'desc').offset(keep).limit(1).executeTakeFirst();
      if (last === undefined) return;
      await db.deleteFrom('runs').where('room_id', '=', roomId).where('id', '<=', last.id).execute();
    },
  };
}

type StoredRun = Omit<RunRow, 'result'> & { result: string | null };

function readRun(run: StoredRun): RunRow {
  return { ...run, result: run.result === null ? null : (JSON.parse(run.result) as RunResult) };
}

function resultValues(result: RunResult | null) {
  if (result === null) return { result: null, outcome: null };
  return { result: JSON.stringify(result), outcome: JSON.stringify(outcomeOf(result)) };
}

/** A run without what it printed. */
function summaryOf(run: RunRow): RunSummaryRow {
  return { ...run, result: run.result === null ? null : outcomeOf(run.result) };
}

function outcomeOf({
  stdout: _stdout,
  stderr: _stderr,
  compileOutput: _compileOutput,
  ...outcome
}: RunResult): RunOutcome {
  return outcome;
}

/** The result of a run whose process died: nothing is known about it. */
function interrupted(id: string, language: string): RunResult {
  return {
    id,
    language,
    status: 'internal',
    exitCode: null,
    signal: null,
    stdout: '',
    stderr: '',
    compileOutput: '',
    truncated: false,
    cpuMs: 0,
    wallMs: 0,
    peakBytes: null,
    phase: 'run',
  };
}
