/** The document thread: makes Yjs documents of bytes and does what takes one. It keeps those that were used last. */
import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { documentMaps, ProblemError } from '@coderoom/protocol';
import * as Y from 'yjs';
import { editBoard, readBoard } from './board.ts';
import { placeCursors, tellCursor } from './cursors.ts';
import type { DocumentBase, Operation, Sifted, ThreadAnswer, ThreadData, ThreadRequest } from './document-work.ts';
import {
  configureRoom,
  deleteRoomFile,
  readRoomEntry,
  readRoomFile,
  readRoomFiles,
  writeRoomEntry,
  writeRoomFile,
} from './files.ts';
import { findMisplaced, findPlace } from './misplaced.ts';
import { dropContent, replaceByGaps } from './quarantine.ts';

const { limits } = workerData as ThreadData;

yieldToOthers();

interface Kept {
  doc: Y.Doc;
  /** What it was made from; roughly its size. */
  bytes: number;
}

class Unsound extends Error {}
/** All of an update was applied, and something stands where it does not belong. */
class Misplaced extends Error {}

/** Least recently used first. */
const kept = new Map<number, Kept>();
let keptBytes = 0;

function forget(key: number): void {
  const known = kept.get(key);
  if (known === undefined) return;
  kept.delete(key);
  keptBytes -= known.bytes;
  known.doc.destroy();
}

function keep(key: number, document: Kept): void {
  kept.delete(key);
  kept.set(key, document);
  keptBytes += document.bytes;
  for (const oldest of kept.keys()) {
    if (keptBytes <= limits.documentThreadCacheBytes || oldest === key) break;
    forget(oldest);
  }
}

/** The document that a base describes; undefined when it builds upon what is not kept. */
function open({ key, update, isWhole, stateVector }: DocumentBase): Y.Doc | undefined {
  if (isWhole) forget(key);
  const known = kept.get(key);
  if (known === undefined && !isWhole) return undefined;
  const doc = known?.doc ?? createDocument();
  try {
    takeSoundly(doc, update);
    assertReached(doc, stateVector);
  } catch (error) {
    forget(key);
    throw new Unsound(messageOf(error));
  }
  if (known !== undefined) keptBytes -= known.bytes;
  keep(key, { doc, bytes: (known?.bytes ?? 0) + update.length });
  return doc;
}

/** An empty document with the room's maps typed, so that no client can make something else of them. */
function createDocument(): Y.Doc {
  const doc = new Y.Doc();
  for (const name of Object.values(documentMaps)) doc.getMap(name);
  return doc;
}

/** Applies an update; throws if that fails, leaves something pending, or puts items where they do not belong. */
function takeSoundly(doc: Y.Doc, update: Uint8Array): void {
  const before = Y.decodeStateVector(Y.encodeStateVector(doc));
  Y.applyUpdate(doc, update);
  if (doc.store.pendingStructs !== null || doc.store.pendingDs !== null) throw new Error('parts are missing');
  const misplaced = findMisplaced(doc.store, before);
  if (misplaced !== undefined) throw new Misplaced(misplaced);
}

function assertReached(doc: Y.Doc, stateVector: Uint8Array): void {
  const reached = Y.decodeStateVector(Y.encodeStateVector(doc));
  for (const [client, clock] of Y.decodeStateVector(stateVector)) {
    if (reached.get(client) !== clock) throw new Error('the document is not what its structs say');
  }
}

function operate(doc: Y.Doc, operation: Operation): unknown {
  switch (operation.kind) {
    case 'readFiles':
      return readRoomFiles(doc);
    case 'readFile':
      return readRoomFile(doc, operation.path);
    case 'readEntry':
      return readRoomEntry(doc);
    case 'writeFile':
      return writeRoomFile(doc, operation.path, operation.text, { ...operation, limits });
    case 'writeEntry':
      return writeRoomEntry(doc, operation.text, { bases: operation.bases, limits });
    case 'deleteFile':
      return deleteRoomFile(doc, operation.path, operation.ifVersion);
    case 'configure':
      return configureRoom(doc, operation.change, limits);
    case 'placeCursors':
      return placeCursors(doc, operation.cursors);
    case 'tellCursor':
      return tellCursor(doc, operation.place);
    case 'readBoard':
      return readBoard(doc, operation.reading);
    case 'editBoard':
      return editBoard(doc, operation.edits);
    case 'snapshot':
      return Y.encodeStateAsUpdate(doc);
  }
}

type Outcome = ThreadAnswer extends infer Answer ? (Answer extends unknown ? Omit<Answer, 'id'> : never) : never;

function run({ base, operation }: Extract<ThreadRequest, { kind: 'operate' }>): Outcome {
  const doc = open(base);
  if (doc === undefined) return { kind: 'unknown' };
  const updates: Uint8Array[] = [];
  const collect = (update: Uint8Array) => updates.push(update);
  doc.clientID = base.clientId;
  doc.on('update', collect);
  try {
    return { kind: 'done', value: doc.transact(() => operate(doc, operation)), updates };
  } catch (error) {
    // What it was given is as it was, unless the operation got somewhere before it failed.
    if (updates.length > 0 || !(error instanceof ProblemError)) forget(base.key);
    throw error;
  } finally {
    doc.off('update', collect);
  }
}

/** Takes updates one by one; one that cannot be taken leaves its place behind, or only its clocks. */
function sift(snapshot: Uint8Array | null, updates: readonly { seq: number; update: Uint8Array }[]): Sifted {
  const bad: Sifted['bad'] = [];
  const badClocks: number[] = [];
  const good: Uint8Array[] = snapshot === null ? [] : [snapshot];
  let doc = remake(good);
  for (const { seq, update } of updates) {
    try {
      takeSoundly(doc, update);
      good.push(update);
    } catch (error) {
      bad.push({ seq, reason: messageOf(error) });
      // A document in which something failed halfway is not to be trusted.
      const failed = doc;
      doc = remake(good);
      const known = Y.decodeStateVector(Y.encodeStateVector(doc));
      const gaps = replaceByGaps(update, known);
      badClocks.push(...gaps.clocks);
      try {
        const isPlaced = error instanceof Misplaced;
        const emptied = dropContent(update, (client, clock) =>
          isPlaced ? findPlace(failed.store, known, client, clock) : undefined,
        );
        takeSoundly(doc, emptied);
        good.push(emptied);
      } catch {
        doc.destroy();
        doc = remake(good);
        Y.applyUpdate(doc, gaps.update);
        good.push(gaps.update);
      }
      failed.destroy();
    }
  }
  const state = Y.encodeStateAsUpdate(doc);
  doc.destroy();
  return { state, bad, badClocks };
}

function remake(updates: readonly Uint8Array[]): Y.Doc {
  const doc = createDocument();
  doc.transact(() => {
    for (const update of updates) Y.applyUpdate(doc, update);
  });
  return doc;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function answer(request: ThreadRequest): Outcome {
  try {
    switch (request.kind) {
      case 'operate':
        return run(request);
      case 'sift':
        return { kind: 'done', value: sift(request.snapshot, request.updates), updates: [] };
      case 'forget':
        forget(request.key);
        return { kind: 'done', value: undefined, updates: [] };
    }
  } catch (error) {
    if (error instanceof ProblemError) return { kind: 'problem', code: error.code, detail: error.message };
    if (error instanceof Unsound) return { kind: 'unsound', reason: error.message };
    return { kind: 'failed', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

parentPort?.on('message', (request: ThreadRequest) => {
  parentPort?.postMessage({ ...answer(request), id: request.id } as ThreadAnswer);
});

/** What is done here can wait; what the main thread does cannot. Linux gives each thread a priority of its own. */
function yieldToOthers(): void {
  try {
    const [, thread] = /(\d+)$/.exec(readlinkSync('/proc/thread-self')) ?? [];
    if (thread !== undefined) setPriority(Number(thread), constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Elsewhere it has the same priority as all.
  }
}
