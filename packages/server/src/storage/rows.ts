import type { LoggedUpdate } from '@coderoom/collab';
import type { Insertable, Selectable } from 'kysely';
import type { AccountRow } from '../accounts/store.ts';
import type { MemberRow } from '../members/store.ts';
import type { RoomRow } from '../rooms/store.ts';
import type { Database } from './schema.ts';

/** How rows that more than one store reads or writes go into their tables, and come out again. */

export function roomValues(room: RoomRow): Omit<Insertable<Database['rooms']>, 'made_by'> {
  return {
    id: room.id,
    code: room.code,
    title: room.title,
    description: room.description,
    language: room.language,
    visibility: room.visibility,
    password_hash: room.passwordHash,
    execution: room.execution,
    lobby: room.lobby ? 1 : 0,
    view_code: room.viewCode,
    id_is_known: room.isIdKnown ? 1 : 0,
    capacity: room.capacity,
    status: room.status,
    created_at: room.createdAt,
    ended_at: room.endedAt,
    last_active_at: room.lastActiveAt,
    guests_only: room.guestsOnly ? 1 : 0,
    listed: isListed(room) ? 1 : 0,
  };
}

/** Whether a room stands in the public list. */
export function isListed({ visibility, status }: Pick<RoomRow, 'visibility' | 'status'>): boolean {
  return visibility === 'public' && status !== 'ended';
}

export function memberValues(member: MemberRow): Insertable<Database['members']> {
  return {
    id: member.id,
    room_id: member.roomId,
    account_id: member.accountId,
    name: member.name,
    color: member.color,
    role: member.role,
    joined_at: member.joinedAt,
    removed_at: member.removedAt,
    address: member.address,
    lowered: member.isLowered ? 1 : 0,
  };
}

/** An account's row of the database as the application knows it. */
export function readAccount(row: Selectable<Database['accounts']>): AccountRow {
  return {
    id: row.id,
    email: row.email,
    emailVerified: row.email_verified === 1,
    name: row.name,
    picture: row.picture,
    passwordHash: row.password_hash,
    githubUsername: row.github_username,
    leetcodeUsername: row.leetcode_username,
    codeforcesUsername: row.codeforces_username,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function updateValues(update: LoggedUpdate): Insertable<Database['document_updates']> {
  return {
    room_id: update.roomId,
    seq: update.seq,
    at: update.at,
    member_id: update.memberId,
    data: asBuffer(update.update),
  };
}

/** The same bytes as a Buffer, without copying them: pg and mysql2 know a blob by its being one. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
