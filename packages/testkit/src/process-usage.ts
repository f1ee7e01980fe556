/** What a process costs, as seen from outside. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** CPU seconds that a process and all its threads have used (Linux, in ticks of 10 ms). */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

export function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
}

/** How many files and sockets it has open. */
export function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

export function threadCount(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).length;
}

/** What probe.mjs tells of the process that it was loaded into. */
export interface Probed {
  /** How long the event loop was held up, since the last question. */
  loopP99Ms: number;
  loopMaxMs: number;
  heapBytes: number;
  /** Timers that keep the process alive. */
  timers: number;
}

/** All that were made; removed when this process ends. */
const probePaths: string[] = [];

/** What to start a process of Node with so that it answers `probe(path)`. It needs no code of its own for that. */
export function probeEnvironment(): { path: string; env: Record<string, string> } {
  if (probePaths.length === 0) process.once('exit', removeProbes);
  const path = join(tmpdir(), `coderoom-probe-${process.pid}-${probePaths.length}.sock`);
  probePaths.push(path);
  const preload = new URL('probe.mjs', import.meta.url).href;
  return { path, env: { PROBE_PATH: path, NODE_OPTIONS: `--import=${preload}` } };
}

function removeProbes(): void {
  for (const path of probePaths) rmSync(path, { force: true });
}

/** Asks the probe at a Unix socket; `collect` frees what can be freed before the heap is measured. */
export async function probe(path: string, question: 'look' | 'collect' = 'look'): Promise<Probed> {
  const socket = connect(path);
  socket.write(question);
  return JSON.parse(await text(socket)) as Probed;
}
