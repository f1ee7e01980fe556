import { collabClose, documentMaps, type RoomEntry, syncMessage } from '@coderoom/protocol';
import { connectDocument, createRoom, joinRoom, pause, request, until } from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { syncFrame } from './poison-messages.ts';
import { openRawDocument } from './raw-document.ts';
import { binaryFrame, closeCodeOn, openUpgraded, type Wire } from './raw-wire.ts';
import { openApp, type RunningApp } from './running-app.ts';

let app: RunningApp;

beforeAll(async () => {
  app = await openApp({ EXECUTION: 'off' });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

/** Writes key after key onto the board, and does not care whether it has been closed. */
class Stubborn {
  readonly #doc = new Y.Doc();
  readonly #wire: Wire;
  #count = 0;

  constructor(wire: Wire) {
    this.#wire = wire;
    this.#doc.on('update', (update: Uint8Array) => wire.socket.write(binaryFrame(syncFrame(update))));
  }

  write(name: string): string {
    const key = `${name}${this.#count++}`;
    this.#doc.getMap(documentMaps.board).set(key, true);
    return key;
  }

  /** All that it ever wrote, as an answer to the server's greeting. */
  repeat(): void {
    this.#wire.socket.write(binaryFrame(syncFrame(Y.encodeStateAsUpdate(this.#doc), syncMessage.step2)));
  }
}

/** What stands on a room's board, as somebody who comes anew sees it. */
async function boardOf(url: string, roomId: string, token: string): Promise<string[]> {
  using newcomer = connectDocument(url, roomId, token);
  await newcomer.synced();
  return Object.keys(newcomer.doc.getMap(documentMaps.board).toJSON());
}

async function enter() {
  const owner = await createRoom(app.url);
  const editor = await joinRoom(app.url, owner.room.id);
  const wire = await openUpgraded(app.url, owner.room.id, editor.token);
  const stubborn = new Stubborn(wire);
  const first = stubborn.write('before');
  await until('the first key', async () => (await boardOf(app.url, owner.room.id, owner.token)).includes(first));
  return { owner, editor, wire, stubborn };
}

/** Writes for a while, and holds that none of it arrives. */
async function expectNothingArrives(owner: RoomEntry, stubborn: Stubborn): Promise<void> {
  for (let left = 20; left > 0; left--) {
    stubborn.write('after');
    if (left % 5 === 0) stubborn.repeat();
    await pause(10);
  }
  // A whole sync later the server has long read what was written before it.
  using witness = connectDocument(app.url, owner.room.id, owner.token, { acks: true });
  await witness.synced();
  const board = await boardOf(app.url, owner.room.id, owner.token);
  expect(board.filter((key) => key.startsWith('after'))).toEqual([]);
  expect(board.filter((key) => key.startsWith('before'))).not.toEqual([]);
}

describe('who may write no more', () => {
  const memberPath = ({ room }: RoomEntry, { member }: RoomEntry) => `/api/v2/rooms/${room.id}/members/${member.id}`;

  it('SYNC-51 after being removed', async () => {
    const { owner, editor, wire, stubborn } = await enter();
    using _ = wire;
    await request(app.url, memberPath(owner, editor), { method: 'DELETE', token: owner.token });
    await expectNothingArrives(owner, stubborn);
    await until('the close frame', () => closeCodeOn(wire) === collabClose.unauthorized);
  });

  it('SYNC-51 after being made a viewer', async () => {
    const { owner, editor, wire, stubborn } = await enter();
    using _ = wire;
    await request(app.url, memberPath(owner, editor), {
      method: 'PATCH',
      token: owner.token,
      body: { role: 'viewer' },
    });
    await expectNothingArrives(owner, stubborn);
    expect(closeCodeOn(wire)).toBeUndefined();
  });

  it('SYNC-51 after the room has ended', async () => {
    const { owner, wire, stubborn } = await enter();
    using _ = wire;
    await request(app.url, `/api/v2/rooms/${owner.room.id}/end`, { method: 'POST', token: owner.token });
    await expectNothingArrives(owner, stubborn);
  });

  it('SYNC-51 after the token has expired', { timeout: 30_000 }, async () => {
    await using short = await openApp({ EXECUTION: 'off' }, { tokenTtlMs: 2_000 });
    const { room, token } = await createRoom(short.url);
    const expiresAt = (JSON.parse(atob(token.split('.')[1] as string)) as { exp: number }).exp * 1000;
    using wire = await openUpgraded(short.url, room.id, token);
    const stubborn = new Stubborn(wire);
    const writtenAt = new Map<string, number>();
    while (Date.now() < expiresAt + 2500) {
      writtenAt.set(stubborn.write('key'), Date.now());
      await pause(25);
    }
    expect(closeCodeOn(wire)).toBe(collabClose.unauthorized);
    const { token: later } = await joinRoom(short.url, room.id);
    const times = (await boardOf(short.url, room.id, later)).map((key) => writtenAt.get(key) as number);
    expect(times.length).toBeGreaterThan(0);
    // A second is what a socket may outlive its token by.
    expect(Math.max(...times)).toBeLessThan(expiresAt + 1000);
  });
});

describe('viewers', () => {
  it('SYNC-4 whatever a viewer sends, the document stays; their cursor is seen', async () => {
    const owner = await createRoom(app.url);
    const viewer = await joinRoom(app.url, owner.room.id);
    await request(app.url, `/api/v2/rooms/${owner.room.id}/members/${viewer.member.id}`, {
      method: 'PATCH',
      token: owner.token,
      body: { role: 'viewer' },
    });
    using witness = connectDocument(app.url, owner.room.id, owner.token);
    await witness.synced();
    const before = Y.encodeStateAsUpdate(witness.doc);
    using raw = await openRawDocument(app.url, owner.room.id, viewer.token);
    const mine = new Y.Doc();
    mine.getMap(documentMaps.board).set('viewer', 'was here');
    mine.getMap(documentMaps.files).set('main.py', new Y.Text('mine'));
    const update = Y.encodeStateAsUpdate(mine);
    for (const step of [syncMessage.step2, syncMessage.update]) raw.send(syncFrame(update, step));
    // Deletes all that the owner wrote.
    const emptied = new Y.Doc();
    Y.applyUpdate(emptied, before);
    emptied.on('update', (deletion: Uint8Array) => raw.send(syncFrame(deletion)));
    emptied.getMap(documentMaps.files).delete('main.py');
    await raw.settled();
    expect(raw.closure()).toBeUndefined();

    using other = connectDocument(app.url, owner.room.id, viewer.token);
    other.provider.awareness.setLocalStateField('cursor', { anchor: 1 });
    await until('the cursor', () => witness.provider.awareness.getStates().get(other.doc.clientID)?.cursor);
    expect(Y.encodeStateAsUpdate(witness.doc)).toEqual(before);
    using newcomer = connectDocument(app.url, owner.room.id, owner.token);
    await newcomer.synced();
    expect(newcomer.doc.getMap(documentMaps.files).toJSON()).toEqual(witness.doc.getMap(documentMaps.files).toJSON());
  });
});
