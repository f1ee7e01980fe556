import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';

/** Host user ids that only this process hands to its slots, one each, so that runs cannot meet even by uid. */
export interface SlotUsers {
  first: number;
  count: number;
  release(): void;
}

/** Above people and packages, below the 100000 where subordinate ids begin; the second for containers with 65536 ids. */
const regions = [
  { from: 70_000, to: 98_000 },
  { from: 40_000, to: 58_000 },
];
const rangeSize = 100;

/**
 * Reserves a range of uids. The reservation is an abstract UNIX socket of that name: the kernel lets one process have
 * it and frees it when the process ends, however it ends. Null when no range is left or none can be set here.
 */
export async function reserveSlotUsers(count: number): Promise<SlotUsers | null> {
  const taken = knownUsers();
  const size = Math.ceil(count / rangeSize) * rangeSize;
  for (const { from, to } of regions) {
    if (!isMapped('/proc/self/uid_map', from, to) || !isMapped('/proc/self/gid_map', from, to)) continue;
    for (let first = from; first + size <= to; first += size) {
      if (taken.some((uid) => uid >= first && uid < first + size)) continue;
      // Ranges of different sizes overlap: a reservation holds each of its hundreds.
      const locks: Server[] = [];
      for (let part = first; part < first + size; part += rangeSize) {
        const lock = await reserve(part);
        if (lock !== null) locks.push(lock);
      }
      const release = () => locks.forEach((lock) => void lock.close());
      if (locks.length === size / rangeSize) return { first, count, release };
      release();
    }
  }
  return null;
}

async function reserve(uid: number): Promise<Server | null> {
  const server = createServer((socket) => socket.destroy()).unref();
  try {
    server.listen({ path: `\0coderoom-slot-users-${uid}` });
    await once(server, 'listening');
    return server;
  } catch {
    return null;
  }
}

function knownUsers(): number[] {
  try {
    return readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => Number(line.split(':')[2]));
  } catch {
    return [];
  }
}

/** Whether ids from..to exist in this user namespace; lines are "inside outside count". */
function isMapped(map: string, from: number, to: number): boolean {
  return readFileSync(map, 'utf8')
    .split('\n')
    .some((line) => {
      const [inside = 0, , count = 0] = line.trim().split(/\s+/).map(Number);
      return inside <= from && to <= inside + count;
    });
}
