/** What is asked of the document thread, and what it answers; no behaviour. */
import type { ErrorCode } from '@coderoom/protocol';
import type { BoardEdit, BoardPage, BoardReading } from './board.ts';
import type { CollabLimits } from './contract.ts';
import type { PlacedCursor, ToldCursor } from './cursors.ts';
import type { RoomChange, RoomEntryFile, RoomFile, RoomFiles } from './files.ts';

/** What can be done with a document that takes to know its text. */
export type Operation =
  | { kind: 'readFiles' }
  | { kind: 'readFile'; path: string }
  | { kind: 'readEntry' }
  | { kind: 'writeFile'; path: string; text: string; ifVersion: string | undefined; bases: readonly string[] }
  | { kind: 'writeEntry'; text: string; bases: readonly string[] }
  | { kind: 'deleteFile'; path: string; ifVersion: string | undefined }
  | { kind: 'configure'; change: RoomChange }
  | { kind: 'placeCursors'; cursors: readonly ToldCursor[] }
  | { kind: 'tellCursor'; place: PlacedCursor }
  | { kind: 'readBoard'; reading: BoardReading }
  | { kind: 'editBoard'; edits: readonly BoardEdit[] }
  /** Tries the document out, and gives it in its shortest form. */
  | { kind: 'snapshot' };

/** What each operation gives. */
export interface OperationResult {
  readFiles: RoomFiles;
  readFile: RoomFile & { version: string };
  readEntry: RoomEntryFile;
  writeFile: { created: boolean; version: string };
  writeEntry: RoomEntryFile;
  deleteFile: undefined;
  configure: undefined;
  placeCursors: (PlacedCursor | null)[];
  tellCursor: { file: string; cursor: ToldCursor } | null;
  readBoard: BoardPage;
  editBoard: undefined;
  snapshot: Uint8Array;
}

/** The document that an operation is about. */
export interface DocumentBase {
  /** Names it among all that the thread keeps. */
  key: number;
  /** The whole document, or what it has more than the thread was last given of it. */
  update: Uint8Array;
  isWhole: boolean;
  /** What the document must have reached with it: a state vector. */
  stateVector: Uint8Array;
  /** Under which Yjs client id the thread writes. */
  clientId: number;
}

export type ThreadRequest = { id: number } & (
  | { kind: 'operate'; base: DocumentBase; operation: Operation }
  /** Takes updates one by one and finds those that cannot be applied. */
  | { kind: 'sift'; snapshot: Uint8Array | null; updates: { seq: number; update: Uint8Array }[] }
  | { kind: 'forget'; key: number }
);

export interface Sifted {
  /** The document without the content of what cannot be applied; its clocks are as if it could. */
  state: Uint8Array;
  /** Which updates these are, and their clocks: client, start, end, client, start, end… */
  bad: { seq: number; reason: string }[];
  badClocks: number[];
}

export type ThreadAnswer = { id: number } /** `updates`: what the operation changed, in order. */ & (
  | { kind: 'done'; value: unknown; updates: Uint8Array[] }
  /** An expected failure. */
  | { kind: 'problem'; code: ErrorCode; detail: string }
  /** The thread does not have the document that the base builds upon. */
  | { kind: 'unknown' }
  /** The document cannot be made of its bytes. */
  | { kind: 'unsound'; reason: string }
  /** A bug. */
  | { kind: 'failed'; reason: string }
);

export interface ThreadData {
  limits: CollabLimits;
}
