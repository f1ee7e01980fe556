import { describe, expect, it } from 'vitest';
import { isStorageFailure } from './storage-failures.ts';

const error = (fields: object, message = 'failed') => Object.assign(new Error(message), fields);

describe('failures of the database', () => {
  it.each([
    ['SQLite: disk full', { code: 'ERR_SQLITE_ERROR', errcode: 13 }],
    ['SQLite: busy, extended code', { code: 'ERR_SQLITE_ERROR', errcode: 261 }],
    ['SQLite: read-only', { code: 'ERR_SQLITE_ERROR', errcode: 1032 }],
    ['SQLite: I/O', { code: 'ERR_SQLITE_ERROR', errcode: 778 }],
    ['PostgreSQL: connection failure', { code: '08006' }],
    ['PostgreSQL: disk full', { code: '53100' }],
    ['PostgreSQL: shut down', { code: '57P01' }],
    ['MySQL: connection lost', { code: 'PROTOCOL_CONNECTION_LOST' }],
    ['MySQL: read-only', { errno: 1290 }],
    ['nobody listens', { code: 'ECONNREFUSED' }],
    ['no space', { code: 'ENOSPC' }],
  ])('API-8 %s means: come again', (_name, fields) => {
    expect(isStorageFailure(error(fields))).toBe(true);
    expect(isStorageFailure(new Error('wrapped', { cause: error(fields) }))).toBe(true);
  });

  it.each([
    'Client has encountered a connection error and is not queryable',
    "Can't write in closed state",
    "Can't add new command when connection is in closed state",
  ])('API-8 so does what a driver says without a code: %s', (message) => {
    expect(isStorageFailure(new Error(message))).toBe(true);
  });

  it.each([
    ['a bug of ours', new TypeError('x is not a function')],
    ['SQLite: no such table', error({ code: 'ERR_SQLITE_ERROR', errcode: 1 })],
    ['SQLite: constraint', error({ code: 'ERR_SQLITE_ERROR', errcode: 2067 })],
    ['PostgreSQL: syntax', error({ code: '42601' })],
    ['nothing', undefined],
    ['a string', 'ENOSPC'],
  ])('API-8 %s does not', (_name, failure) => {
    expect(isStorageFailure(failure)).toBe(false);
  });
});
