import { limits } from '@coderoom/protocol';
import { connectDocument, createRoom, joinRoom, request, type ServerProcess, until } from '@coderoom/testkit';

/** How long requests took, in ms: what 95 of 100 needed at most, each number of one round. */
export interface HogRounds {
  quiet: number[];
  hogs: number[];
  /** From typing to another person's having it. */
  quietEdits: number[];
  hogEdits: number[];
}

/** Has as many busy processes as it may. */
const hog = [
  'import os',
  'print("begun", flush=True)',
  'try:',
  '    while os.fork() != 0: pass',
  'except OSError: pass',
  'while True: pass',
].join('\n');

const hogCount = 16;
/** All of these once, in each of so many turns of a round. */
const turnsPerRound = 12;

/** Asks a server for all sorts of things, by turns while it runs nothing and while sixteen rooms run hogs. */
export async function measureBesideHogs(server: ServerProcess, roundCount: number): Promise<HogRounds> {
  const { url } = server;
  const room = await createRoom(url, { language: 'python' });
  const path = `/api/v2/rooms/${room.room.id}`;
  const other = await joinRoom(url, room.room.id);
  using author = connectDocument(url, room.room.id, room.token);
  using reader = connectDocument(url, room.room.id, other.token);
  await Promise.all([author.synced(), reader.synced()]);

  const asks: (() => Promise<{ status: number }>)[] = [
    () => request(url, '/health'),
    () => request(url, '/api/v2/languages'),
    () => request(url, path, { token: room.token }),
    () => request(url, `${path}/members`, { token: room.token }),
    () => request(url, `${path}/messages`, { token: room.token, body: { text: 'hello' } }),
    () => request(url, `${path}/messages`, { token: room.token }),
    () => request(url, `${path}/files/notes.md`, { method: 'PUT', token: room.token, body: { text: 'x'.repeat(500) } }),
    () => request(url, '/api/v2/rooms', { body: {} }),
  ];

  const edit = async () => {
    const startedAt = performance.now();
    const mark = `${startedAt}\n`;
    const seen = Promise.withResolvers<number>();
    const look = () => {
      if (reader.file('main.py').toString().startsWith(mark)) seen.resolve(performance.now() - startedAt);
    };
    reader.doc.on('update', look);
    author.file('main.py').insert(0, mark);
    const tookMs = await seen.promise;
    reader.doc.off('update', look);
    return tookMs;
  };

  const round = async () => {
    const asked: number[] = [];
    const edited: number[] = [];
    for (let turn = 0; turn < turnsPerRound; turn += 1) {
      for (const ask of asks) {
        const startedAt = performance.now();
        const { status } = await ask();
        if (status >= 300) throw new Error(`a request was answered ${status}`);
        asked.push(performance.now() - startedAt);
      }
      edited.push(await edit());
    }
    return { requests: percentile95(asked), edits: percentile95(edited) };
  };

  const rooms = await Promise.all(
    Array.from({ length: hogCount }, async () => {
      const { room: own, token } = await createRoom(url, { language: 'python' });
      const base = `/api/v2/rooms/${own.id}`;
      await request(url, `${base}/files/main.py`, { method: 'PUT', token, body: { text: hog } });
      return { base, token };
    }),
  );
  const startHogs = async () => {
    const runs = await Promise.all(
      rooms.map(async ({ base, token }) => {
        const { status, body } = await request(url, `${base}/runs`, { token, body: {} });
        if (status !== 202) throw new Error(`a hog was answered ${status}`);
        return { run: `${base}/runs/${(body as { id: string }).id}`, token };
      }),
    );
    const stateOf = async ({ run, token }: (typeof runs)[number]) =>
      ((await request(url, run, { token })).body as { state: string }).state;
    await until('hogs to run', async () => (await Promise.all(runs.map(stateOf))).includes('running'), {
      timeoutMs: 30_000,
    });
    return async () => {
      for (const { run, token } of runs) await request(url, run, { method: 'DELETE', token });
    };
  };

  const measured: HogRounds = { quiet: [], hogs: [], quietEdits: [], hogEdits: [] };
  await round();
  for (let index = 0; index < roundCount; index += 1) {
    const quiet = await round();
    const stopHogs = await startHogs();
    const busy = await round();
    await stopHogs();
    measured.quiet.push(quiet.requests);
    measured.quietEdits.push(quiet.edits);
    measured.hogs.push(busy.requests);
    measured.hogEdits.push(busy.edits);
  }
  return measured;
}

/** What 95 of 100 runs of others needed at most from submitting to the answer, ms, each number of one round. */
export interface BombRounds {
  quiet: number[];
  bomb: number[];
}

/** Forks for ever, whatever becomes of it. */
const forkBomb = 'import os\nprint("begun", flush=True)\nwhile True:\n    try: os.fork()\n    except OSError: pass';
const hellosPerRound = 40;

/** Has somebody run hello worlds, by turns while nothing else runs and while somebody else’s fork bomb does. */
export async function measureBesideForkBomb(server: ServerProcess, roundCount: number): Promise<BombRounds> {
  const { url } = server;
  const { room, token } = await createRoom(url, { language: 'python' });
  const base = `/api/v2/rooms/${room.id}`;
  await request(url, `${base}/files/main.py`, { method: 'PUT', token, body: { text: forkBomb } });

  const round = async () => {
    const took: number[] = [];
    for (let turn = 0; turn < hellosPerRound; turn += 1) {
      const startedAt = performance.now();
      const { body } = await request(url, '/api/v2/run', { body: { language: 'python', source: 'print("hello")' } });
      took.push(performance.now() - startedAt);
      if ((body as { stdout: string }).stdout !== 'hello\n')
        throw new Error(`a hello world gave ${JSON.stringify(body)}`);
    }
    return percentile95(took);
  };

  const measured: BombRounds = { quiet: [], bomb: [] };
  await round();
  for (let index = 0; index < roundCount; index += 1) {
    measured.quiet.push(await round());
    const longest = { limits: { cpuMs: limits.runCpuMaxMs, wallMs: limits.runWallMaxMs } };
    const { body } = await request(url, `${base}/runs`, { token, body: longest });
    const run = `${base}/runs/${(body as { id: string }).id}`;
    const stateOf = async () => ((await request(url, run, { token })).body as { state: string }).state;
    await until('the bomb', async () => (await stateOf()) === 'running');
    const beside = await round();
    if ((await stateOf()) !== 'running') throw new Error('the bomb ended before the round did');
    await request(url, run, { method: 'DELETE', token });
    measured.bomb.push(beside);
  }
  return measured;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function percentile95(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] ?? Number.NaN;
}
