import { documentMaps, encodePoints, type RoomEntry } from '@coderoom/protocol';
import { connectDocument } from '@coderoom/testkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import * as Y from 'yjs';
import { expectProblem, openApp, type RunningApp } from './running-app.ts';

let app: RunningApp;
let entry: RoomEntry;
const ask = (path: string) => app.ask('GET', `/api/v2/rooms/${entry.room.id}/board${path}`, { token: entry.token });

beforeAll(async () => {
  app = await openApp({ EXECUTION: 'off' });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});
beforeEach(async () => {
  entry = (await app.ask('POST', '/api/v2/rooms', { body: {} })).body;
});

/** As any Yjs client would. */
async function drawElements(elements: Record<string, Record<string, unknown>>): Promise<void> {
  using client = connectDocument(app.url, entry.room.id, entry.token, { acks: true });
  await client.synced();
  client.doc.transact(() => {
    for (const [id, fields] of Object.entries(elements)) {
      client.doc.getMap(documentMaps.board).set(id, new Y.Map(Object.entries(fields)));
    }
  });
  await client.saved();
}

const common = { by: 'somebody', color: '#d02b20', size: 4, x: 5, y: 6 };

it('BOARD-16 a room’s board is read over HTTP, from below to above, page by page, and survives a restart', async () => {
  expect((await ask('')).body).toEqual({ items: [], next: null });
  await drawElements({
    a: {
      kind: 'stroke',
      z: 2,
      ...common,
      points: encodePoints([
        [0, 0, 0],
        [3.5, -2, 1],
      ]),
    },
    b: { kind: 'text', z: 1, ...common, text: 'Ünïcode\n<b>' },
    junk: { kind: 'nothing' },
    c: { kind: 'arrow', z: 2, ...common, w: -5, h: 7 },
  });
  const all = [
    { id: 'b', kind: 'text', z: 1, ...common, text: 'Ünïcode\n<b>' },
    {
      id: 'a',
      kind: 'stroke',
      z: 2,
      ...common,
      points: [
        [0, 0, 0],
        [3.5, -2, 1],
      ],
    },
    { id: 'c', kind: 'arrow', z: 2, ...common, w: -5, h: 7 },
  ];
  expect((await ask('')).body).toEqual({ items: all, next: null });
  const first = (await ask('?limit=2')).body;
  expect(first.next).toEqual(expect.any(String));
  const second = (await ask(`?limit=2&after=${first.next}`)).body;
  expect([...first.items, ...second.items]).toEqual(all);
  expect(second.next).toBeNull();
  for (const bad of ['?after=x', '?limit=0', `?after=${'x'.repeat(300)}`])
    expectProblem(await ask(bad), 'invalid_request');
  await app.reopen();
  expect((await ask('')).body.items).toEqual(all);
});

it('BOARD-16 and as a picture, in which text is nothing but text', async () => {
  await drawElements({ t: { kind: 'text', z: 1, ...common, text: '</svg><script>alert(1)</script>' } });
  const answer = await ask('.svg');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('image/svg+xml; charset=utf-8');
  expect(answer.body).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  expect(answer.body).toContain('&lt;script&gt;');
  expect(answer.body).not.toContain('<script');
});
