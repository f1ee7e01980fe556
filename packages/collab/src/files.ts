/**
 * A room's files, entry and language as they stand in its Yjs document: reads past whatever else CRDT clients put there,
 * writes whole texts as edits. Each writer is to run within one transaction.
 */
import { createHash } from 'node:crypto';
import { documentMaps, isFilePath, normalizeText, ProblemError, roomMapKeys } from '@coderoom/protocol';
import * as Y from 'yjs';
import type { CollabLimits } from './contract.ts';
import { applyEdits, type TextEdit } from './text-diff.ts';
import { mergeEdits, nearestBase } from './text-merge.ts';

export interface RoomFile {
  path: string;
  text: string;
}

export interface RoomFiles {
  /** By path, ascending. */
  files: RoomFile[];
  /** Path of the main file; empty in a room without files. */
  entry: string;
  language: string;
}

export interface RoomChange {
  entry?: string;
  language?: string;
  /** Added unless there is one already. */
  addFile?: RoomFile;
}

/** The main file, and the language it is in. */
export interface RoomEntryFile extends RoomFile {
  language: string;
}

/** What a room without files gets when somebody writes its main file. */
const emptyRoomEntry = 'main.txt';

/** A short name of a text's content, for `If-Match`. */
function versionOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

/** Text as documents hold it: LF line ends and no lone surrogates, which Yjs cannot transport. */
export function cleanText(text: string): string {
  return normalizeText(text).toWellFormed();
}

export function readRoomFiles(doc: Y.Doc): RoomFiles {
  const files = listFiles(doc).map(([path, text]) => ({ path, text: plainText(text) }));
  const room = doc.getMap(documentMaps.room);
  const entry = room.get(roomMapKeys.entry);
  const language = room.get(roomMapKeys.language);
  return {
    files,
    entry: files.some(({ path }) => path === entry) ? (entry as string) : (files[0]?.path ?? ''),
    language: typeof language === 'string' ? language : '',
  };
}

/** The main file alone, however many there are; an empty path in a room without files. */
export function readRoomEntry(doc: Y.Doc): RoomEntryFile {
  const room = doc.getMap(documentMaps.room);
  const [entry, language] = [room.get(roomMapKeys.entry), room.get(roomMapKeys.language)];
  const named = typeof entry === 'string' ? findFile(doc, entry) : undefined;
  const [path, file] = named === undefined ? (listFiles(doc)[0] ?? ['', undefined]) : [entry as string, named];
  return {
    path,
    text: file === undefined ? '' : plainText(file),
    language: typeof language === 'string' ? language : '',
  };
}

export function readRoomFile(doc: Y.Doc, path: string): RoomFile & { version: string } {
  const file = findFile(doc, path);
  if (file === undefined) throw new ProblemError('file_not_found');
  const text = plainText(file);
  return { path, text, version: versionOf(text) };
}

export function writeRoomFile(
  doc: Y.Doc,
  path: string,
  text: string,
  { ifVersion, bases, limits }: { ifVersion: string | undefined; bases: readonly string[]; limits: CollabLimits },
): { created: boolean; version: string } {
  const file = findFile(doc, path);
  checkVersion(file, ifVersion);
  if (file === undefined) {
    addFile(doc, path, text, limits);
    return { created: true, version: versionOf(text) };
  }
  // They may also have seen it as it is: then nothing is put in twice.
  const merged = mergeInto(file, text, { basesFor: (current) => [current, ...bases], limits });
  return { created: false, version: versionOf(merged) };
}

/**
 * Makes the main file's text what somebody wrote who knows that file alone. `bases` are the texts they may have started
 * from: what others did since then stays. Without any, the text becomes what was written. The file is made if there is none.
 */
export function writeRoomEntry(
  doc: Y.Doc,
  text: string,
  { bases, limits }: { bases: readonly string[]; limits: CollabLimits },
): RoomEntryFile {
  const { path: entry, language } = readRoomEntry(doc);
  const file = findFile(doc, entry);
  if (file === undefined) {
    addFile(doc, emptyRoomEntry, text, limits);
    doc.getMap(documentMaps.room).set(roomMapKeys.entry, emptyRoomEntry);
    return { path: emptyRoomEntry, text, language };
  }
  return { path: entry, text: mergeInto(file, text, { basesFor: () => bases, limits }), language };
}

/** Does to a file what led to a text from the nearest of the bases, or from the file as it is. What the file says then. */
function mergeInto(
  file: Y.Text,
  text: string,
  { basesFor, limits }: { basesFor(current: string): readonly string[]; limits: CollabLimits },
): string {
  removeEmbeds(file);
  const current = plainText(file);
  const bases = basesFor(current);
  const base = bases.length === 1 ? bases[0] : nearestBase(bases, text);
  const edits = mergeEdits(base ?? current, text, current);
  const merged = applyEdits(current, edits);
  checkText(merged, limits);
  applyTo(file, edits);
  return merged;
}

function applyTo(file: Y.Text, edits: readonly TextEdit[]): void {
  // From the end, so that earlier offsets stay right.
  for (const { at, remove, insert } of edits.toReversed()) {
    if (remove > 0) file.delete(at, remove);
    if (insert !== '') file.insert(at, insert);
  }
}

/** Deleting the main file makes the first that remains the main one; the last file stays. */
export function deleteRoomFile(doc: Y.Doc, path: string, ifVersion: string | undefined): void {
  const file = findFile(doc, path);
  if (file === undefined) throw new ProblemError('file_not_found');
  checkVersion(file, ifVersion);
  const remaining = listFiles(doc).filter(([other]) => other !== path);
  const first = remaining[0];
  if (first === undefined) throw new ProblemError('invalid_request', { detail: 'A room keeps at least one file.' });
  const { entry } = readRoomFiles(doc);
  doc.getMap(documentMaps.files).delete(path);
  if (entry === path) doc.getMap(documentMaps.room).set(roomMapKeys.entry, first[0]);
}

export function configureRoom(doc: Y.Doc, change: RoomChange, limits: CollabLimits): void {
  const { entry, language, addFile: file } = change;
  const isNew = file !== undefined && findFile(doc, file.path) === undefined;
  if (entry !== undefined && findFile(doc, entry) === undefined && file?.path !== entry) {
    throw new ProblemError('entry_not_found');
  }
  if (isNew) addFile(doc, file.path, file.text, limits);
  const room = doc.getMap(documentMaps.room);
  if (entry !== undefined && room.get(roomMapKeys.entry) !== entry) room.set(roomMapKeys.entry, entry);
  if (language !== undefined && room.get(roomMapKeys.language) !== language) room.set(roomMapKeys.language, language);
}

/** Throws unless a file may have this path and text. */
export function checkFile(path: string, text: string, limits: CollabLimits): void {
  if (!isFilePath(path)) throw new ProblemError('invalid_path');
  checkText(text, limits);
}

export function checkText(text: string, limits: CollabLimits): void {
  if (Buffer.byteLength(text) > limits.fileTextMaxBytes) throw new ProblemError('too_large');
}

function addFile(doc: Y.Doc, path: string, text: string, limits: CollabLimits): void {
  if (listFiles(doc).length >= limits.filesMax) throw new ProblemError('too_many_files');
  doc.getMap(documentMaps.files).set(path, new Y.Text(text));
}

function checkVersion(file: Y.Text | undefined, ifVersion: string | undefined): void {
  if (ifVersion === undefined) return;
  if (file === undefined || versionOf(plainText(file)) !== ifVersion) throw new ProblemError('file_changed');
}

function listFiles(doc: Y.Doc): [path: string, text: Y.Text][] {
  const entries: [string, Y.Text][] = [];
  for (const [path, value] of doc.getMap(documentMaps.files)) {
    if (isText(value) && isFilePath(path)) entries.push([path, value]);
  }
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

function findFile(doc: Y.Doc, path: string): Y.Text | undefined {
  const value = isFilePath(path) ? doc.getMap(documentMaps.files).get(path) : undefined;
  return isText(value) ? value : undefined;
}

/** Y.XmlText is a Y.Text by class, but not a file. */
function isText(value: unknown): value is Y.Text {
  return value instanceof Y.Text && !(value instanceof Y.XmlText);
}

function plainText(text: Y.Text): string {
  // Y.Text.toString leaves out what is not text, and never throws.
  return text.toString();
}

/** Takes out what is not text, such as images of rich-text editors: offsets in the text would not be offsets in the type. */
function removeEmbeds(text: Y.Text): void {
  if (text.length === plainText(text).length) return;
  let at = 0;
  for (const { insert } of text.toDelta() as { insert: unknown }[]) {
    if (typeof insert === 'string') at += insert.length;
    else text.delete(at, 1);
  }
}
