import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collabClose, collabMessage } from '@coderoom/protocol';
import { until } from '@coderoom/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { WebsocketProvider } from 'y-websocket';
import * as Y from 'yjs';
import { MemoryStore, member, silent, thread } from '../test/fakes.ts';
import { type Collab, createCollab } from './index.ts';

/** As little as can stand between ws and the engine. */
async function listen(collab: Collab): Promise<{ server: Server; url: string; sockets: Set<WebSocket> }> {
  const server = createServer();
  const sockets = new Set<WebSocket>();
  new WebSocketServer({ server }).on('connection', (ws, request) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    sockets.add(ws);
    const session = collab.connect({
      roomId: url.pathname.slice(1),
      member: member(url.searchParams.get('member') ?? ''),
      acks: url.searchParams.get('acks') === '1',
      socket: {
        send: (messages) => {
          for (const message of messages) ws.send(message);
        },
        pause: () => ws.pause(),
        resume: () => ws.resume(),
        close: (code, reason) => ws.close(code, reason),
        get bufferedBytes() {
          return ws.bufferedAmount;
        },
      },
    });
    ws.on('message', (data) => session.receive(new Uint8Array(data as Buffer)));
    ws.on('close', () => session.closed());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets };
}

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function start() {
  const store = new MemoryStore();
  store.create('room', { files: [{ path: 'main.py', text: 'start\n' }] });
  const collab = createCollab({ thread, store, logger: silent, limits: { logCommitWindowMs: 1, collabAckDelayMs: 1 } });
  const { server, url, sockets } = await listen(collab);
  ends.push(
    () => new Promise((resolve) => server.close(resolve)),
    () => {
      for (const socket of sockets) socket.terminate();
    },
    () => collab.close(),
  );
  const join = (name: string, { roomId = 'room', acks = false } = {}) => {
    const doc = new Y.Doc();
    const provider = new WebsocketProvider(url, roomId, doc, {
      params: { member: name, ...(acks ? { acks: '1' } : {}) },
      WebSocketPolyfill: WebSocket as never,
      disableBc: true,
      maxBackoffTime: 100,
    });
    ends.push(() => {
      provider.destroy();
      doc.destroy();
    });
    return { doc, provider, text: () => (doc.getMap('files').get('main.py') as Y.Text | undefined)?.toString() };
  };
  return { store, collab, join, sockets };
}

describe('the standard provider', () => {
  it('SYNC-3 WebsocketProvider of y-websocket 3 syncs, edits, is present, and comes back after a cut', async () => {
    const { store, join, sockets } = await start();
    const [one, two] = [join('one'), join('two')];
    await until('both', () => one.provider.synced && two.provider.synced);
    (one.doc.getMap('files').get('main.py') as Y.Text).insert(6, 'from one\n');
    await until('arrival', () => two.text() === 'start\nfrom one\n');

    one.provider.awareness.setLocalStateField('cursor', { anchor: 1 });
    await until('presence', () => two.provider.awareness.getStates().get(one.doc.clientID)?.cursor);
    expect(two.provider.awareness.getStates().get(one.doc.clientID)?.user).toMatchObject({ id: 'one' });

    for (const socket of sockets) socket.terminate();
    (one.doc.getMap('files').get('main.py') as Y.Text).insert(0, 'typed offline\n');
    await until('the offline edit', () => two.text()?.startsWith('typed offline\n'));
    await until('presence again', () => two.provider.awareness.getStates().get(one.doc.clientID)?.cursor);
    await until('the log', () => {
      const text = (store.replay('room').getMap('files').get('main.py') as Y.Text).toString();
      return text === one.text() && text === two.text();
    });
    one.provider.destroy();
    await until('the departure', () => !two.provider.awareness.getStates().has(one.doc.clientID));
  });

  it('SYNC-3 hears durable acks as one more message type, and stops at a room that is gone', async () => {
    const { collab, join } = await start();
    const one = join('one', { acks: true });
    let durable = 0;
    one.provider.messageHandlers[collabMessage.durable] = (_encoder, decoder) => {
      durable = decoder.arr[decoder.pos++] as number;
    };
    await until('the first sync', () => one.provider.synced);
    (one.doc.getMap('files').get('main.py') as Y.Text).insert(0, 'x');
    // Its answer to the greeting, and the edit.
    await until('the ack', () => durable === 2);

    const closed: number[] = [];
    one.provider.on('closed', ({ code }: { code: number }) => closed.push(code));
    await collab.closeRoom('room', collabClose.roomGone, 'deleted');
    await until('the end', () => closed.length > 0);
    expect(closed).toEqual([collabClose.roomGone]);
    const nowhere = join('one', { roomId: 'nowhere' });
    nowhere.provider.on('closed', ({ code }: { code: number }) => closed.push(code));
    await until('the refusal', () => closed.length === 2);
    expect(nowhere.provider.shouldConnect).toBe(false);
  });
});
