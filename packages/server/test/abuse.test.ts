import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { limits } from '@coderoom/protocol';
import { createRoom, joinRoom, request, type ServerProcess, startServer, until } from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { openWire } from './raw-wire.ts';
import { openMember } from './room-member.ts';

/** A server in a process of its own, so that its memory is its own. */
let server: ServerProcess;

beforeAll(async () => {
  server = await startServer({ env: { EXECUTION: 'off' } });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const webSocketUrl = () => server.url.replace('http', 'ws');

/** Sends the first bytes, then `drip` again and again; resolves with how long the server stood that, in milliseconds. */
async function trickle(first: string, drip: string): Promise<number> {
  const { hostname, port } = new URL(server.url);
  const socket: Socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  await once(socket, 'connect');
  const openedAt = performance.now();
  socket.resume().write(first);
  const timer = setInterval(() => socket.write(drip), 1_000);
  await once(socket, 'close');
  clearInterval(timer);
  return performance.now() - openedAt;
}

/** Resolves with the time a WebSocket stood, in milliseconds. */
async function stand(path: string, chatter?: string): Promise<number> {
  const socket = new WebSocket(webSocketUrl() + path);
  socket.on('error', () => {});
  await once(socket, 'open');
  const openedAt = performance.now();
  const timer = setInterval(() => chatter !== undefined && socket.send(chatter), 500);
  await once(socket, 'close');
  clearInterval(timer);
  return performance.now() - openedAt;
}

/** Keeps asking until told to stop; resolves with the statuses. */
function keepAsking(): { stop(): Promise<Set<number>> } {
  const statuses = new Set<number>();
  let isStopped = false;
  const asking = (async () => {
    while (!isStopped) statuses.add((await request(server.url, '/api/v2/rooms', { body: {} })).status);
  })();
  return {
    async stop() {
      isStopped = true;
      await asking;
      return statuses;
    },
  };
}

async function residentBytes(): Promise<number> {
  const { body } = await request(server.url, '/metrics');
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(body as string)?.[1]);
}

describe.concurrent('who is slow or silent', () => {
  const many = <T>(count: number, make: () => Promise<T>) => Promise.all(Array.from({ length: count }, make));

  it('LIMIT-5 is cut off while sending headers or a body, and holds up nobody', { timeout: 60_000 }, async () => {
    const others = keepAsking();
    const tookMs = await Promise.all([
      many(200, () => trickle('GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ', 'x')),
      many(200, () =>
        trickle(
          'POST /api/v2/rooms HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
          ' ',
        ),
      ),
      many(50, () => trickle('', '')),
    ]);
    expect(await others.stop()).toEqual(new Set([201]));
    const graceMs = 3_000;
    expect(Math.max(...tookMs.flat())).toBeLessThan(15_000 + graceMs);
    expect(Math.min(...tookMs.flat())).toBeGreaterThan(limits.httpRequestTimeoutMs / 2);
  });

  it('LIMIT-5 is told that it was too slow, also at the beginning of a handshake', { timeout: 60_000 }, async () => {
    const begun = [
      '',
      'GET /collab/019a0000-0000-7000-8000-000000000000 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n',
    ];
    for (const wire of await Promise.all(begun.map((text) => openWire(server.url, text)))) {
      using _wire = wire;
      await until('the end', () => wire.hasEnded, { timeoutMs: 30_000 });
      expect(wire.received.toString()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n.*"code":"request_timeout"/s);
    }
  });

  it('LIMIT-9 is closed when it never says who it is, whatever else it sends', { timeout: 60_000 }, async () => {
    const others = keepAsking();
    const path = '/socket.io/?EIO=4&transport=websocket';
    const stoodMs = await Promise.all([
      many(250, () => stand(path)),
      // The engine's own packets: an answer to a ping, and nothing at all.
      many(125, () => stand(path, '3')),
      many(125, () => stand(path, '6')),
    ]);
    expect(await others.stop()).toEqual(new Set([201]));
    expect(Math.max(...stoodMs.flat())).toBeLessThan(limits.socketAuthTimeoutMs + 3_000);
    expect(Math.min(...stoodMs.flat())).toBeGreaterThan(limits.socketAuthTimeoutMs / 2);
    // A document's socket has to say it at once.
    expect(await stand('/collab/019a0000-0000-7000-8000-000000000000')).toBeLessThan(5_000);
  });
});

describe('what is too large', () => {
  const tries = 100;
  /** What the collector has not come round to is no leak: it is given time. */
  async function expectNoGrowth(fromBytes: number): Promise<void> {
    const allowedBytes = 50_000_000;
    await until('memory to be given back', async () => (await residentBytes()) < fromBytes + allowedBytes, {
      timeoutMs: 20_000,
      everyMs: 500,
    });
  }

  it('LIMIT-10 is refused by HTTP, whole, in chunks, or packed', { timeout: 90_000 }, async () => {
    const { room, token } = await createRoom(server.url);
    const tooLarge = JSON.stringify({ text: 'x'.repeat(limits.httpBodyMaxBytes) });
    const path = `${server.url}/api/v2/rooms/${room.id}/files/main.py`;
    const put = (body: RequestInit['body'], headers: Record<string, string> = {}) =>
      fetch(path, {
        method: 'PUT',
        body,
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
        duplex: 'half',
      } as RequestInit).then(
        async (answer) => {
          await answer.arrayBuffer();
          return answer.status;
        },
        // The answer was on its way when the connection was closed on the rest of the body.
        () => 413,
      );
    const bomb = gzipSync(Buffer.alloc(200_000_000, ' '), { level: 9 });
    for (let i = 0; i < 10; i++) await put(tooLarge);
    const before = await residentBytes();
    for (let i = 0; i < tries; i++) {
      expect(await put(tooLarge)).toBe(413);
      expect(await put(new Blob([tooLarge]).stream() as unknown as RequestInit['body'])).toBe(413);
    }
    // Not unpacked at all.
    for (let i = 0; i < 5; i++) expect([400, 413, 415]).toContain(await put(bomb, { 'content-encoding': 'gzip' }));
    await expectNoGrowth(before);
    const small = gzipSync(JSON.stringify({ text: 'x' }));
    expect([400, 415]).toContain(await put(small, { 'content-encoding': 'gzip' }));
  });

  it('LIMIT-10 ends the socket it comes by, and no other', { timeout: 90_000 }, async () => {
    const owner = await createRoom(server.url);
    const editor = await joinRoom(server.url, owner.room.id);
    const bystander = await openMember(server.url, editor.token);
    const sendTo = async (path: string, data: string | Buffer) => {
      const socket = new WebSocket(webSocketUrl() + path);
      socket.on('error', () => {});
      await once(socket, 'open');
      socket.send(data);
      const [code] = (await once(socket, 'close')) as [number];
      return code;
    };
    const packet = `42["room:update",{"title":"${'x'.repeat(limits.eventMaxBytes)}"}]`;
    const frame = Buffer.alloc(limits.collabFrameMaxBytes + 1);
    const both = async () => {
      expect([1006, 1009]).toContain(await sendTo('/socket.io/?EIO=4&transport=websocket', packet));
      expect(await sendTo(`/collab/${owner.room.id}?token=${owner.token}`, frame)).toBe(1009);
    };
    for (let i = 0; i < 10; i++) await both();
    const before = await residentBytes();
    for (let i = 0; i < tries; i++) await both();
    await expectNoGrowth(before);
    await bystander.ask('member:update', { memberId: editor.member.id, name: 'Unharmed' });
    bystander.close();
  });
});
