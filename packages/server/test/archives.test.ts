import { Buffer } from 'node:buffer';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { createRoom } from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { expectProblem, openApp, type RunningApp } from './running-app.ts';
import { createStillExecution } from './still-execution.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await openApp({}, { execution: createStillExecution() });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

/** A zip archive of one member, which is a thousand times as large as it looks and leads out of where it is unpacked. */
function bomb(name: string): Buffer {
  const data = deflateRawSync(Buffer.alloc(10_000_000));
  const header = Buffer.alloc(30);
  header.write('PK\x03\x04', 'latin1');
  header.writeUInt16LE(8, 8);
  header.writeUInt32LE(data.length, 18);
  header.writeUInt32LE(10_000_000, 22);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, Buffer.from(name), data]);
}

describe('EXEC-56 an archive that is sent (case 39)', () => {
  it('is a text like any other: no request has a word for unpacking one', async () => {
    const archive = bomb('../../etc/cron.d/x').toString('base64');
    const run = (body: object) => app.ask('POST', '/api/v2/run', { body: { language: 'python', ...body } });
    for (const word of ['additional_files', 'additionalFiles', 'archive', 'zip']) {
      expectProblem(await run({ source: '', [word]: archive }), 'invalid_request');
    }
    expectProblem(await run({ files: [{ path: 'a.zip', text: archive, encoding: 'base64' }] }), 'invalid_request');

    const { room, token } = await createRoom(app.url, { language: 'python' });
    const file = `/api/v2/rooms/${room.id}/files/files.zip`;
    expect((await app.ask('PUT', file, { token, body: { text: archive } })).status).toBe(201);
    expect((await app.ask('GET', file, { token })).body.text).toBe(archive);
    const { body } = await app.ask('GET', `/api/v2/rooms/${room.id}/files`, { token });
    expect(body.items.map(({ path }: { path: string }) => path).sort()).toEqual(['files.zip', 'main.py']);
  });

  it('as the body of a request is not unpacked on the way in', async () => {
    const json = JSON.stringify({ language: 'python', source: ' '.repeat(5_000_000) });
    for (const [encoding, body] of [
      ['gzip', gzipSync(json)],
      ['deflate', deflateRawSync(json)],
    ] as const) {
      const answer = await fetch(`${app.url}/api/v2/run`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-encoding': encoding },
        body: new Uint8Array(body),
      });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ code: 'invalid_json' });
    }
    for (const type of ['application/zip', 'application/x-tar', 'multipart/form-data; boundary=x']) {
      const headers = { 'content-type': type };
      const answer = await fetch(`${app.url}/api/v2/run`, { method: 'POST', headers, body: new Uint8Array(bomb('x')) });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
    }
  });

  it('nor on a socket: compression is offered and not taken', async () => {
    const { room, token } = await createRoom(app.url);
    const address = `${app.url.replace('http', 'ws')}/collab/${room.id}?token=${token}`;
    const socket = new WebSocket(address, { perMessageDeflate: true });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    expect(socket.extensions).toBe('');
    socket.close();
  });
});
