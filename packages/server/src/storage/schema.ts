/** The tables as Kysely sees them; the migrations make them. Times are milliseconds since the epoch, ids made by the app. */
export interface Database {
  rooms: RoomsTable;
  members: MembersTable;
  accounts: AccountsTable;
  identities: IdentitiesTable;
  sessions: SessionsTable;
  refresh_tokens: RefreshTokensTable;
  audit_entries: AuditEntriesTable;
  documents: DocumentsTable;
  document_snapshots: DocumentSnapshotsTable;
  document_updates: DocumentUpdatesTable;
  messages: MessagesTable;
  runs: RunsTable;
  idempotency_keys: IdempotencyKeysTable;
  profile_stats: ProfileStatsTable;
}

/** Which database it is; MariaDB counts as `mysql`. */
export type StorageKind = 'sqlite' | 'postgresql' | 'mysql';

interface RoomsTable {
  id: string;
  /** Lower-case. */
  code: string;
  title: string;
  language: string;
  visibility: string;
  capacity: number;
  status: string;
  created_at: number;
  ended_at: number | null;
}

interface MembersTable {
  id: string;
  room_id: string;
  account_id: string | null;
  name: string;
  color: string;
  role: string;
  joined_at: number;
  removed_at: number | null;
}

interface AccountsTable {
  id: string;
  /** In small letters. */
  email: string | null;
  /** 1: an OpenID Connect provider vouched for the address. */
  email_verified: number;
  name: string;
  /** The name in small letters, to find people by. */
  name_key: string;
  picture: string | null;
  /** In PHC form. */
  password_hash: string | null;
  github_username: string | null;
  leetcode_username: string | null;
  codeforces_username: string | null;
  created_at: number;
  updated_at: number;
}

/** By whom somebody is known at an OpenID Connect provider. */
interface IdentitiesTable {
  /** SHA-256 of issuer and subject in hexadecimal: both may be longer than an index takes. */
  id: string;
  account_id: string;
  issuer: string;
  subject: string;
  created_at: number;
}

interface SessionsTable {
  id: string;
  account_id: string;
  created_at: number;
  last_used_at: number;
  expires_at: number;
  ended_at: number | null;
  address: string;
  user_agent: string;
}

interface RefreshTokensTable {
  /** SHA-256 of the token in hexadecimal: the token itself is stored nowhere. */
  token_hash: string;
  session_id: string;
  created_at: number;
  expires_at: number;
  /** When its successor was given out. */
  used_at: number | null;
}

interface AuditEntriesTable {
  id: string;
  at: number;
  kind: string;
  account_id: string | null;
  room_id: string | null;
  actor: string;
  address: string | null;
  /** A flat object as JSON. */
  details: string;
}

interface DocumentsTable {
  room_id: string;
  /** The last update that the snapshot holds; 0: there is no snapshot. */
  snapshot_seq: number;
  updated_at: number;
}

/** A snapshot in pieces: a whole one may be larger than a statement of MySQL may be. */
interface DocumentSnapshotsTable {
  room_id: string;
  seq: number;
  piece: number;
  data: Uint8Array;
}

interface DocumentUpdatesTable {
  room_id: string;
  seq: number;
  at: number;
  member_id: string | null;
  data: Uint8Array;
}

interface MessagesTable {
  id: string;
  room_id: string;
  member_id: string;
  member_name: string;
  seq: number;
  type: string;
  text: string;
  reply_to: string | null;
  created_at: number;
  edited_at: number | null;
}

interface RunsTable {
  id: string;
  room_id: string;
  member_id: string;
  member_name: string;
  language: string;
  entry: string;
  state: string;
  created_at: number;
  /** A RunResult as JSON, which writes U+0000 as \u0000: PostgreSQL's text cannot hold that character itself. */
  result: string | null;
}

interface IdempotencyKeysTable {
  /** SHA-256 of the key in hexadecimal: any key fits, and no collation can take two keys for one. */
  key_hash: string;
  fingerprint: string;
  claimed_at: number;
  /** Null while the first request is still being answered. */
  status: number | null;
  body: string | null;
}

/** What another service said of one of its users. */
interface ProfileStatsTable {
  service: string;
  /** In small letters. */
  username: string;
  state: string;
  /** JSON; what was last known. */
  stats: string | null;
  fetched_at: number | null;
  attempted_at: number;
  /** In a row. */
  failures: number;
}
