/** What the sync engine needs of the outside (a socket, a store, a logger) and what it knows of a member; no behaviour. */
import { limits, type MemberRole } from '@coderoom/protocol';

/** What the engine needs of a socket; the server adapts `ws` to it, tests fake it. */
export interface CollabSocket {
  /** Sends exactly one protocol message. */
  send(message: Uint8Array): void;
  close(code: number, reason: string): void;
  /** Bytes accepted by `send` and not yet taken by the network. */
  readonly bufferedBytes: number;
}

/** One socket's side of the engine. Neither method throws. */
export interface CollabSession {
  receive(message: Uint8Array): void;
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

export interface StoredDocument {
  snapshot: Uint8Array | null;
  /** The last update that the snapshot contains; 0 without a snapshot. */
  snapshotSeq: number;
  /** Those with a seq above `snapshotSeq`, ascending. */
  updates: LoggedUpdate[];
}

export interface DocumentStore {
  /** Null: there is no such document. */
  load(roomId: string): Promise<StoredDocument | null>;
  /**
   * Writes updates of many rooms in one transaction; resolves after the commit.
   * After a rejection the same updates are appended again, even though the commit may have happened:
   * a pair of room and seq that is already there must be left alone, without an error.
   */
  append(updates: readonly LoggedUpdate[]): Promise<void>;
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
  | 'collabAwarenessMaxBytes'
  | 'collabSocketsPerMember'
  | 'collabWaitingMaxBytes'
  | 'collabClientsPerSocket'
  | 'collabDepartedClientsMax'
  | 'collabNestingMax'
  | 'logCommitWindowMs'
  | 'logCommitMaxBytes'
  | 'logCommitMaxUpdates'
  | 'logPendingMaxBytes'
  | 'logDrainTimeoutMs'
  | 'storageRetryMinMs'
  | 'storageRetryMaxMs'
  | 'durableWaitMs'
  | 'roomUnloadAfterMs'
  | 'compactAfterUpdates'
  | 'replaySliceMs',
  number
>;

export const defaultLimits: CollabLimits = limits;
