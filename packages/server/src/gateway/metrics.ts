import type { CollabStats } from '@coderoom/collab';
import type { AuditKind } from '@coderoom/protocol';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { RateKind } from './rate-limits.ts';

/** What the server counts and measures, as Prometheus reads it. Every label has a bounded number of values. */
export interface Metrics {
  /** `route` is the pattern, never the path: paths are without number. */
  requestEnded(request: { method: string; route: string | undefined; status: number; seconds: number }): void;
  rateRefused(kind: RateKind): void;
  /** `status` is that of the result; `language` one that is known. */
  runEnded(language: string, status: string): void;
  /** Something that the audit log keeps: a sign-in, a refused one, a kick. */
  acted(kind: AuditKind): void;
  /** What is read whenever somebody asks. */
  watch(sources: MetricSources): void;
  readonly contentType: string;
  render(): Promise<string>;
}

interface MetricSources {
  collab(): CollabStats;
  eventSockets(): number;
  membersOnline(): number;
  runs(): { running: number; waiting: number };
  /** Where there is one. */
  redisIsReady?: (() => boolean) | undefined;
}

/** What may fall again; all else that the engine tells only grows. */
const syncGauges = new Set<keyof CollabStats>(['roomsOpen', 'sockets', 'pendingBytes', 'pendingMs', 'storageFailing']);

const requestBucketsS = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Histogram({
    name: 'coderoom_http_request_seconds',
    help: 'How long requests took, by the pattern of their address and the status of the answer',
    labelNames: ['method', 'route', 'status'],
    buckets: requestBucketsS,
    registers,
  });
  const refusals = new Counter({
    name: 'coderoom_rate_refusals_total',
    help: 'What was refused because it was too much, by what was counted',
    labelNames: ['kind'],
    registers,
  });
  const runs = new Counter({
    name: 'coderoom_runs_total',
    help: 'Runs that have ended, by language and how they ended',
    labelNames: ['language', 'status'],
    registers,
  });
  const acts = new Counter({
    name: 'coderoom_acts_total',
    help: 'What the audit log keeps, by kind: sign-ins, refused ones, changes of roles',
    labelNames: ['kind'],
    registers,
  });

  return {
    requestEnded: ({ method, route, status, seconds }) =>
      requests.observe(
        route === undefined
          ? { method: 'any', route: 'unknown', status: String(status) }
          : { method, route, status: String(status) },
        seconds,
      ),
    rateRefused: (kind) => refusals.inc({ kind }),
    runEnded: (language, status) => runs.inc({ language, status }),
    acted: (kind) => acts.inc({ kind }),

    watch({ collab, eventSockets, membersOnline, runs: countRuns, redisIsReady }) {
      const gauge = (name: string, help: string, read: () => number) =>
        new Gauge({
          name,
          help,
          registers,
          collect() {
            this.set(read());
          },
        });
      const counter = (name: string, help: string, read: () => number) =>
        new Counter({
          name,
          help,
          registers,
          collect() {
            this.reset();
            this.inc(read());
          },
        });
      gauge('coderoom_event_sockets', 'Open Socket.IO connections', eventSockets);
      gauge('coderoom_members_online', 'Members who are in a room right now', membersOnline);
      gauge('coderoom_runs_running', 'Runs that are going on', () => countRuns().running);
      gauge('coderoom_runs_waiting', 'Runs that wait for their turn', () => countRuns().waiting);
      if (redisIsReady !== undefined) {
        gauge('coderoom_redis_up', 'Whether Redis answers', () => Number(redisIsReady()));
      }
      // All that the sync engine tells of itself: what it has at the moment, and what it has counted since it began.
      for (const name of Object.keys(collab()) as (keyof CollabStats)[]) {
        const help = `Of the sync engine: ${words(name)}`;
        const read = () => Number(collab()[name]);
        if (syncGauges.has(name)) gauge(`coderoom_sync_${snakeCase(name)}`, help, read);
        else counter(`coderoom_sync_${snakeCase(name)}_total`, help, read);
      }
    },

    contentType: registry.contentType,
    render: async () => (await Promise.all([registry.metrics(), processMetrics().metrics()])).join('\n'),
  };
}

let ofProcess: Registry | undefined;

/** Memory, processor, event loop: of the process, hence once in it, however many applications it holds. */
function processMetrics(): Registry {
  if (ofProcess === undefined) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  return ofProcess;
}

const words = (name: string) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
const snakeCase = (name: string) => words(name).replaceAll(' ', '_');
