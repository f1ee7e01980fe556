import { type Friend, type FriendRequest, limits, type Person, ProblemError } from '@coderoom/protocol';
import type { AccountService } from '../accounts/service.ts';
import type { AccountRow } from '../accounts/store.ts';
import type { AccountSockets } from '../gateway/account-sockets.ts';
import { isId } from '../identifiers.ts';
import type { FriendStore, FriendshipRow } from './store.ts';

/**
 * Friends: asking, accepting, declining, removing, blocking; and finding people. Whoever is blocked is told nothing of it
 * and sees nothing of who blocked them: their requests seem to wait, and are seen by nobody.
 */
export interface FriendService {
  list(accountId: string): Promise<Friend[]>;
  /** The same as it is stored. */
  listRows(accountId: string): Promise<FriendshipRow[]>;
  /**
   * Asks somebody; who has asked oneself already becomes a friend at once. An unknown address answers as a known one.
   * Fails with `friend_is_self`, `person_not_found`, `person_blocked` (by oneself) or `too_many_people`.
   */
  ask(account: AccountRow, request: FriendRequest): Promise<void>;
  accept(account: AccountRow, otherId: string): Promise<Friend>;
  /** Declines, withdraws, or ends. */
  remove(account: AccountRow, otherId: string): Promise<void>;
  areFriends(accountId: string, otherId: string): Promise<boolean>;
  /** Whether an account has blocked the other one, who then reaches it with nothing. */
  hasBlocked(accountId: string, otherId: string): Promise<boolean>;
  listBlocked(accountId: string): Promise<Person[]>;
  block(account: AccountRow, otherId: string): Promise<void>;
  unblock(accountId: string, otherId: string): Promise<void>;
  /** By a whole e-mail address, or the beginning of a name. */
  findPeople(accountId: string, search: string): Promise<Person[]>;
  /** Fails with `person_not_found`, also for who has blocked the one who asks. */
  findPerson(accountId: string, otherId: string): Promise<Person>;
  onlineFriends(accountId: string): Promise<string[]>;
  /** Tells friends whether an account is there now. */
  tellPresence(accountId: string): Promise<void>;
}

export interface FriendServiceOptions {
  store: FriendStore;
  accounts: Pick<AccountService, 'find' | 'findMany' | 'findByEmail' | 'findByNamePrefix' | 'describePerson'>;
  sockets: Pick<AccountSockets, 'send' | 'isOnline'>;
  /** Two are friends no more. */
  onParted(accountId: string, otherId: string): Promise<void>;
  now(): number;
}

export function createFriendService(options: FriendServiceOptions): FriendService {
  const { store, accounts, sockets, onParted, now } = options;
  const personOf = accounts.describePerson;

  async function friendIds(accountId: string): Promise<string[]> {
    return (await store.list(accountId)).filter(({ state }) => state === 'accepted').map((row) => row.accountId);
  }

  /** Without whom the account has blocked. */
  async function listRows(accountId: string): Promise<FriendshipRow[]> {
    const [rows, blocked] = await Promise.all([store.list(accountId), store.listBlocked(accountId)]);
    const hidden = new Set(blocked.map((row) => row.accountId));
    return rows.filter((row) => !hidden.has(row.accountId));
  }

  async function findTarget({ accountId, email }: FriendRequest): Promise<AccountRow | undefined> {
    if (accountId !== undefined) {
      const found = isId(accountId) ? await accounts.find(accountId) : undefined;
      if (found === undefined) throw new ProblemError('person_not_found');
      return found;
    }
    return email === undefined ? undefined : accounts.findByEmail(email);
  }

  function tellAccepted(account: AccountRow, other: AccountRow): void {
    const told = (of: AccountRow) => ({ person: personOf(of), online: sockets.isOnline(of.id) });
    sockets.send(other.id, 'friend:accepted', told(account));
    sockets.send(account.id, 'friend:accepted', told(other));
  }

  async function part(account: AccountRow, otherId: string): Promise<void> {
    await onParted(account.id, otherId);
    const other = await accounts.find(otherId);
    sockets.send(otherId, 'friend:removed', { person: personOf(account) });
    if (other !== undefined) sockets.send(account.id, 'friend:removed', { person: personOf(other) });
  }

  return {
    listRows,

    async list(accountId) {
      const shown = await listRows(accountId);
      const people = new Map((await accounts.findMany(shown.map((row) => row.accountId))).map((row) => [row.id, row]));
      return shown.flatMap(({ accountId: id, state, since }) => {
        const other = people.get(id);
        if (other === undefined) return [];
        const online = state === 'accepted' && sockets.isOnline(id);
        return [{ person: personOf(other), state, since: new Date(since).toISOString(), online }];
      });
    },

    async ask(account, request) {
      const other = await findTarget(request);
      if (other === undefined) return;
      if (other.id === account.id) throw new ProblemError('friend_is_self');
      if (await store.isBlocked(account.id, other.id)) throw new ProblemError('person_blocked');
      if ((await store.count(account.id)) >= limits.friendsPerAccount) throw new ProblemError('too_many_people');
      const outcome = await store.ask(account.id, other.id, now());
      switch (outcome) {
        case 'asked':
          if (!(await store.isBlocked(other.id, account.id))) {
            sockets.send(other.id, 'friend:requested', { person: personOf(account) });
          }
          return;
        case 'accepted':
          return tellAccepted(account, other);
        case 'none':
        case 'gone':
          return;
        default:
          return outcome satisfies never;
      }
    },

    async accept(account, otherId) {
      const other = isId(otherId) ? await accounts.find(otherId) : undefined;
      const isHidden = other !== undefined && (await store.isBlocked(account.id, other.id));
      if ((await store.count(account.id)) >= limits.friendsPerAccount) throw new ProblemError('too_many_people');
      if (other === undefined || isHidden || !(await store.accept(account.id, other.id, now()))) {
        throw new ProblemError('friend_not_found');
      }
      tellAccepted(account, other);
      const friendship = await store.find(account.id, other.id);
      return {
        person: personOf(other),
        state: 'accepted',
        since: new Date(friendship?.since ?? now()).toISOString(),
        online: sockets.isOnline(other.id),
      };
    },

    async remove(account, otherId) {
      const isHidden = isId(otherId) && (await store.isBlocked(account.id, otherId));
      const removed = isId(otherId) && !isHidden ? await store.remove(account.id, otherId) : undefined;
      if (removed === undefined) throw new ProblemError('friend_not_found');
      await part(account, otherId);
    },

    hasBlocked: store.isBlocked,

    areFriends: async (accountId, otherId) =>
      isId(otherId) && (await store.find(accountId, otherId))?.state === 'accepted',

    async listBlocked(accountId) {
      const ids = (await store.listBlocked(accountId)).map((row) => row.accountId);
      const people = new Map((await accounts.findMany(ids)).map((row) => [row.id, personOf(row)]));
      return ids.flatMap((id) => people.get(id) ?? []);
    },

    async block(account, otherId) {
      if (otherId === account.id) throw new ProblemError('friend_is_self');
      if ((await store.listBlocked(account.id)).length >= limits.blocksPerAccount) {
        throw new ProblemError('too_many_people');
      }
      const before = isId(otherId) ? await store.find(account.id, otherId) : undefined;
      if (!isId(otherId) || !(await store.block(account.id, otherId, now())))
        throw new ProblemError('person_not_found');
      if (before !== undefined) await part(account, otherId);
    },

    async unblock(accountId, otherId) {
      if (!isId(otherId) || !(await store.unblock(accountId, otherId))) throw new ProblemError('person_not_found');
    },

    async findPeople(accountId, search) {
      const text = search.trim();
      const [byEmail, byName, blocked, blockers] = await Promise.all([
        text.includes('@') ? accounts.findByEmail(text) : undefined,
        text === '' ? [] : accounts.findByNamePrefix(text, limits.peopleFoundMax),
        store.listBlocked(accountId),
        store.listBlockers(accountId),
      ]);
      const hidden = new Set([accountId, ...blocked.map((row) => row.accountId), ...blockers]);
      const found = new Map([...(byEmail === undefined ? [] : [byEmail]), ...byName].map((row) => [row.id, row]));
      return [...found.values()].filter(({ id }) => !hidden.has(id)).map(personOf);
    },

    async findPerson(accountId, otherId) {
      const other = isId(otherId) ? await accounts.find(otherId) : undefined;
      if (other === undefined || (await store.isBlocked(other.id, accountId))) {
        throw new ProblemError('person_not_found');
      }
      return personOf(other);
    },

    onlineFriends: async (accountId) => (await friendIds(accountId)).filter(sockets.isOnline),

    async tellPresence(accountId) {
      const ids = await friendIds(accountId);
      // As it is now, not as it was when somebody began to ask: the last word told is the true one.
      for (const id of ids) sockets.send(id, 'friend:presence', { accountId, online: sockets.isOnline(accountId) });
    },
  };
}
