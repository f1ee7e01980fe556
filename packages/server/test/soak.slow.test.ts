import {
  freshSeed,
  openFiles,
  pause,
  probe,
  probeEnvironment,
  randomness,
  request,
  residentBytes,
  type ServerProcess,
  startServer,
  threadCount,
  until,
} from '@coderoom/testkit';
import { expect, it } from 'vitest';
import { Crowd, contents } from './soak-crowd.ts';
import { replayLogs } from './stored-log.ts';

const rooms = 40;
const bigRooms = 3;
/** With the time until rooms are unloaded, this makes some ten minutes. */
const playMs = 65_000;
/** Every so many rounds the server is killed, and later stopped, while everybody is at work. */
const roundsPerProcess = 3;
const processes = 2;
const actEveryMs = 3;
/** What caches may still take after the first round. */
const heapGrowthMax = 1.15;
const residentGrowthMax = 1.25;

/** A process that nobody needs. */
interface Rest {
  heapBytes: number;
  residentBytes: number;
  timers: number;
  files: number;
  threads: number;
}

async function readMetric(url: string, name: string): Promise<number> {
  const { body } = await request(url, '/metrics');
  return Number(new RegExp(`^coderoom_sync_${name} (.+)$`, 'm').exec(body as string)?.[1]);
}

it(`SYNC-74 ${rooms} rooms in which people come, write, paste, are cut off and go for ten minutes: nothing stays behind`, {
  timeout: 1_800_000,
}, async () => {
  const random = randomness(freshSeed());
  console.log(`Seed ${random.seed}`);
  const probing = probeEnvironment();
  await using first = await startServer({ env: { EXECUTION: 'off', ...probing.env } });
  let server: ServerProcess = first;
  await using crowd = new Crowd(server.url, random);
  await crowd.openRooms(rooms, bigRooms);

  const play = async (ms: number) => {
    const start = performance.now();
    while (performance.now() - start < ms) {
      crowd.act();
      await pause(actEveryMs);
    }
  };
  const rest = async (): Promise<Rest> => {
    for (const name of ['sockets', 'rooms_open', 'pending_bytes']) {
      await until(`no ${name}`, async () => (await readMetric(server.url, name)) === 0, {
        timeoutMs: 90_000,
        everyMs: 500,
      });
    }
    const { heapBytes, timers } = await probe(probing.path, 'collect');
    const { pid } = server;
    return {
      heapBytes,
      residentBytes: residentBytes(pid),
      timers,
      files: openFiles(pid),
      threads: threadCount(pid),
    };
  };

  for (let lifetime = 0; lifetime < processes; lifetime++) {
    await play(playMs / 3);
    await server.kill();
    server = await server.restart();
    await play(playMs / 3);
    expect(await server.stop()).toBe(0);
    server = await server.restart();
    const rests: Rest[] = [];
    for (let round = 0; round < roundsPerProcess; round++) {
      await play(round === 0 ? playMs / 3 : playMs);
      const [open, bytes] = [await readMetric(server.url, 'rooms_open'), residentBytes(server.pid)];
      console.log(`${crowd.present} people in ${open} rooms: ${bytes} bytes resident`);
      await crowd.goHome();
      rests.push(await rest());
      console.log(rests.at(-1), crowd.counts);
    }
    const [before, after] = [rests[1], rests.at(-1)] as [Rest, Rest];
    const { seed } = random;
    expect(after.heapBytes, `seed ${seed}`).toBeLessThan(before.heapBytes * heapGrowthMax);
    expect(after.residentBytes, `seed ${seed}`).toBeLessThan(before.residentBytes * residentGrowthMax);
    expect(after.timers, `seed ${seed}`).toBeLessThanOrEqual(before.timers);
    expect(after.threads, `seed ${seed}`).toBeLessThanOrEqual(before.threads);
    expect(after.files, `seed ${seed}`).toBeLessThanOrEqual(before.files);
    expect(server.output(), `seed ${seed}`).not.toMatch(/"level":[56]0/);
  }

  const found = await crowd.expectAllKept();
  expect(await server.stop()).toBe(0);
  const replayed = await replayLogs(
    server.dataDir,
    crowd.rooms.map(({ id }) => id),
  );
  for (const [roomId, what] of found) {
    expect(contents(replayed.get(roomId) as never), `seed ${random.seed}: the log of room ${roomId}`).toBe(what);
  }
  expect(crowd.counts.came).toBeGreaterThan(rooms);
});
