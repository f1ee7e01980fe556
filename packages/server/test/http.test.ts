import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { limits } from '@coderoom/protocol';
import { createRoom, request, temporaryFolder, until } from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem, openApp, type RunningApp } from './running-app.ts';

let app: RunningApp;

beforeAll(async () => {
  app = await openApp({ EXECUTION: 'off' });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

/** Sends bytes as they are, and resolves with all that came back once the server closes. */
function sendRaw(bytes: string): Promise<string> {
  const { hostname, port } = new URL(app.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let answer = '';
    socket.setEncoding('utf8').on('data', (data) => {
      answer += data;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

describe('answers', () => {
  it('API-1 every failure has one shape, and a request id that is in the log', async () => {
    const answer = await app.ask('GET', '/api/v2/nothing');
    expectProblem(answer, 'not_found');
    expect(Object.keys(answer.body).sort()).toEqual(['code', 'detail', 'requestId', 'status', 'title', 'type']);
    await until('the log line', () => app.logged.some((line) => JSON.parse(line).reqId === answer.body.requestId));
  });

  it('API-1 unknown paths are 404, known ones with another method 405 with what is allowed', async () => {
    for (const path of ['/api/v2', '/api/v3/rooms', '/health/x', '/r', '/../etc/passwd', '/.env', '/app.ts']) {
      expectProblem(await app.ask('GET', path), 'not_found');
    }
    const answer = await app.ask('PUT', '/api/v2/rooms');
    expectProblem(answer, 'method_not_allowed');
    expect(answer.headers.get('allow')?.split(', ').sort()).toEqual(['GET', 'HEAD', 'POST']);
    const member = await app.ask('GET', '/api/v2/rooms/a/members/b');
    expect(member.headers.get('allow')?.split(', ').sort()).toEqual(['DELETE', 'PATCH']);
    expectProblem(await app.ask('GET', '/%zz'), 'invalid_request');
  });

  it('API-1 what is no HTTP is told so and closed', async () => {
    const [head, body] = (await sendRaw('HELLO\r\n\r\n')).split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1.1 400 /);
    expect(JSON.parse(body ?? '')).toMatchObject({ code: 'invalid_request' });
    expect(await sendRaw(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(limits.httpHeaderMaxBytes)}\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 413 /,
    );
  });

  it('API-9 carry the headers that keep pages safe, and none that tells what serves them', async () => {
    for (const path of ['/', '/health', '/nowhere']) {
      const { headers } = await request(app.url, path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'self'");
      expect(headers.get('content-security-policy')).toContain("script-src 'self';");
      expect(headers.get('content-security-policy')).toContain(app.url.replace('http', 'ws'));
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('x-request-id')).toMatch(/^[\w-]{8,}$/);
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('strict-transport-security')).toBeNull();
    }
  });

  it('API-9 ask browsers to stay on https when the public address is', async () => {
    await using secure = await openApp({ EXECUTION: 'off', PUBLIC_URL: 'https://code.test' });
    expect((await request(secure.url, '/health')).headers.get('strict-transport-security')).toContain('max-age=');
  });

  it('GATE-3 pages of other sites may ask only when listed', async () => {
    await using listed = await openApp({ EXECUTION: 'off', CORS_ORIGINS: 'https://good.test' });
    const ask = async (origin: string, method = 'GET') => {
      const headers = {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
      };
      const answer = await request(listed.url, '/api/v2/languages', { method, headers });
      return answer.headers;
    };
    expect((await ask('https://good.test')).get('access-control-allow-origin')).toBe('https://good.test');
    const preflight = await ask('https://good.test', 'OPTIONS');
    expect(preflight.get('access-control-allow-origin')).toBe('https://good.test');
    expect(preflight.get('access-control-allow-headers')).toBe('authorization');
    for (const origin of ['https://evil.test', 'null', 'http://good.test', 'https://good.test.evil.test']) {
      for (const method of ['GET', 'OPTIONS']) {
        const headers = await ask(origin, method);
        expect(headers.get('access-control-allow-origin'), origin).toBeNull();
        expect(headers.get('access-control-allow-credentials')).toBeNull();
      }
    }
  });
});

describe('limits', () => {
  it('LIMIT-1 who asks too often gets 429 with a time to come again', async () => {
    await using strict = await openApp(
      { EXECUTION: 'off', RATE_LIMITS: 'on' },
      { ratePoints: { rooms: 2, joins: 1, runs: 1 } },
    );
    const { room } = await createRoom(strict.url);
    await createRoom(strict.url);
    const answers = [
      await strict.ask('POST', '/api/v2/rooms', { body: {}, headers: { 'x-forwarded-for': '198.51.100.7' } }),
    ];
    await strict.ask('POST', `/api/v2/rooms/${room.id}/join`);
    answers.push(await strict.ask('POST', `/api/v2/rooms/${room.id}/join`));
    await strict.ask('POST', '/api/v2/run', { body: {} });
    answers.push(await strict.ask('POST', '/api/v2/run', { body: {} }));
    for (const answer of answers) {
      expectProblem(answer, 'rate_limited');
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect((await strict.ask('GET', '/api/v2/languages')).status).toBe(200);
  });

  it('LIMIT-1 HTTP, event and document sockets are all counted', async () => {
    await using strict = await openApp(
      { EXECUTION: 'off', RATE_LIMITS: 'on' },
      { ratePoints: { requests: 4, sockets: 1 } },
    );
    const { room, token } = await createRoom(strict.url);
    const polling = () => request(strict.url, '/socket.io/?EIO=4&transport=polling');
    expect((await polling()).status).toBe(200);
    const refused = await polling();
    expect(refused.status).toBe(429);
    // An empty session id is none.
    expect((await request(strict.url, '/socket.io/?EIO=4&transport=polling&sid=')).status).toBe(429);
    expect(refused.headers.get('retry-after')).toBeTruthy();
    const { default: WebSocket } = await import('ws');
    const socket = new WebSocket(`${strict.url.replace('http', 'ws')}/collab/${room.id}?token=${token}`);
    const [code, reason] = await new Promise<[number, Buffer]>((resolve) =>
      socket.on('close', (...args) => resolve(args)),
    );
    expect([code, reason.toString()]).toEqual([1013, 'rate_limited']);
    // One request read the contract, one made the room.
    await strict.ask('GET', '/health');
    await strict.ask('GET', '/health');
    expectProblem(await strict.ask('GET', '/health'), 'rate_limited');
  });
});

describe('a failing database', () => {
  it('API-8 answers writes with 503 storage_unavailable, and works again by itself', { timeout: 60_000 }, async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'shared.db');
    await using broken = await openApp({ EXECUTION: 'off', DATABASE_URL: `sqlite:${file}` });
    const { room, token } = await createRoom(broken.url);
    const other = new DatabaseSync(file);
    other.exec('begin immediate');
    try {
      const path = `/api/v2/rooms/${room.id}`;
      const answers = await Promise.all([
        broken.ask('POST', '/api/v2/rooms', { body: {} }),
        broken.ask('PATCH', path, { token, body: { title: 'x' } }),
        broken.ask('POST', `${path}/join`),
      ]);
      for (const answer of answers) {
        expectProblem(answer, 'storage_unavailable');
        expect(answer.headers.get('retry-after')).toBeTruthy();
      }
      expect((await broken.ask('GET', path, { token })).status).toBe(200);
    } finally {
      other.exec('rollback');
      other.close();
    }
    await createRoom(broken.url);
  });
});

describe('the web client', () => {
  it('GATE-4 is one page for every address that is a view, never from a stale cache; its files are kept for good', async () => {
    using folder = temporaryFolder();
    const { path } = folder;
    mkdirSync(join(path, 'assets'));
    writeFileSync(join(path, 'index.html'), '<!doctype html><title>room</title>');
    writeFileSync(join(path, 'assets', 'app-1a2b.js'), 'let plain');
    writeFileSync(join(path, 'assets', 'app-1a2b.js.br'), 'brotli');
    writeFileSync(join(path, 'icon.svg'), '<svg/>');
    writeFileSync(join(path, '.secret'), 'hidden');
    await using web = await openApp({ EXECUTION: 'off' }, { webClient: path });
    for (const view of ['/', '/r/k7m2-p9xq', '/r/a/b', '/app', '/app/settings?x=1']) {
      const asPage = { headers: { accept: 'text/html,*/*;q=0.8' } };
      const { status, headers, body } = await request(web.url, view, asPage);
      expect(status, view).toBe(200);
      expect(body).toContain('<title>room</title>');
      expect(headers.get('cache-control')).toBe('no-cache');
      expect(headers.get('content-type')).toMatch(/^text\/html/);
    }
    const asset = await request(web.url, '/assets/app-1a2b.js', { headers: { 'accept-encoding': 'identity' } });
    expect(asset.body).toBe('let plain');
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(asset.headers.get('content-type')).toMatch(/javascript/);
    const head = await request(web.url, '/assets/app-1a2b.js', {
      method: 'HEAD',
      headers: { 'accept-encoding': 'br' },
    });
    expect(head.headers.get('content-encoding')).toBe('br');
    expect((await request(web.url, '/icon.svg')).headers.get('cache-control')).toBe('no-cache');
    for (const missing of [
      '/assets/old.js',
      '/nothing',
      '/.secret',
      '/..%2f..%2fetc%2fpasswd',
      '/assets/',
      '/assets',
    ]) {
      expectProblem(await web.ask('GET', missing), 'not_found');
    }
    // A person who mistyped an address reads it in the client; programs, and who looks at the API, read a problem.
    const asPage = { headers: { accept: 'text/html,*/*;q=0.8' } };
    for (const missing of ['/nothing', '/nothing/at/all?x=1']) {
      const lost = await request(web.url, missing, asPage);
      expect(lost.status, missing).toBe(404);
      expect(lost.body).toContain('<title>room</title>');
      expect(lost.headers.get('vary')).toContain('accept');
      expect(lost.headers.get('etag')).toBeNull();
    }
    const lostInApi = await request(web.url, '/api/v2/nothing', asPage);
    expect(lostInApi.headers.get('content-type')).toMatch(/problem\+json/);
    expectProblem(await web.ask('POST', '/nothing'), 'not_found');
    expectProblem(await web.ask('POST', '/r/x'), 'method_not_allowed');
  });

  it('GATE-4 says what to do when it is not built', async () => {
    await using web = await openApp({ EXECUTION: 'off' }, { webClient: '/nonexistent' });
    const { status, body } = await request(web.url, '/r/k7m2-p9xq');
    expect(status).toBe(503);
    expect(body).toContain('npm run build');
  });
});
