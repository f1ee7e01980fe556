import { isAbsolute, join, relative } from 'node:path';
import type { StorageKind } from './schema.ts';

/** Where the database is. */
export type DatabaseAddress =
  | { kind: 'sqlite'; file: string }
  | { kind: Exclude<StorageKind, 'sqlite'>; url: string; host: string; port: number; database: string };

const networked = {
  postgres: { kind: 'postgresql', port: 5432 },
  postgresql: { kind: 'postgresql', port: 5432 },
  mysql: { kind: 'mysql', port: 3306 },
  mariadb: { kind: 'mysql', port: 3306 },
} as const;

/** Reads DATABASE_URL; without one it is SQLite in the data directory. Errors name the variable, never the password. */
export function readDatabaseUrl(databaseUrl: string | undefined, dataDir: string): DatabaseAddress {
  if (databaseUrl === undefined || databaseUrl === '') return { kind: 'sqlite', file: join(dataDir, 'coderoom.db') };
  const scheme = /^([a-z]+):/i.exec(databaseUrl)?.[1]?.toLowerCase() ?? '';
  if (scheme === 'sqlite') return { kind: 'sqlite', file: sqliteFile(databaseUrl.slice('sqlite:'.length)) };
  if (!(scheme in networked)) {
    throw new Error('DATABASE_URL must begin with sqlite:, postgresql:// or mysql://');
  }
  const { kind, port } = networked[scheme as keyof typeof networked];
  const parsed = URL.parse(databaseUrl);
  const database = decodeURIComponent(parsed?.pathname.slice(1) ?? '');
  if (parsed === null || parsed.hostname === '' || database === '') {
    throw new Error(`DATABASE_URL must look like ${scheme}://user:password@host:${port}/database`);
  }
  return { kind, url: databaseUrl, host: parsed.hostname, port: Number(parsed.port || port), database };
}

/** Such as "PostgreSQL (db.example:5432/coderoom)". */
export function describeAddress(address: DatabaseAddress): string {
  switch (address.kind) {
    case 'sqlite':
      return `SQLite (${shortPath(address.file)})`;
    case 'postgresql':
    case 'mysql': {
      const name = address.kind === 'mysql' ? 'MySQL' : 'PostgreSQL';
      return `${name} (${address.host}:${address.port}/${address.database})`;
    }
  }
}

/** `sqlite:data.db`, `sqlite:/var/x.db` and `sqlite:///var/x.db`. */
function sqliteFile(rest: string): string {
  const file = rest.startsWith('//') ? rest.slice(2) : rest;
  if (file === '' || file === ':memory:' || file.includes('?')) {
    throw new Error('DATABASE_URL must name a file, as in sqlite:/var/lib/coderoom/coderoom.db');
  }
  return file;
}

function shortPath(file: string): string {
  const fromHere = relative(process.cwd(), file);
  return fromHere.startsWith('..') || isAbsolute(fromHere) ? file : fromHere;
}
