import { readFileSync } from 'node:fs';
import { collabClose, documentMaps } from '@coderoom/protocol';
import {
  connectDocument,
  createRoom,
  joinRoom,
  providersFromElsewhere,
  request,
  startFaultProxy,
  until,
} from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import * as Y from 'yjs';
import { openRawDocument } from './raw-document.ts';
import { openApp, type RunningApp } from './running-app.ts';

let app: RunningApp;

beforeAll(async () => {
  app = await openApp({ EXECUTION: 'off' });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

const providers = await providersFromElsewhere();

describe.each(Object.entries(providers))('y-websocket %s', (version, Provider) => {
  it('SYNC-53 syncs, writes, is present, comes back after a cut with what it wrote meanwhile, and hears of being removed', async () => {
    const { room, token } = await createRoom(app.url);
    const guest = await joinRoom(app.url, room.id, { name: 'Old friend' });
    await using proxy = await startFaultProxy(app.url);
    using other = connectDocument(app.url, room.id, token, { acks: true });
    await other.synced();

    const doc = new Y.Doc();
    const provider = new Provider(`${proxy.url.replace('http', 'ws')}/collab`, room.id, doc, {
      params: { token: guest.token },
      WebSocketPolyfill: WebSocket as never,
      disableBc: true,
      maxBackoffTime: 200,
    });
    try {
      await until('the first sync', () => provider.synced);
      const text = doc.getMap(documentMaps.files).get('main.py') as Y.Text;
      expect(text.toString()).toBe(other.file('main.py').toString());
      text.insert(0, `# from ${version}\n`);
      await until('its text', () => other.file('main.py').toString().startsWith(`# from ${version}\n`));
      other.file('main.py').insert(0, '# from the other\n');
      await until('the other’s text', () => text.toString().startsWith('# from the other\n'));
      provider.awareness.setLocalStateField('cursor', { anchor: 1 });
      await until('its cursor', () => other.provider.awareness.getStates().get(doc.clientID)?.cursor);
      expect(other.provider.awareness.getStates().get(doc.clientID)?.user).toMatchObject({ name: 'Old friend' });

      proxy.cut();
      text.insert(0, '# while cut off\n');
      await until('what it wrote while cut off', () =>
        other.file('main.py').toString().startsWith('# while cut off\n'),
      );
      await until('its cursor again', () => other.provider.awareness.getStates().get(doc.clientID)?.cursor);

      const closes: number[] = [];
      provider.on('connection-close', (event: { code: number } | null) => closes.push(event?.code ?? 0));
      await request(app.url, `/api/v2/rooms/${room.id}/members/${guest.member.id}`, { method: 'DELETE', token });
      await until('the end', () => closes.includes(collabClose.unauthorized));
      text.insert(0, '# too late\n');
      await other.saved();
      expect(other.file('main.py').toString()).not.toContain('too late');
    } finally {
      provider.destroy();
      doc.destroy();
    }
  });
});

/** The bytes that docs/protocol.md gives for a message. */
function fromThePage(what: string): Uint8Array {
  const page = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8');
  const hex = page
    .split('\n')
    .find((line) => line.startsWith(`| ${what} |`))
    ?.split('`')[1];
  return Uint8Array.from((hex ?? '').split(' '), (byte) => Number.parseInt(byte, 16));
}

describe('a client that somebody writes from docs/protocol.md', () => {
  it('SYNC-53 is answered as the page says', async () => {
    const { room, token } = await createRoom(app.url);
    using raw = await openRawDocument(app.url, `${room.id}`, `${token}&acks=1`);
    raw.send(fromThePage('step 1 of a client that has nothing'));
    const answer = await until('step 2', () => raw.received.find(([type, step]) => type === 0 && step === 1));
    const doc = new Y.Doc();
    // 0, 1, a length of two bytes, the update.
    Y.applyUpdate(doc, answer.subarray((answer[2] as number) < 128 ? 3 : 4));
    expect([...doc.getMap(documentMaps.files).keys()]).not.toEqual([]);
    raw.send(fromThePage('step 2 of a client that has nothing the server lacks'));
    await until('the durable ack', () => raw.received.find(([type, count]) => type === 100 && count === 1));
    raw.send(fromThePage('client 5 has left, at its clock 9'));
    await raw.settled();
    expect(raw.closure()).toBeUndefined();
    raw.send(fromThePage('the first 300 messages are durable'));
    expect((await raw.closed()).code).toBe(collabClose.protocolError);
  });
});
