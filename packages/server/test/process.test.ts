import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { limits } from '@coderoom/protocol';
import {
  connectDocument,
  createRoom,
  joinRoom,
  request,
  startDatabases,
  startServer,
  temporaryFolder,
  until,
} from '@coderoom/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { openMember } from './room-member.ts';
import { isLeftOut, storageKinds } from './storage-fixtures.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

const databases = startDatabases();
afterAll(() => databases.stop());

/** Starts the server where it is expected to give up. */
async function startAndFail(folder: string, env: Record<string, string>) {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [main], {
    cwd: folder,
    env: {
      PATH: process.env.PATH ?? '',
      PORT: '0',
      DATA_DIR: join(folder, 'data'),
      LOG_LEVEL: 'warn',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  // Should it start after all, it must not outlive the test.
  const impatience = setTimeout(() => child.kill('SIGKILL'), 15_000);
  const [code] = await once(child, 'exit');
  clearTimeout(impatience);
  return { code, output, tookMs: performance.now() - startedAt };
}

describe('the start', () => {
  it('START-1 tells where it is, where the data lies, which database, and how code is run', async () => {
    await using server = await startServer();
    await until('the whole message', () => server.output().includes('Code runs'));
    const output = server.output();
    expect(output).toContain(`Open        ${server.url}`);
    expect(output).toContain(`Data        ${server.dataDir}`);
    expect(output).toMatch(/Database {4}SQLite/);
    expect(output).toMatch(/Code runs {3}(strong|standard|degraded|off): /);
    expect(output).not.toContain('{');
    const { body } = await request(server.url, '/health');
    const { tier } = (body as { execution: { tier: string } }).execution;
    expect(output).toContain(`Code runs   ${tier}: `);
  });

  it('START-2 makes its secret key once, readable by nobody else', async () => {
    await using server = await startServer({ env: { EXECUTION: 'off' } });
    const key = join(server.dataDir, 'secret.key');
    expect(statSync(key).mode & 0o777).toBe(0o600);
    const { room, token } = await createRoom(server.url);
    await server.stop();
    await using again = await server.restart();
    expect((await request(again.url, `/api/v2/rooms/${room.id}`, { token })).status).toBe(200);
  });

  it('START-3 a port that is taken, a bad value and a wrong database are each told in a sentence, without a stack', async () => {
    using folder = temporaryFolder();
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const failures: [Record<string, string>, string][] = [
      [{ PORT: String(port) }, `Port ${port}`],
      [{ PORT: 'eighty' }, 'PORT must be a number'],
      [{ REDIS_URL: 'somewhere' }, 'REDIS_URL must'],
      [{ JUDGE0_URL: 'https://judge0.example.org' }, 'JUDGE0_URL means nothing unless EXECUTION is judge0'],
      [{ HOST: '192.0.2.1' }, 'HOST 192.0.2.1'],
      [{ DATA_DIR: '/dev/null/data' }, '(DATA_DIR) cannot be used'],
      [{ DATABASE_URL: 'mysql:nothing' }, 'DATABASE_URL must'],
      [{ DATABASE_URL: 'postgresql://nobody:hunter2@127.0.0.1:1/x' }, 'DATABASE_URL'],
    ];
    try {
      for (const [env, message] of failures) {
        const { code, output } = await startAndFail(folder.path, env);
        expect(code, output).toBe(1);
        expect(output).toContain(message);
        expect(output).not.toMatch(/\n {4}at /);
        expect(output).not.toContain('hunter2');
      }
    } finally {
      taken.close();
    }
  });

  it('START-4 a second server on the same data is refused, naming the first, which goes on; after kill -9 a third starts', async () => {
    await using server = await startServer({ env: { EXECUTION: 'off' } });
    const { code, output, tookMs } = await startAndFail(server.dataDir, { DATA_DIR: server.dataDir });
    expect(code).toBe(1);
    expect(output).toContain(`process ${server.pid}`);
    expect(output).toContain(server.url);
    expect(tookMs).toBeLessThan(5_000);
    await createRoom(server.url);
    await server.kill();
    await using third = await server.restart();
    await createRoom(third.url);
  });

  it.each(storageKinds.filter((kind) => !isLeftOut(kind)))(
    'START-4 a second server with a data folder of its own is refused on the same database of %s',
    async (kind) => {
      using folder = temporaryFolder();
      const database = kind === 'sqlite' ? undefined : await databases.createDatabase(kind);
      const env = { EXECUTION: 'off', DATABASE_URL: database?.url ?? `sqlite:${join(folder.path, 'shared.db')}` };
      try {
        await using server = await startServer({ env });
        const { code, output, tookMs } = await startAndFail(folder.path, env);
        expect(code, output).toBe(1);
        const whose = kind === 'mysql' ? 'another process, at 127.0.0.1' : `process ${server.pid} on `;
        expect(output).toContain(`is in use by ${whose}`);
        expect(output).toContain('Stop that server, or set DATABASE_URL to another database.');
        expect(output).not.toMatch(/\n {4}at /);
        expect(tookMs).toBeLessThan(10_000);
        await createRoom(server.url);
        await server.kill();
        await using third = await startServer({ env });
        await createRoom(third.url);
      } finally {
        await database?.drop();
      }
    },
  );

  it('START-5 reads .env of the folder it is started in', async () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, '.env'), 'EXECUTION=docker\n');
    const { code, output } = await startAndFail(folder.path, {});
    expect(code, output).toBe(1);
    expect(output).toContain('EXECUTION must be one of');
  });
});

describe('the stop', () => {
  it('STOP-1 SIGTERM saves what is pending, closes sockets with 1001 and ends with 0 in time', async () => {
    await using server = await startServer({ env: { EXECUTION: 'off' } });
    const owner = await createRoom(server.url, { language: 'python' });
    const editors = await Promise.all(Array.from({ length: 5 }, () => joinRoom(server.url, owner.room.id)));
    const members = await Promise.all(editors.map(({ token }) => openMember(server.url, token)));
    const clients = editors.map(({ token }) => connectDocument(server.url, owner.room.id, token, { acks: true }));
    await Promise.all(clients.map((client) => client.synced()));
    const codes = clients.map(
      ({ provider }) =>
        new Promise<number>((resolve) => provider.on('connection-close', (event) => resolve(event?.code ?? 0))),
    );
    for (const [index, client] of clients.entries()) client.file('main.py').insert(0, `<mark ${index}>`);
    await Promise.all(clients.map((client) => client.saved()));
    clients[0]?.file('main.py').insert(0, '<last>');

    const startedAt = performance.now();
    expect(await server.stop()).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(limits.drainTimeoutMs);
    expect(await Promise.all(codes)).toEqual(codes.map(() => 1001));
    for (const member of members) expect(await member.disconnected()).toMatch(/^transport/);
    for (const client of clients) client[Symbol.dispose]();
    for (const member of members) member.close();

    await using again = await server.restart();
    using reader = connectDocument(again.url, owner.room.id, owner.token);
    await reader.synced();
    for (const index of clients.keys()) expect(reader.file('main.py').toString()).toContain(`<mark ${index}>`);
  });

  it('STOP-1 clients come back by themselves to the server that starts next', async () => {
    await using server = await startServer({ env: { EXECUTION: 'off' } });
    const owner = await createRoom(server.url, { language: 'python' });
    const member = await openMember(server.url, owner.token);
    using client = connectDocument(server.url, owner.room.id, owner.token, { acks: true });
    await client.synced();
    await server.stop();
    client.file('main.py').insert(0, 'offline');
    await using again = await server.restart();
    await until('the events', () => member.isConnected());
    await until('the document', () => client.provider.synced && client.provider.wsconnected);
    await until('what was typed meanwhile', async () => {
      const { body } = await request(again.url, `/api/v2/rooms/${owner.room.id}/files/main.py`, { token: owner.token });
      return (body as { text: string }).text.startsWith('offline');
    });
    member.close();
  });

  it('STOP-4 who does not finish asking holds nothing up; a second signal does not wait even for that', async () => {
    const hang = async (url: string) => {
      const { hostname, port } = new URL(url);
      const socket = connect(Number(port), hostname);
      socket.on('error', () => {});
      socket.write(
        'POST /api/v2/rooms HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
      );
      await once(socket, 'connect');
    };
    await using patient = await startServer({ env: { EXECUTION: 'off' } });
    await hang(patient.url);
    await request(patient.url, '/health');
    const startedAt = performance.now();
    expect(await patient.stop()).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(limits.drainTimeoutMs / 2);

    await using forced = await patient.restart();
    await hang(forced.url);
    await request(forced.url, '/health');
    process.kill(forced.pid, 'SIGTERM');
    await until('the first signal to be heard', () => forced.output().includes('stopping'));
    process.kill(forced.pid, 'SIGTERM');
    expect(await forced.exited).toBe(1);
  });

  it('STOP-2 runs that go on are cancelled, and their askers answered', async () => {
    await using server = await startServer();
    const languages = (await request(server.url, '/api/v2/languages')).body as {
      items: { id: string; installed: boolean }[];
    };
    expect(languages.items.find(({ id }) => id === 'javascript')?.installed).toBe(true);
    const answer = request(server.url, '/api/v2/run', { body: { language: 'javascript', source: 'for(;;);' } });
    const owner = await createRoom(server.url, { language: 'javascript' });
    const path = `/api/v2/rooms/${owner.room.id}`;
    await request(server.url, `${path}/files/main.js`, {
      method: 'PUT',
      token: owner.token,
      body: { text: 'for(;;);' },
    });
    const started = await request(server.url, `${path}/runs`, { token: owner.token, body: {} });
    expect(started.status).toBe(202);
    expect(await server.stop()).toBe(0);
    expect((await answer).body).toMatchObject({ status: 'cancelled' });
    await using again = await server.restart();
    const { body } = await request(again.url, `${path}/runs`, { token: owner.token });
    expect((body as { items: object[] }).items).toMatchObject([{ state: 'finished', result: { status: 'cancelled' } }]);
  });

  it('STOP-3 after kill -9 a run that was going on is finished as a failure of ours', async () => {
    await using server = await startServer();
    const owner = await createRoom(server.url, { language: 'javascript' });
    const path = `/api/v2/rooms/${owner.room.id}`;
    await request(server.url, `${path}/files/main.js`, {
      method: 'PUT',
      token: owner.token,
      body: { text: 'for(;;);' },
    });
    expect((await request(server.url, `${path}/runs`, { token: owner.token, body: {} })).status).toBe(202);
    await server.kill();
    await using again = await server.restart();
    const { body } = await request(again.url, `${path}/runs`, { token: owner.token });
    expect((body as { items: object[] }).items).toMatchObject([{ state: 'finished', result: { status: 'internal' } }]);
  });
});
