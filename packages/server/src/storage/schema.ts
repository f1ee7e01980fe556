import type { Generated } from 'kysely';

/** The tables as Kysely sees them; the migrations make them. Times are milliseconds since the epoch, ids made by the app. */
export interface Database {
  rooms: RoomsTable;
  members: MembersTable;
  room_words: RoomWordsTable;
  room_bans: RoomBansTable;
  knocks: KnocksTable;
  invitations: InvitationsTable;
  friendships: FriendshipsTable;
  blocks: BlocksTable;
  accounts: AccountsTable;
  identities: IdentitiesTable;
  sessions: SessionsTable;
  refresh_tokens: RefreshTokensTable;
  audit_entries: AuditEntriesTable;
  documents: DocumentsTable;
  document_snapshots: DocumentSnapshotsTable;
  document_updates: DocumentUpdatesTable;
  messages: MessagesTable;
  snippets: SnippetsTable;
  codecast_creators: CodecastCreatorsTable;
  runs: RunsTable;
  idempotency_keys: IdempotencyKeysTable;
  profile_stats: ProfileStatsTable;
  room_aliases: RoomAliasesTable;
  member_aliases: MemberAliasesTable;
  whole_texts: WholeTextsTable;
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
  description: string;
  /** In PHC form. */
  password_hash: string | null;
  /** Whether programs are run: on, off, browser. */
  execution: string;
  /** 1: newcomers ask to join. */
  lobby: number;
  /** Of the view-only link; lower-case. */
  view_code: string | null;
  /** 1: there was a view-only link once, so that the id may be known to people who shall only look. */
  id_is_known: number;
  last_active_at: number;
  /** 1: none of its members has an account, so that it is deleted some time after everybody has gone. */
  guests_only: number;
  /** 1: public and not ended. */
  listed: number;
  /** Who made it: an account's id, or a guest's network address. */
  made_by: string | null;
}

/** By which words of title and description a listed room is found. */
interface RoomWordsTable {
  word: string;
  room_id: string;
}

interface RoomBansTable {
  id: string;
  room_id: string;
  account_id: string | null;
  address: string | null;
  name: string;
  created_at: number;
}

interface KnocksTable {
  id: string;
  room_id: string;
  account_id: string | null;
  session_id: string | null;
  name: string;
  role: string;
  reason: string;
  address: string;
  state: string;
  /** Who they became. */
  member_id: string | null;
  created_at: number;
}

interface InvitationsTable {
  id: string;
  room_id: string;
  account_id: string;
  from_id: string;
  created_at: number;
}

/** Two accounts, the one with the lower id first, so that there is one row however they meet. */
interface FriendshipsTable {
  low_id: string;
  high_id: string;
  state: string;
  asked_by: string;
  /** When it was asked, or accepted. */
  since: number;
}

interface BlocksTable {
  blocker_id: string;
  blocked_id: string;
  created_at: number;
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
  /** From where they joined last. */
  address: string | null;
  /** 1: the owner has made them a viewer. */
  lowered: number;
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
  /** Of the first update that the row holds. */
  seq: number;
  at: number;
  /** Null where several members' updates are packed together. */
  member_id: string | null;
  /** A Yjs update, or `packed` of them with their times and authors. */
  data: Uint8Array;
  packed: Generated<number>;
}

interface MessagesTable {
  room_id: string;
  /** 1, 2, 3… in each room. */
  seq: number;
  id: string;
  member_id: string | null;
  member_name: string;
  type: string;
  text: string;
  /** The text in small letters, to find it by. */
  search_text: string;
  reply_to: string | null;
  thread_id: string | null;
  /** Ids of members, as JSON. */
  mentions: string;
  created_at: number;
  edited_at: number | null;
  deleted_at: number | null;
}

/** Who made a room by CodeCast. */
interface CodecastCreatorsTable {
  room_id: string;
  member_id: string;
  /** HMAC-SHA-256 in base64url: the token itself is stored nowhere. */
  token_hash: string;
}

interface SnippetsTable {
  room_id: string;
  id: string;
  member_id: string | null;
  member_name: string;
  /** As JSON: any text may be a name, also what PostgreSQL's own cannot hold. */
  file_name: string;
  path: string;
  /** In UTF-8. */
  content: Uint8Array;
  /** Of the content. */
  bytes: number;
  pushed_at: number;
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
  /** The same without what it printed, a RunOutcome; null also for a run that finished before there was this column. */
  outcome: string | null;
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

/** What a dialect's clients call a room, where its own id is no id for them. */
interface RoomAliasesTable {
  room_id: string;
  dialect: string;
  alias: string;
  /** The member that the dialect made along with the room, so that it has an owner. */
  member_id: string | null;
  /** What its clients say the room's state is, where ours has no word for it. */
  state: string | null;
}

/** A member as the clients of the dialect that they came by know them. */
interface MemberAliasesTable {
  room_id: string;
  member_id: string;
  dialect: string;
  /** As JSON: any text may be a name, also what PostgreSQL's own cannot hold. */
  name: string;
  color: string;
}

/** The version by which those who know only whole texts know that of a room. */
interface WholeTextsTable {
  room_id: string;
  version: number;
  /** Versions up to this may have been told without being stored. */
  reserved: number;
  /** Of text and language; null while versions are told that are not stored. */
  fingerprint: string | null;
  /** As JSON; who says that the last version is theirs. */
  source_id: string | null;
  member_id: string | null;
}
