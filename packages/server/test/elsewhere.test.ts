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
