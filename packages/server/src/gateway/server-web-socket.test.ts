import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { until } from '@coderoom/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { acceptWebSocket, type ServerWebSocket } from './server-web-socket.ts';

const messageMaxBytes = 200_000;
let server: Server;
let url: string;
/** The server's ends of what was opened, in order, with what they heard. */
let accepted: { webSocket: ServerWebSocket; heard: Buffer[]; isClosed: boolean }[];
const clients: (WebSocket | Socket)[] = [];

beforeEach(async () => {
  accepted = [];
  server = createServer();
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => {});
    const webSocket = acceptWebSocket(request, socket, head, messageMaxBytes);
    if (webSocket === null) return;
    const entry = { webSocket, heard: [] as Buffer[], isClosed: false };
    accepted.push(entry);
    webSocket.listen({
      message: (bytes) => entry.heard.push(Buffer.from(bytes)),
      drained: () => {},
      closed: () => {
        entry.isClosed = true;
      },
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  vi.restoreAllMocks();
  for (const client of clients.splice(0)) client instanceof WebSocket ? client.terminate() : client.destroy();
  for (const { webSocket } of accepted) webSocket.terminate();
  await new Promise((resolve) => server.close(resolve));
});

/** A client that is known to do it right, and the server's end of it. */
async function open() {
  const client = new WebSocket(url);
  clients.push(client);
  const received: Buffer[] = [];
  client.on('message', (data) => received.push(data as Buffer));
  client.on('error', () => {});
  const closed = new Promise<[number, string]>((resolve) =>
    client.on('close', (code, reason) => resolve([code, reason.toString()])),
  );
  await new Promise((resolve) => client.on('open', resolve));
  return { client, received, closed, ...(accepted.at(-1) as (typeof accepted)[number]), entry: accepted.at(-1) };
}

/** A client that sends any bytes; gives what it is answered after the handshake. */
async function openRaw(early = Buffer.alloc(0)) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  clients.push(socket);
  let answer = Buffer.alloc(0);
  let isEnded = false;
  socket.on('data', (chunk: Buffer) => {
    answer = Buffer.concat([answer, chunk]);
  });
  socket.on('end', () => {
    isEnded = true;
  });
  socket.on('error', () => {});
  const handshake =
    'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';
  socket.write(Buffer.concat([Buffer.from(handshake), early]));
  await until('the handshake', () => answer.includes('\r\n\r\n'));
  const head = answer.toString('latin1');
  answer = Buffer.alloc(0);
  return { socket, head, answer: () => answer, isEnded: () => isEnded, entry: accepted.at(-1) };
}

const mask = [1, 2, 3, 4];
/** A client's frame of fewer than 126 bytes. */
function frame(first: number, payload: readonly number[] | Buffer): Buffer {
  return Buffer.from([
    first,
    0x80 | payload.length,
    ...mask,
    ...[...payload].map((byte, at) => byte ^ (mask[at % 4] as number)),
  ]);
}

describe('a WebSocket of the server', () => {
  it('COLLAB-9 carries messages of any size both ways, whole and in order', async () => {
    const { client, received, heard, webSocket } = await open();
    const sizes = [0, 1, 125, 126, 127, 16_384, 16_385, 65_535, 65_536, 150_000];
    const messages = sizes.map((size, index) => Buffer.alloc(size, index + 1));
    for (const message of messages) client.send(message);
    await until('all there', () => heard.length === messages.length);
    expect(heard.every((message, index) => message.equals(messages[index] as Buffer))).toBe(true);
    webSocket.send(messages);
    for (const message of messages) webSocket.send([message]);
    await until('all back', () => received.length === 2 * messages.length);
    expect(received.every((message, at) => message.equals(messages[at % messages.length] as Buffer))).toBe(true);
  });

  it('COLLAB-9 hears what comes in one piece with the handshake, before what comes later', async () => {
    const { socket, entry } = await openRaw(Buffer.concat([frame(0x82, [1]), frame(0x02, [2])]));
    socket.write(Buffer.concat([frame(0x80, [2]), frame(0x82, [3])]));
    await until('the last', () => entry?.heard.at(-1)?.[0] === 3);
    expect(entry?.heard.map((message) => [...message])).toEqual([[1], [2, 2], [3]]);
  });

  it('COLLAB-8 sends what is sent together in one write, each message in a frame of its own', async () => {
    const { socket, webSocket, chunks } = await openRaw().then(({ socket, entry }) => {
      const chunks: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      return { socket, webSocket: (entry as (typeof accepted)[number]).webSocket, chunks };
    });
    webSocket.send([Buffer.of(1), Buffer.of(2, 2), Buffer.alloc(200, 3)]);
    await until('all of it', () => chunks.length > 0);
    expect(chunks).toHaveLength(1);
    const expected = [Buffer.of(0x82, 1, 1, 0x82, 2, 2, 2, 0x82, 126, 0, 200), Buffer.alloc(200, 3)];
    expect(chunks[0]?.equals(Buffer.concat(expected))).toBe(true);
    socket.destroy();
  });

  it('COLLAB-9 puts fragments together, however the network cuts them, with control frames in between', async () => {
    const { socket, entry, head, answer } = await openRaw();
    // The example of RFC 6455, 1.3.
    expect(head).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    const bytes = Buffer.concat([
      frame(0x02, [1, 2]),
      frame(0x89, [7]),
      frame(0x00, []),
      frame(0x80, [3]),
      frame(0x82, [9, 9]),
    ]);
    for (const byte of bytes) {
      socket.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until('both', () => entry?.heard.length === 2);
    expect(entry?.heard.map((message) => [...message])).toEqual([
      [1, 2, 3],
      [9, 9],
    ]);
    await until('the pong', () => answer().equals(Buffer.of(0x8a, 1, 7)));
  });

  it('COLLAB-9 takes a message in a hundred thousand fragments of a byte', async () => {
    const { socket, entry } = await openRaw();
    const fragment = frame(0x00, [5]);
    socket.write(
      Buffer.concat([frame(0x02, [5]), ...Array.from({ length: 99_998 }, () => fragment), frame(0x80, [5])]),
    );
    await until('the message', () => entry?.heard.length === 1);
    expect(entry?.heard[0]?.equals(Buffer.alloc(100_000, 5))).toBe(true);
  });

  it('COLLAB-10 ends what breaks the protocol with the code that says why', async () => {
    const tooLong = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 4, 0, 0, ...mask]);
    const broken: [string, Buffer, number][] = [
      ['a length that claims 2^62', Buffer.from([0x82, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, ...mask]), 1009],
      ['a message above the bound', tooLong, 1009],
      [
        'fragments above the bound',
        Buffer.concat([frame(0x02, [1]), Buffer.from([0x80, 0xff, 0, 0, 0, 0, 0, 3, 0x0d, 0x40, ...mask])]),
        1009,
      ],
      ['no mask', Buffer.of(0x82, 1, 1), 1002],
      ['reserved bits', frame(0xc2, [1]), 1002],
      ['an unknown kind', frame(0x83, [1]), 1002],
      ['an unknown control frame', frame(0x8b, [1]), 1002],
      ['text', frame(0x81, [0xff]), 1002],
      ['a continuation of nothing', frame(0x80, [1]), 1002],
      ['a new message within another', Buffer.concat([frame(0x02, [1]), frame(0x82, [1])]), 1002],
      ['a fragmented ping', frame(0x09, [1]), 1002],
      ['a long ping', Buffer.from([0x89, 0xfe, 0, 126, ...mask]), 1002],
      ['half a close code', frame(0x88, [3]), 1002],
      ['a close code that may not be sent', frame(0x88, [0x03, 0xed]), 1002],
      ['a close reason that is not UTF-8', frame(0x88, [0x03, 0xe8, 0xff]), 1007],
    ];
    for (const [what, bytes, code] of broken) {
      const { socket, answer, isEnded, entry } = await openRaw();
      socket.write(Buffer.concat([bytes, frame(0x82, [1])]));
      await until(`the end after ${what}`, () => isEnded());
      expect([what, answer()[0], answer().readUInt16BE(2)]).toEqual([what, 0x88, code]);
      expect(entry?.heard).toEqual([]);
      socket.end();
      await until('its end here', () => entry?.isClosed);
    }
  });

  it('COLLAB-10 says good-bye as the RFC wants it, whoever begins', async () => {
    const one = await open();
    one.webSocket.close(4401, 'token_expired');
    one.webSocket.send([Buffer.of(1)]);
    expect(await one.closed).toEqual([4401, 'token_expired']);
    expect(one.received).toEqual([]);
    const two = await open();
    two.client.close(4000, 'enough');
    expect(await two.closed).toEqual([4000, '']);
    const three = await open();
    three.client.close();
    expect((await three.closed)[0]).toBe(1005);
    const four = await open();
    four.client.terminate();
    await until('their ends here', () => accepted.every(({ isClosed }) => isClosed));
  });

  it('COLLAB-10 answers a too large message although all of it is still on its way', async () => {
    const { client, closed } = await open();
    client.send(Buffer.alloc(10 * messageMaxBytes));
    expect((await closed)[0]).toBe(1009);
  });

  it('COLLAB-10 answers pings, but does not pile answers up for who takes none', async () => {
    const { socket, entry } = await openRaw();
    socket.pause();
    const ping = frame(0x89, Buffer.alloc(125));
    for (let round = 0; round < 100; round++) socket.write(Buffer.concat(Array.from({ length: 500 }, () => ping)));
    socket.write(frame(0x82, [1]));
    await until('all read', () => entry?.heard.length === 1);
    expect(entry?.webSocket.bufferedBytes).toBeLessThan(40_000);
  });

  it('COLLAB-10 takes nobody for gone who is silent while a large message is on its way to them', async () => {
    const { socket, entry } = await openRaw();
    const webSocket = entry?.webSocket as ServerWebSocket;
    socket.pause();
    webSocket.send([Buffer.alloc(20_000_000)]);
    const pings = [webSocket.ping(), webSocket.ping(), webSocket.ping()];
    expect(pings).toEqual([true, true, true]);
    const now = performance.now();
    vi.spyOn(performance, 'now').mockReturnValue(now + 3_600_000);
    expect(webSocket.ping()).toBe(false);
  });

  it('COLLAB-10 takes for gone who is silent from one ping to the next', async () => {
    const { socket, entry } = await openRaw();
    socket.pause();
    expect([entry?.webSocket.ping(), entry?.webSocket.ping()]).toEqual([true, false]);
  });

  it('COLLAB-9 reads no more while it is paused', async () => {
    const { client, heard, webSocket } = await open();
    webSocket.pause();
    client.send(Buffer.of(1));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(heard).toEqual([]);
    webSocket.resume();
    await until('it', () => heard.length === 1);
  });

  it('COLLAB-10 refuses what is no opening handshake', async () => {
    const ask = (headers: Record<string, string>) =>
      new Promise<number>((resolve) => {
        const socket = connect(Number(new URL(url).port), '127.0.0.1');
        clients.push(socket);
        const all = { Host: 'x', Upgrade: 'websocket', Connection: 'Upgrade', ...headers };
        const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
        socket.write(`GET / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
        socket.once('data', (chunk) => resolve(Number(chunk.toString().slice(9, 12))));
      });
    const key = 'dGhlIHNhbXBsZSBub25jZQ==';
    expect(await ask({ 'Sec-WebSocket-Version': '13' })).toBe(400);
    expect(await ask({ 'Sec-WebSocket-Key': 'short', 'Sec-WebSocket-Version': '13' })).toBe(400);
    expect(await ask({ 'Sec-WebSocket-Key': key, 'Sec-WebSocket-Version': '8' })).toBe(426);
    expect(await ask({ 'Sec-WebSocket-Key': key, 'Sec-WebSocket-Version': '13' })).toBe(101);
  });
});
