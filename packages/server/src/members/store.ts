import { type MemberRole, ProblemError } from '@coderoom/protocol';
import type { Kysely, Transaction } from 'kysely';
import { isForeignKeyViolation, isUniqueViolation } from '../storage/errors.ts';
import { memberValues } from '../storage/rows.ts';
import type { Database } from '../storage/schema.ts';
import { transact } from '../storage/transaction.ts';

/** A member as stored; times are milliseconds since the epoch. */
export interface MemberRow {
  id: string;
  roomId: string;
  /** Null: a guest. */
  accountId: string | null;
  name: string;
  color: string;
  role: MemberRole;
  joinedAt: number;
  /** Set: no longer a member. */
  removedAt: number | null;
  /** From where they joined last, where that is known: by it a guest is banned. */
  address: string | null;
}

type MemberPatchRow = Partial<
  Pick<MemberRow, 'name' | 'role' | 'color' | 'joinedAt' | 'removedAt' | 'accountId' | 'address'>
>;

export interface MemberStore {
  /** False when the account is a member of the room already, or was; fails with `room_not_found` when that is gone. */
  insert(member: MemberRow): Promise<boolean>;
  /** Removed members too. */
  find(id: string): Promise<MemberRow | undefined>;
  /** The one membership that an account has in a room; removed ones too. */
  findByAccount(roomId: string, accountId: string): Promise<MemberRow | undefined>;
  /** Those not removed, in the order in which they joined. */
  list(roomId: string): Promise<MemberRow[]>;
  /** Of all rooms, those not removed. */
  listOfAccount(accountId: string): Promise<MemberRow[]>;
  update(id: string, patch: MemberPatchRow): Promise<void>;
  /** Makes `to` the owner and `from` an editor: both, or, when `from` is not the owner or `to` no member, neither. */
  handOver(from: MemberRow, to: MemberRow): Promise<boolean>;
}

/** The SQL of members. Whether a room has members with accounts, by which it is kept, is written along with them. */
export function createMemberStore(db: Kysely<Database>): MemberStore {
  const members = () =>
    db
      .selectFrom('members')
      .select(['id', 'room_id as roomId', 'account_id as accountId', 'name', 'color', 'role', 'address'])
      .select(['joined_at as joinedAt', 'removed_at as removedAt'])
      .$castTo<MemberRow>();

  return {
    async insert(member) {
      try {
        await transact(db, async (tx) => {
          if (member.accountId !== null) await lockRoom(tx, member.roomId);
          await tx.insertInto('members').values(memberValues(member)).execute();
          if (member.accountId !== null) await countAccounts(tx, member.roomId);
        });
        return true;
      } catch (error) {
        if (isForeignKeyViolation(error)) throw new ProblemError('room_not_found');
        if (member.accountId !== null && isUniqueViolation(error)) return false;
        throw error;
      }
    },

    find: (id) => members().where('id', '=', id).executeTakeFirst(),

    findByAccount: (roomId, accountId) =>
      members().where('room_id', '=', roomId).where('account_id', '=', accountId).executeTakeFirst(),

    list: (roomId) =>
      members()
        .where('room_id', '=', roomId)
        .where('removed_at', 'is', null)
        .orderBy('joined_at')
        .orderBy('id')
        .execute(),

    listOfAccount: (accountId) =>
      members().where('account_id', '=', accountId).where('removed_at', 'is', null).orderBy('id').execute(),

    async update(id, patch) {
      const { joinedAt, removedAt, accountId, ...same } = patch;
      const change = {
        ...same,
        ...(joinedAt === undefined ? {} : { joined_at: joinedAt }),
        ...(removedAt === undefined ? {} : { removed_at: removedAt }),
        ...(accountId === undefined ? {} : { account_id: accountId }),
      };
      if (Object.keys(change).length === 0) return;
      await transact(db, async (tx) => {
        const isCounted = removedAt !== undefined || accountId !== undefined;
        const member = isCounted
          ? await tx.selectFrom('members').select('room_id').where('id', '=', id).executeTakeFirst()
          : undefined;
        if (member !== undefined) await lockRoom(tx, member.room_id);
        await tx.updateTable('members').set(change).where('id', '=', id).execute();
        if (member !== undefined) await countAccounts(tx, member.room_id);
      });
    },

    handOver: (from, to) =>
      transact(db, async (tx) => {
        const given = await tx
          .updateTable('members')
          .set({ role: 'editor' })
          .where('id', '=', from.id)
          .where('role', '=', 'owner')
          .executeTakeFirst();
        if (given.numUpdatedRows === 0n) return false;
        const taken = await tx
          .updateTable('members')
          .set({ role: 'owner' })
          .where('id', '=', to.id)
          .where('room_id', '=', from.roomId)
          .where('removed_at', 'is', null)
          .executeTakeFirst();
        if (taken.numUpdatedRows > 0n) return true;
        await tx.updateTable('members').set({ role: 'owner' }).where('id', '=', from.id).execute();
        return false;
      }),
  };
}

/** Whoever else counts the accounts of this room waits: of two counts at once, the later one has to see both changes. */
async function lockRoom(tx: Transaction<Database>, roomId: string): Promise<void> {
  await tx
    .updateTable('rooms')
    .set((is) => ({ guests_only: is.ref('guests_only') }))
    .where('id', '=', roomId)
    .execute();
}

async function countAccounts(tx: Transaction<Database>, roomId: string): Promise<void> {
  const one = await tx
    .selectFrom('members')
    .select('id')
    .where('room_id', '=', roomId)
    .where('account_id', 'is not', null)
    .where('removed_at', 'is', null)
    .limit(1)
    .executeTakeFirst();
  await tx
    .updateTable('rooms')
    .set({ guests_only: one === undefined ? 1 : 0 })
    .where('id', '=', roomId)
    .execute();
}
