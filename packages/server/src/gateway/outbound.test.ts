import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createOutbound, OutboundFailure, type OutboundOptions, type OutboundSettings } from './outbound.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

/** A server that counts who connects. */
async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  { host = '127.0.0.1', port = 0 } = {},
) {
  let connections = 0;
  const server = createServer(answer).on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  cleanUps.push(() => server.close().closeAllConnections());
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

/** What comes of asking: the status, or why there is none. */
async function ask(url: string, options: OutboundOptions = {}, settings: OutboundSettings = {}) {
  const outbound = createOutbound(settings);
  cleanUps.push(() => outbound.close());
  return outbound.askJson(url, options).then(
    ({ status }) => status,
    (error) => (error instanceof OutboundFailure ? error.message : error),
  );
}

const inside = { mayBeInside: true };
const namesTo = (...addresses: string[]) => ({
  resolve: (_host: string, done: (error: null, found: { address: string; family: number }[]) => void) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    ),
});

describe('asking servers of others', () => {
  it('PROFILE-4 never connects to this machine or its network, however it is written or named', async () => {
    const canary = await serve((_, response) => response.end('{}'), { host: '::' });
    const refused = expect.stringMatching(/is not an address of the internet$/);
    const hosts = [
      '127.0.0.1',
      '2130706433',
      '0x7f.1',
      '017700000001',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[::]',
      '0.0.0.0',
    ];
    for (const host of [...hosts, 'localhost', '10.0.0.1', '169.254.169.254', '[fd00:ec2::254]']) {
      expect(await ask(`http://${host}:${canary.port}/`), host).toEqual(refused);
    }
    for (const addresses of [['127.0.0.1'], ['::ffff:127.0.0.1'], ['8.8.8.8', '127.0.0.1'], ['::1'], []]) {
      expect(await ask(`http://stats.test:${canary.port}/`, {}, namesTo(...addresses))).toEqual(refused);
    }
    expect(canary.connections()).toBe(0);
    expect(await ask(`http://127.0.0.1:${canary.port}/`, inside)).toBe(200);
  });

  it('PROFILE-4 connects to the very address it looked at, whatever the name means a moment later', async () => {
    const canary = await serve((_, response) => response.end('{}'));
    const outside = await serve((_, response) => response.end('{"from":"outside"}'), {
      host: '127.0.0.2',
      port: canary.port,
    });
    let lookUps = 0;
    const settings: OutboundSettings = {
      isPublic: (address) => address === '127.0.0.2',
      resolve: (_host, done) => done(null, [{ address: ++lookUps === 1 ? '127.0.0.2' : '127.0.0.1', family: 4 }]),
    };
    const outbound = createOutbound(settings);
    cleanUps.push(() => outbound.close());
    const url = `http://stats.test:${canary.port}/`;
    expect((await outbound.askJson(url)).body).toEqual({ from: 'outside' });
    expect([lookUps, outside.connections()]).toEqual([1, 1]);
    const other = createOutbound(settings);
    cleanUps.push(() => other.close());
    await expect(other.askJson(url)).rejects.toThrow('is not an address of the internet');
    expect(canary.connections()).toBe(0);
  });

  it.each([301, 302, 303, 307, 308])('PROFILE-4 does not follow a redirect (%i)', async (status) => {
    const canary = await serve((_, response) => response.end('{}'));
    const location = `http://127.0.0.1:${canary.port}/latest/meta-data/`;
    const server = await serve((_, response) => response.writeHead(status, { location }).end());
    expect(await ask(`http://127.0.0.1:${server.port}/`, inside)).toBe(`it redirects (${status})`);
    expect(canary.connections()).toBe(0);
  });

  it('PROFILE-5 takes no more than it asked for, said beforehand or not', async () => {
    let sent = 0;
    const endless = await serve((_, response) => {
      const send = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 'x'))) sent += 65_536;
      };
      response.on('drain', send);
      send();
    });
    expect(await ask(`http://127.0.0.1:${endless.port}/`, inside)).toBe('the answer is too large');
    expect(sent).toBeLessThan(20_000_000);
    const told = await serve((_, response) => response.writeHead(200, { 'content-length': '1000000000' }).write('['));
    expect(await ask(`http://127.0.0.1:${told.port}/`, inside)).toBe('the answer is too large');
  });

  it('PROFILE-5 waits no longer than it may, for silence and for a drip', async () => {
    const silent = await serve(() => {});
    const drip = await serve((_, response) => {
      const timer = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(timer));
    });
    for (const { port } of [silent, drip]) {
      expect(await ask(`http://127.0.0.1:${port}/`, inside, { timeoutMs: 200 })).toBe('the answer took too long');
    }
  });

  it('PROFILE-5 takes JSON only, as it is', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/page') response.end('<html>');
      if (request.url === '/cut') response.end('{"a":');
      if (request.url === '/failure') response.writeHead(500).end('<html>');
      if (request.url === '/broken') response.socket?.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{');
      if (request.url === '/junk') response.socket?.end('junk\r\n\r\n');
    });
    const url = `http://127.0.0.1:${server.port}`;
    for (const path of ['/page', '/cut']) expect(await ask(url + path, inside)).toBe('the answer is not JSON');
    expect(await ask(`${url}/failure`, inside)).toBe(500);
    for (const path of ['/broken', '/junk']) expect(await ask(url + path, inside)).toEqual(expect.any(String));
    expect(await ask('http://127.0.0.1:1/', inside)).toEqual(expect.any(String));
  });
});
