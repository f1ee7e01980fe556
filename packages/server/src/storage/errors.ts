/** What a database error means, whichever of the three databases said it. */

/** SQLite's extended result codes (sqlite.org/rescode.html). */
const sqliteUnique = new Set([2067 /* UNIQUE */, 1555 /* PRIMARYKEY */, 2579 /* ROWID */]);
const sqliteForeignKey = 787;
/** PostgreSQL's SQLSTATEs (appendix A of its manual). */
const postgresqlUnique = '23505';
const postgresqlForeignKey = '23503';
const postgresqlConflicts = new Set(['40001' /* serialization_failure */, '40P01' /* deadlock_detected */]);
/** MySQL's and MariaDB's error numbers. */
const mysqlUnique = 1062;
const mysqlForeignKey = new Set([1452, 1216]);
const mysqlConflicts = new Set([1213 /* deadlock */, 1020 /* record has changed since last read */]);

interface DatabaseError {
  /** SQLite: 'ERR_SQLITE_ERROR'; PostgreSQL: the SQLSTATE; MySQL: a name such as 'ER_DUP_ENTRY'. */
  code?: unknown;
  /** SQLite's extended result code. */
  errcode?: unknown;
  /** MySQL's number. */
  errno?: unknown;
}

/** Whether a row was refused because its key, or a value that must be unique, exists already. */
export function isUniqueViolation(error: unknown): boolean {
  const { code, errcode, errno } = read(error);
  return sqliteUnique.has(errcode as number) || code === postgresqlUnique || errno === mysqlUnique;
}

/** Whether a row was refused because what it belongs to does not exist (any more). */
export function isForeignKeyViolation(error: unknown): boolean {
  const { code, errcode, errno } = read(error);
  return errcode === sqliteForeignKey || code === postgresqlForeignKey || mysqlForeignKey.has(errno as number);
}

/** Whether the database gave up a transaction in favour of another one, so that trying it again makes sense. */
export function isConflict(error: unknown): boolean {
  const { code, errno } = read(error);
  return postgresqlConflicts.has(code as string) || mysqlConflicts.has(errno as number);
}

function read(error: unknown): DatabaseError {
  return typeof error === 'object' && error !== null ? error : {};
}
