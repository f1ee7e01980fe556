import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { type DatabaseKind, startDatabases, type TestDatabase } from './databases.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** For connectDatabases. */
    databasesAddress: string;
  }
}

/**
 * Vitest's global set-up for all test files that want a PostgreSQL or MariaDB: one server of each for the whole run,
 * started when a file asks for the first database, and asked over HTTP because files run in processes of their own.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const databases = startDatabases();
  const created = new Map<string, TestDatabase>();

  const control = createServer(async (request, response) => {
    const name = (request.url ?? '').slice(1);
    try {
      if (request.method === 'POST') {
        const database = await databases.createDatabase(name as DatabaseKind);
        const id = randomUUID();
        created.set(id, database);
        response.end(JSON.stringify({ id, url: database.url }));
      } else {
        await created.get(name)?.drop();
        created.delete(name);
        response.end();
      }
    } catch (error) {
      response.writeHead(500).end(error instanceof Error ? error.message : String(error));
    }
  });
  await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve));
  project.provide('databasesAddress', `http://127.0.0.1:${(control.address() as AddressInfo).port}`);

  return async () => {
    control.close();
    control.closeAllConnections();
    await databases.stop();
  };
}
