/** Rows to try the stores with, and databases to try them on; for tests only. */
import { randomUUID } from 'node:crypto';
import { type LoggedUpdate, packUpdates, readBatch } from '@coderoom/collab';
import type { RunResult } from '@coderoom/protocol';
import { connectDatabases, temporaryFolder, whyUnavailable } from '@coderoom/testkit';
import { afterAll, describe, inject } from 'vitest';
import { type AccountRow, createAccountStore } from '../src/accounts/store.ts';
import type { MessageRow } from '../src/chat/store.ts';
import { createDocumentStore, type DocumentStoreOptions } from '../src/files/store.ts';
import type { MemberRow } from '../src/members/store.ts';
import { createRoomStore, type RoomRow } from '../src/rooms/store.ts';
import type { RunRow } from '../src/runs/store.ts';
import type { SnippetWithContent } from '../src/snippets/store.ts';
import { openStorage, type Storage } from '../src/storage/database.ts';
import type { StorageKind } from '../src/storage/schema.ts';

export const silent = { warn() {} };
export const storageKinds: StorageKind[] = ['sqlite', 'postgresql', 'mysql'];

/** Whether the suites on this database are to be left out because its programs are missing; never where all is required. */
export function isLeftOut(kind: StorageKind): boolean {
  if (kind === 'sqlite' || process.env.CODEROOM_REQUIRE_ALL === '1') return false;
  const reason = whyUnavailable(kind);
  if (reason !== undefined) console.warn(`Left out: ${reason}`);
  return reason !== undefined;
}

/** An empty place for a database, and how to get rid of it. */
export interface TestPlace {
  databaseUrl: string | undefined;
  dataDir: string;
  remove(): Promise<void>;
}

export async function makePlace(kind: StorageKind): Promise<TestPlace> {
  const folder = temporaryFolder();
  const database =
    kind === 'sqlite' ? undefined : await connectDatabases(inject('databasesAddress')).createDatabase(kind);
  return {
    databaseUrl: database?.url,
    dataDir: folder.path,
    async remove() {
      await database?.drop();
      folder[Symbol.dispose]();
    },
  };
}

export function openPlace(place: TestPlace): Promise<Storage> {
  return openStorage({ databaseUrl: place.databaseUrl, dataDir: place.dataDir, logger: silent });
}

/** A suite on each kind of database; `open` gives it a fresh one, which is removed when the suite is over. */
export function describeOnEachDatabase(
  about: string,
  suite: (open: () => Promise<Storage>, kind: StorageKind) => void,
): void {
  for (const kind of storageKinds) {
    describe.skipIf(isLeftOut(kind))(`${about} on ${kind}`, () => {
      const toRemove: (() => Promise<void>)[] = [];
      afterAll(async () => {
        for (const remove of toRemove.reverse()) await remove();
      });
      suite(async () => {
        const place = await makePlace(kind);
        toRemove.push(() => place.remove());
        const storage = await openPlace(place);
        toRemove.push(() => storage.close());
        return storage;
      }, kind);
    });
  }
}

let count = 0;
/** Ids in the order in which they are made, as UUIDv7 are. */
export function nextId(): string {
  return `0190${String(++count).padStart(8, '0')}-${randomUUID().slice(0, 8)}`;
}

export function roomRow(change: Partial<RoomRow> = {}): RoomRow {
  const id = nextId();
  return {
    id,
    code: `code-${id}`,
    title: 'A room',
    description: '',
    language: 'python',
    execution: 'on',
    visibility: 'unlisted',
    passwordHash: null,
    lobby: false,
    viewCode: null,
    isIdKnown: false,
    capacity: 20,
    status: 'active',
    createdAt: 1_764_000_000_000,
    endedAt: null,
    lastActiveAt: 1_764_000_000_000,
    guestsOnly: true,
    ...change,
  };
}

export function memberRow(roomId: string, change: Partial<MemberRow> = {}): MemberRow {
  return {
    id: nextId(),
    roomId,
    accountId: null,
    name: 'Quiet Otter',
    color: '#2563eb',
    role: 'editor',
    joinedAt: 1_764_000_000_000,
    removedAt: null,
    address: null,
    isLowered: false,
    ...change,
  };
}

export function loggedUpdate(roomId: string, seq: number, change: Partial<LoggedUpdate> = {}): LoggedUpdate {
  return {
    roomId,
    seq,
    at: 1_764_000_000_000 + seq,
    memberId: null,
    update: Uint8Array.of(seq % 256, 0, 255),
    ...change,
  };
}

export function runRow(roomId: string, change: Partial<RunRow> = {}): RunRow {
  return {
    id: nextId(),
    roomId,
    memberId: nextId(),
    memberName: 'Quiet Otter',
    language: 'python',
    entry: 'main.py',
    state: 'queued',
    createdAt: 1_764_000_000_000,
    result: null,
    ...change,
  };
}

export function runResult(id: string, change: Partial<RunResult> = {}): RunResult {
  return {
    id,
    language: 'python',
    status: 'ok',
    exitCode: 0,
    signal: null,
    stdout: 'hello\n',
    stderr: '',
    compileOutput: '',
    truncated: false,
    cpuMs: 12.5,
    wallMs: 20.25,
    peakBytes: 9_000_000,
    phase: 'run',
    ...change,
  };
}

export function messageRow(roomId: string, change: Partial<MessageRow> = {}): MessageRow {
  return {
    id: nextId(),
    roomId,
    memberId: nextId(),
    memberName: 'Quiet Otter',
    type: 'text',
    text: 'hello',
    replyTo: null,
    threadId: null,
    mentions: [],
    createdAt: 1_764_000_000_000,
    editedAt: null,
    deletedAt: null,
    ...change,
  };
}

export function snippetRow(roomId: string, change: Partial<SnippetWithContent> = {}): SnippetWithContent {
  return {
    id: nextId(),
    roomId,
    memberId: nextId(),
    memberName: 'Quiet Otter',
    fileName: 'main.py',
    path: 'main.py',
    content: 'print(1)\n',
    bytes: 9,
    pushedAt: 1_764_000_000_000,
    ...change,
  };
}

/** Stores a room with an owner and update 1, and returns it. */
export async function addRoom(storage: Storage, change: Partial<RoomRow> = {}): Promise<RoomRow> {
  const room = roomRow(change);
  const owner = memberRow(room.id, { role: 'owner' });
  const outcome = await createRoomStore(storage.db).create(room, owner, loggedUpdate(room.id, 1));
  if (outcome !== 'created') throw new Error(outcome);
  return room;
}

export async function addAccount(storage: Storage, name = 'Ada'): Promise<string> {
  const id = nextId();
  const at = 1_764_000_000_000;
  const account: AccountRow = {
    id,
    email: `${id}@example.org`,
    emailVerified: false,
    name,
    picture: null,
    passwordHash: null,
    githubUsername: null,
    leetcodeUsername: null,
    codeforcesUsername: null,
    createdAt: at,
    updatedAt: at,
  };
  const outcome = await createAccountStore(storage.db).create(account);
  if (outcome !== 'created') throw new Error(outcome);
  return id;
}

/** The store of documents for those who look at updates one by one: each is a batch of its own. */
export function openDocuments(db: Storage['db'], options: DocumentStoreOptions = {}) {
  const store = createDocumentStore(db, options);
  return {
    ...store,
    append: (updates: readonly LoggedUpdate[]) => store.append(updates.map((update) => packUpdates([update]))),
    async load(roomId: string) {
      const stored = await store.load(roomId);
      if (stored === null) return null;
      const { snapshot, snapshotSeq, batches } = stored;
      const updates = batches.flatMap((batch) => [...readBatch(batch)]).filter(({ seq }) => seq > snapshotSeq);
      return { snapshot, snapshotSeq, updates };
    },
  };
}
