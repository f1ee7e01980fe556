import { resolve } from 'node:path';
import { temporaryFolder } from '@coderoom/testkit';
import { describe, expect, it } from 'vitest';
import { silent } from '../../test/storage-fixtures.ts';
import { openStorage } from './database.ts';
import { describeAddress, readDatabaseUrl } from './database-url.ts';

describe('DATABASE_URL', () => {
  it.each([
    [undefined, 'SQLite (data/coderoom.db)'],
    ['', 'SQLite (data/coderoom.db)'],
    ['sqlite:rooms.db', 'SQLite (rooms.db)'],
    ['sqlite:/var/lib/rooms.db', 'SQLite (/var/lib/rooms.db)'],
    ['sqlite:///var/lib/rooms.db', 'SQLite (/var/lib/rooms.db)'],
    [`sqlite:${resolve('here.db')}`, 'SQLite (here.db)'],
    ['postgres://ann:s3cret@db.example/rooms', 'PostgreSQL (db.example:5432/rooms)'],
    ['postgresql://ann:s3cret@db.example:6432/rooms?sslmode=require', 'PostgreSQL (db.example:6432/rooms)'],
    ['mysql://ann:s3cret@127.0.0.1/rooms', 'MySQL (127.0.0.1:3306/rooms)'],
    ['mariadb://ann:s3cret@127.0.0.1:3307/rooms', 'MySQL (127.0.0.1:3307/rooms)'],
  ])('STORE-14 %s is %s', (url, description) => {
    expect(describeAddress(readDatabaseUrl(url, 'data'))).toBe(description);
  });

  it.each([
    'mongodb://ann:s3cret@db.example/rooms',
    'postgresql://ann:s3cret@db.example',
    'postgresql://ann:s3cret@/rooms',
    'postgresql://ann:s3cret@db.example:x/rooms',
    'mysql:ann:s3cret',
    'sqlite:',
    'sqlite::memory:',
    's3cret',
  ])('STORE-14 %s is refused by the name of the variable, without its password', (url) => {
    expect(() => readDatabaseUrl(url, 'data')).toThrow(/^DATABASE_URL (?!.*s3cret)/);
  });

  it.each([
    ['postgresql://ann:s3cret@127.0.0.1:1/rooms', 'PostgreSQL (127.0.0.1:1/rooms)'],
    ['mysql://ann:s3cret@127.0.0.1:1/rooms', 'MySQL (127.0.0.1:1/rooms)'],
    ['sqlite:/dev/null/rooms.db', 'SQLite (/dev/null/rooms.db)'],
    ['sqlite:/', 'SQLite (/)'],
  ])('STORE-14 %s, which cannot be opened, is told by what it is and why', async (databaseUrl, description) => {
    using folder = temporaryFolder();
    const error = await openStorage({ databaseUrl, dataDir: folder.path, logger: silent }).catch((error) => error);
    expect(error).toBeInstanceOf(Error);
    expect(error.message).toContain(`${description} could not be opened (DATABASE_URL): `);
    expect(error.message).toMatch(/ECONNREFUSED|ENOTDIR|EEXIST|unable to open/);
    expect(error.message).not.toContain('s3cret');
  });
});
