import { type MemberRole, ProblemError } from '@coderoom/protocol';
import type { Kysely, Transaction, UpdateResult } from 'kysely';
import { holdAccount } from '../storage/account-lock.ts';
import { isForeignKeyViolation, isUniqueViolation } from '../storage/errors.ts';
import { memberValues } from '../storage/rows.ts';
import type { Database } from '../storage/schema.ts';
import { transact, untilNoConflict } from '../storage/transaction.ts';

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
  /** The owner has made them a viewer, and nothing else since: joining again makes them no more than that. */
  isLowered: boolean;
}

type MemberPatchRow = Partial<Pick<MemberRow, 'name' | 'role' | 'color' | 'joinedAt' | 'address' | 'isLowered'>> & {
  /** Back again. */
  removedAt?: null;
};

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
  /** Of a room's members and former members, from where those came whom the owner has made viewers. */
  listLoweredAddresses(roomId: string): Promise<string[]>;
  /**
   * False, and nothing is changed, when there is no such member, or when they are by now what they must not be for that:
   * the owner, or made a viewer by the owner.
   */
  update(
    id: string,
    patch: MemberPatchRow,
    options?: { unlessOwner?: boolean; unlessLowered?: boolean },
  ): Promise<boolean>;
  /** Somebody is a member no more, as far as they were one until now and not the owner. */
  end(id: string, change: { removedAt: number; accountId?: null }): Promise<boolean>;
  /** A guest becomes an account's member. `present`: that has a place here already; `gone`: there is no such guest. */
  claim(id: string, accountId: string): Promise<'claimed' | 'present' | 'gone'>;
  /** Makes `to` the owner and `from` an editor: both, or, when `from` is not the owner or `to` no member, neither. */
  handOver(from: MemberRow, to: MemberRow): Promise<boolean>;
}

/** The SQL of members. Whether a room has members with accounts, by which it is kept, is written along with them. */
export function createMemberStore(db: Kysely<Database>): MemberStore {
  const members = () =>
    db
      .selectFrom('members')
      .select(['id', 'room_id as roomId', 'account_id as accountId', 'name', 'color', 'role', 'address'])
      .select(['joined_at as joinedAt', 'removed_at as removedAt', 'lowered'])
      .$castTo<StoredMember>();
  const one = (member: StoredMember | undefined) => (member === undefined ? undefined : readMember(member));

  /** One change of a member, with what is counted in its room. */
  function changeOne(
    id: string,
    { isCounted, endedAt, accountId }: { isCounted: boolean; endedAt?: number; accountId?: string },
    change: (tx: Transaction<Database>) => Promise<UpdateResult>,
  ): Promise<boolean> {
    return transact(db, async (tx) => {
      const member = isCounted
        ? await tx.selectFrom('members').select(['room_id', 'account_id']).where('id', '=', id).executeTakeFirst()
        : undefined;
      const holder = accountId ?? member?.account_id;
      if (endedAt === undefined && holder != null) await holdAccount(tx, holder);
      if (member !== undefined) await lockRoom(tx, member.room_id);
      const { numUpdatedRows } = await change(tx);
      if (member !== undefined) await countAccounts(tx, member.room_id, endedAt);
      return numUpdatedRows > 0n;
    });
  }

  return {
    async insert(member) {
      const { accountId, roomId } = member;
      try {
        // A guest changes nothing else, and guests come many at once.
        if (accountId === null) {
          await untilNoConflict(() => db.insertInto('members').values(memberValues(member)).execute());
          return true;
        }
        await transact(db, async (tx) => {
          await holdAccount(tx, accountId);
          await lockRoom(tx, roomId);
          await tx.insertInto('members').values(memberValues(member)).execute();
          await countAccounts(tx, roomId);
        });
        return true;
      } catch (error) {
        if (isForeignKeyViolation(error)) throw new ProblemError('room_not_found');
        if (accountId !== null && isUniqueViolation(error)) return false;
        throw error;
      }
    },

    find: async (id) => one(await members().where('id', '=', id).executeTakeFirst()),

    findByAccount: async (roomId, accountId) =>
      one(await members().where('room_id', '=', roomId).where('account_id', '=', accountId).executeTakeFirst()),

    async list(roomId) {
      const present = members().where('room_id', '=', roomId).where('removed_at', 'is', null);
      return (await present.orderBy('joined_at').orderBy('id').execute()).map(readMember);
    },

    async listOfAccount(accountId) {
      const present = members().where('account_id', '=', accountId).where('removed_at', 'is', null);
      return (await present.orderBy('id').execute()).map(readMember);
    },

    async listLoweredAddresses(roomId) {
      const rows = await db
        .selectFrom('members')
        .select('address')
        .distinct()
        .where('room_id', '=', roomId)
        .where('lowered', '=', 1)
        .execute();
      return rows.flatMap(({ address }) => (address === null ? [] : [address]));
    },

    async update(id, patch, { unlessOwner = false, unlessLowered = false } = {}) {
      const { joinedAt, removedAt, isLowered, ...same } = patch;
      const change = {
        ...same,
        ...(joinedAt === undefined ? {} : { joined_at: joinedAt }),
        ...(removedAt === undefined ? {} : { removed_at: removedAt }),
        ...(isLowered === undefined ? {} : { lowered: isLowered ? 1 : 0 }),
      };
      if (Object.keys(change).length === 0) return true;
      return changeOne(id, { isCounted: removedAt !== undefined }, async (tx) => {
        let update = tx.updateTable('members').set(change).where('id', '=', id);
        if (unlessOwner) update = update.where('role', '!=', 'owner');
        if (unlessLowered) update = update.where('lowered', '=', 0);
        return update.executeTakeFirst();
      });
    },

    end: (id, { removedAt, accountId }) =>
      changeOne(id, { isCounted: true, endedAt: removedAt }, (tx) =>
        tx
          .updateTable('members')
          .set({ removed_at: removedAt, ...(accountId === undefined ? {} : { account_id: accountId }) })
          .where('id', '=', id)
          .where('removed_at', 'is', null)
          .where('role', '!=', 'owner')
          .executeTakeFirst(),
      ),

    async claim(id, accountId) {
      try {
        const isClaimed = await changeOne(id, { isCounted: true, accountId }, (tx) =>
          tx
            .updateTable('members')
            .set({ account_id: accountId })
            .where('id', '=', id)
            .where('removed_at', 'is', null)
            .where('account_id', 'is', null)
            .executeTakeFirst(),
        );
        return isClaimed ? 'claimed' : 'gone';
      } catch (error) {
        if (isUniqueViolation(error)) return 'present';
        throw error;
      }
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
          .set({ role: 'owner', lowered: 0 })
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

type StoredMember = Omit<MemberRow, 'isLowered'> & { lowered: number };

function readMember({ lowered, ...member }: StoredMember): MemberRow {
  return { ...member, isLowered: lowered === 1 };
}

/** Whoever else counts the accounts of this room waits: of two counts at once, the later one has to see both changes. */
async function lockRoom(tx: Transaction<Database>, roomId: string): Promise<void> {
  await tx
    .updateTable('rooms')
    .set((is) => ({ guests_only: is.ref('guests_only') }))
    .where('id', '=', roomId)
    .execute();
}

/**
 * From `endedAt` on, when the last member with an account has gone, a room is kept as rooms of guests are: not from when
 * it was used before, since until now its members were told that it is kept for ever.
 */
async function countAccounts(tx: Transaction<Database>, roomId: string, endedAt?: number): Promise<void> {
  const one = await tx
    .selectFrom('members')
    .select('id')
    .where('room_id', '=', roomId)
    .where('account_id', 'is not', null)
    .where('removed_at', 'is', null)
    .limit(1)
    .executeTakeFirst();
  if (one === undefined && endedAt !== undefined) {
    await tx
      .updateTable('rooms')
      .set({ last_active_at: endedAt })
      .where('id', '=', roomId)
      .where('guests_only', '=', 0)
      .where('last_active_at', '<', endedAt)
      .execute();
  }
  await tx
    .updateTable('rooms')
    .set({ guests_only: one === undefined ? 1 : 0 })
    .where('id', '=', roomId)
    .execute();
}
