/** What the sync engine needs of the outside (a socket, a store, a logger) and what it knows of a member; no behaviour. */
import { limits, type MemberRole } from '@coderoom/protocol';

/** What the engine needs of a socket; the server gives it WebSockets, tests fake it. */
export interface CollabSocket {
  /** Sends each as a message of its own, in order and in one write. They do not change any more. */
  send(messages: readonly Uint8Array[]): void;
  close(code: number, reason: string): void;
  /** Reads no more until `resume`: what its peer sends waits there. Messages that were read already still come. */
  pause(): void;
  resume(): void;
  /** Bytes accepted by `send` and not yet taken by the network. */
  readonly bufferedBytes: number;
}

/** One socket's side of the engine. No method throws. */
export interface CollabSession {
  /** The message's memory is the engine's during the call only. */
  receive(message: Uint8Array): void;
  /** All that `send` accepted has been taken by the network, after some had to wait. */
  drained(): void;
  /** The socket has closed, whoever closed it. */
  closed(): void;
}

export interface CollabMember {
  id: string;
  name: string;
  /** `#rrggbb` for caret and name flag. */
  color: string;
  /** The same colour, translucent, behind a selection. */
  light: string;
  role: MemberRole;
}

/** One accepted change of a room's document. */
export interface LoggedUpdate {
  roomId: string;
  /** 1, 2, 3… without a gap within a room. */
  seq: number;
  /** Milliseconds since the epoch, by the server's clock. */
  at: number;
  /** Who made it; null for the system itself. */
  memberId: string | null;
  /** A Yjs update, encoding version 1. */
  update: Uint8Array;
}

/** Consecutive updates of one room that are committed together. */
export interface LoggedBatch {
  roomId: string;
  /** Of the first; the others follow without a gap. */
  firstSeq: number;
  count: number;
  /** The updates with their times and authors, as log-entries.ts packs them. */
  entries: Uint8Array;
}

export interface StoredDocument {
  snapshot: Uint8Array | null;
  /** The last update that the snapshot contains; 0 without a snapshot. */
  snapshotSeq: number;
  /** Those with updates above `snapshotSeq`, ascending; the first may hold some below it, too. */
  batches: LoggedBatch[];
}

/** The store has other updates of a room where ours were to be: somebody else has written to its log. */
export class ForeignUpdates extends Error {}

export interface DocumentStore {
  /** Null: there is no such document. */
  load(roomId: string): Promise<StoredDocument | null>;
  /**
   * Writes updates of many rooms in one transaction; resolves after the commit.
   * After a rejection the same batches are appended again, even though the commit may have happened:
   * what is there already must be left alone, without an error. Rejects with ForeignUpdates if something else is there.
   */
  append(batches: readonly LoggedBatch[]): Promise<void>;
  /** Keeps a newer snapshot if there is one. The updates it contains stay: they are the room's history. */
  saveSnapshot(roomId: string, snapshot: { seq: number; state: Uint8Array }): Promise<void>;
}

export interface CollabLogger {
  warn(details: Record<string, unknown>, message: string): void;
  error(details: Record<string, unknown>, message: string): void;
}

/** The limits that the engine obeys; tests tighten them. */
export type CollabLimits = Record<
  | 'filesMax'
  | 'fileTextMaxBytes'
  | 'documentMaxBytes'
  | 'collabFrameMaxBytes'
  | 'collabOutgoingMaxBytes'
  | 'collabLagMaxBytes'
  | 'collabReadAtOnceBytes'
  | 'collabAckDelayMs'
  | 'collabWindowMaxMs'
  | 'collabAwarenessMaxBytes'
  | 'collabSocketsPerMember'
  | 'collabWaitingMaxBytes'
  | 'collabClientsPerSocket'
  | 'collabDepartedClientsMax'
  | 'collabNestingMax'
  | 'logCommitWindowMs'
  | 'logUrgentWindowMs'
  | 'logBatchMaxBytes'
  | 'logPauseBytes'
  | 'logCommitMaxBytes'
  | 'logCommitMaxUpdates'
  | 'logPendingMaxBytes'
  | 'logDrainTimeoutMs'
  | 'storageRetryMinMs'
  | 'storageRetryMaxMs'
  | 'durableWaitMs'
  | 'roomUnloadAfterMs'
  | 'compactAfterUpdates'
  | 'compactAfterBytes'
  | 'unverifiedMaxMs'
  | 'documentThreadIdleMs'
  | 'documentThreadQueueMax'
  | 'documentThreadCacheBytes'
  | 'readSliceStructs',
  number
>;

export const defaultLimits: CollabLimits = limits;
