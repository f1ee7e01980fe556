import { setTimeout as pause } from 'node:timers/promises';
import { limits } from '../../../packages/protocol/src/index.ts';
import type { Scenario } from '../scenario.ts';
import type { Server } from '../servers.ts';

const documentBytes = 10_000;
/** What the first rooms make the process load stays out of the measurement; they stay open. */
const warmUpRooms = 20;
/** What the collector has freed V8 gives back to the system some eight seconds later. */
const settleMs = 10_000;
/** Time for the requests and timers that end with a room. */
const unloadSlackMs = 8000;

/** Bytes of the process after what can be freed was freed. */
async function settled(server: Server): Promise<{ rss: number; heap: number }> {
  await server.probe('collect');
  await pause(settleMs);
  const { heapBytes } = await server.probe('collect');
  return { rss: server.residentBytes(), heap: heapBytes };
}

/** Memory per open room with a 10 KB document and one client, and what is left of a room that all have left. */
export function memory(rooms: number, { idle }: { idle: boolean }): Scenario {
  return {
    name: `memory-${rooms}`,
    what: `${rooms} open rooms with a 10 KB document and one client each: KB a room${idle ? ', and after all have left' : ''}`,
    passes: 1,
    servers: ['relay', 'y-websocket', 'hocuspocus', 'coderoom'],
    async measure(server, generator, pace) {
      const count = pace.isQuick ? Math.min(rooms, 500) : rooms;
      const warmUp = await server.seats(warmUpRooms, 1);
      await generator.open({ seats: warmUp });
      await generator.fill('plain', documentBytes);

      const measured: Record<string, number> = {};
      const perRoom = (bytes: number) => bytes / 1000 / count;
      const before = await settled(server);
      let seats = await server.seats(count, 1);
      // A bare relay's rooms cost next to nothing: all its connections in one room are what connections cost alone.
      if (server.name === 'relay') seats = seats.map((seat) => ({ ...seat, url: (seats[0] as { url: string }).url }));
      await generator.open({ seats });
      if (server.name !== 'relay') await generator.fill('plain', documentBytes);
      const open = await settled(server);
      measured['RSS KB a room'] = perRoom(open.rss - before.rss);
      measured['heap KB a room'] = perRoom(open.heap - before.heap);
      if (!idle || pace.isQuick) return measured;

      await generator.close();
      await waitForUnload(server);
      const afterFirst = await settled(server);
      // What the allocator keeps is used again; what a room leaves behind comes once more.
      await generator.open({ seats: await server.seats(count, 1) });
      await generator.fill('plain', documentBytes);
      await generator.close();
      await waitForUnload(server);
      const afterSecond = await settled(server);
      measured['heap KB left by as many again'] = perRoom(afterSecond.heap - afterFirst.heap);
      measured['RSS KB left by as many again'] = perRoom(afterSecond.rss - afterFirst.rss);
      return measured;
    },
  };
}

async function waitForUnload(server: Server): Promise<void> {
  await pause(server.name === 'coderoom' ? limits.roomUnloadAfterMs + unloadSlackMs : settleMs);
}
