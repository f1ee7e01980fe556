/** The sync engine: rooms' shared documents, kept the same for all who edit them, and durable. */
export type { BoardEdit, BoardPage, BoardPlace, StoredElement } from './board.ts';
export { type Collab, type CollabOptions, type CollabStats, createCollab, type RoomListener } from './collab.ts';
export {
  type CollabLimits,
  type CollabLogger,
  type CollabMember,
  type CollabSession,
  type CollabSocket,
  type DocumentStore,
  ForeignUpdates,
  type LoggedBatch,
  type LoggedUpdate,
  type StoredDocument,
} from './contract.ts';
export type { CursorSpeaker } from './cursor-speaker.ts';
export type { PlacedCursor, TextPlace } from './cursors.ts';
export { createDocumentThread, type DocumentThread } from './document-thread.ts';
export type { RoomChange, RoomFile, RoomFiles } from './files.ts';
export { packUpdates, readBatch } from './log-entries.ts';
export type { MemberCursor } from './room.ts';
export { type DocumentSeed, encodeSeed } from './seed.ts';
