/** What the engine has done since it was made; for metrics. */
export interface Counters {
  /** Changes taken, and messages with changes sent. */
  edits: number;
  deliveries: number;
  bytesIn: number;
  bytesOut: number;
  /** Updates that turned out to be unsound. */
  quarantined: number;
  /** Sockets that were closed because they read too slowly, and times that one was told later what it missed. */
  slowClosed: number;
  lagged: number;
}

export function createCounters(): Counters {
  return { edits: 0, deliveries: 0, bytesIn: 0, bytesOut: 0, quarantined: 0, slowClosed: 0, lagged: 0 };
}
