import { createHash } from 'node:crypto';
import { ProblemError } from '@coderoom/protocol';
import type { AccountRow } from '../../accounts/store.ts';
import type { FriendService } from '../../friends/service.ts';
import type { FriendshipRow } from '../../friends/store.ts';
import { fromV4, toV4 } from '../ids.ts';
import { codeCallFault } from './fault.ts';

/** A friendship as CodeCall has it: a row with an id of its own, where ours is known by its two people. */
interface CodeCallFriend {
  id: string;
  requesterId: string;
  receiverId: string;
  status: 'PENDING' | 'ACCEPTED';
  createdAt: string;
}

export interface CodeCallFriends {
  /** Those who are friends. */
  list(accountId: string): Promise<CodeCallFriend[]>;
  ask(account: AccountRow, receiverId: string): Promise<CodeCallFriend>;
  accept(account: AccountRow, requestId: string): Promise<CodeCallFriend>;
}

export function createCodeCallFriends(friends: FriendService): CodeCallFriends {
  /** What there is between the two. */
  async function findWith(accountId: string, otherId: string): Promise<FriendshipRow | undefined> {
    return (await friends.listRows(accountId)).find((row) => row.accountId === otherId);
  }

  async function describeWith(accountId: string, otherId: string): Promise<CodeCallFriend> {
    const row = await findWith(accountId, otherId);
    if (row === undefined) throw new ProblemError('friend_not_found');
    return describe(accountId, row);
  }

  return {
    async list(accountId) {
      const rows = await friends.listRows(accountId);
      return rows.filter(({ state }) => state === 'accepted').map((row) => describe(accountId, row));
    },

    async ask(account, receiverId) {
      const otherId = fromV4(receiverId);
      const before = await findWith(account.id, otherId);
      if (before?.state === 'outgoing') throw codeCallFault(409, 'Friend request already sent');
      if (before?.state === 'accepted') throw codeCallFault(409, 'You are friends already');
      await friends.ask(account, { accountId: otherId });
      return describeWith(account.id, otherId);
    },

    async accept(account, requestId) {
      const rows = await friends.listRows(account.id);
      const row = rows.find((one) => one.askedBy !== account.id && idOf(account.id, one) === requestId.toLowerCase());
      if (row === undefined) throw new ProblemError('friend_not_found');
      if (row.state === 'incoming') await friends.accept(account, row.accountId);
      return describeWith(account.id, row.accountId);
    },
  };
}

function describe(accountId: string, row: FriendshipRow): CodeCallFriend {
  const receiverId = row.askedBy === accountId ? row.accountId : accountId;
  return {
    id: idOf(accountId, row),
    requesterId: toV4(row.askedBy),
    receiverId: toV4(receiverId),
    status: row.state === 'accepted' ? 'ACCEPTED' : 'PENDING',
    createdAt: new Date(row.since).toISOString(),
  };
}

/** Always the same for the same two people, in the form of a random UUID (RFC 9562, 5.4), without being stored. */
function idOf(accountId: string, { accountId: otherId }: FriendshipRow): string {
  const pair = [accountId, otherId].toSorted().join(' ');
  const bytes = createHash('sha256').update(`codecall friendship ${pair}`).digest().subarray(0, 16);
  bytes.writeUInt8(0x40 | (bytes.readUInt8(6) & 0x0f), 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
