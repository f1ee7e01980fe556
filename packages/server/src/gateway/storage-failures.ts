/**
 * Whether an error says that the database cannot be reached or written right now: not a bug of ours and not a fault
 * of the request, so that the asker is told to come again.
 */
export function isStorageFailure(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, errcode, errno, message, cause } = error as Record<string, unknown>;
  if (typeof errcode === 'number' && sqliteFailures.has(errcode & 0xff)) return true;
  if (typeof code === 'string' && (systemFailures.has(code) || mysqlFailures.has(code))) return true;
  if (typeof code === 'string' && postgresqlFailure.test(code)) return true;
  if (typeof errno === 'number' && mysqlErrno.has(errno)) return true;
  if (typeof message === 'string' && poolFailure.test(message)) return true;
  return cause !== undefined && isStorageFailure(cause);
}

/** Primary result codes (sqlite.org/rescode.html): BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN. */
const sqliteFailures = new Set([5, 6, 8, 10, 13, 14]);
const systemFailures = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOSPC',
  'EDQUOT',
  'EROFS',
  'EIO',
]);
/** SQLSTATE classes: connection (08), resources (53), operator intervention (57P), read-only (25006). */
const postgresqlFailure = /^(08[0-9A-Z]{3}|53[0-9A-Z]{3}|57P0[0-9A-Z]|25006)$/;
const mysqlFailures = new Set(['PROTOCOL_CONNECTION_LOST', 'ER_CON_COUNT_ERROR', 'ER_DISK_FULL', 'ER_SERVER_SHUTDOWN']);
/** ER_RECORD_FILE_FULL, ER_DISK_FULL, ER_OPTION_PREVENTS_STATEMENT (read-only), ER_LOCK_WAIT_TIMEOUT. */
const mysqlErrno = new Set([1114, 1021, 1290, 1205]);
/** What pg and mysql2 throw without a code. */
const poolFailure =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Pool is closed|Can't (add new command|write in closed state))/i;
