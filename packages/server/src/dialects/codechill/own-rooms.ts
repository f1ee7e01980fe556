import { limits } from '@coderoom/protocol';
import type { Static } from 'typebox';
import type { RoomLists } from '../../rooms/lists.ts';
import type { RoomService } from '../../rooms/service.ts';
import { toV4 } from '../ids.ts';
import { toRole, toTime } from './descriptions.ts';
import type { RoomViews } from './room-views.ts';
import type { ListedRoom, OwnRoom } from './shapes.ts';

/** Lists of rooms, whole, as CodeChill's clients see them. */
export interface OwnRooms {
  /** Those that have not ended. */
  list(accountId: string): Promise<Static<typeof OwnRoom>[]>;
  countOwned(accountId: string): Promise<number>;
  /** Rooms that are still there, in this order. */
  describeAll(ids: string[]): Promise<ListedRoom[]>;
}

export function createOwnRooms(options: {
  lists: Pick<RoomLists, 'listOwn'>;
  rooms: Pick<RoomService, 'find'>;
  views: RoomViews;
}): OwnRooms {
  const { lists, rooms, views } = options;

  async function listOwn(accountId: string) {
    const own: Awaited<ReturnType<RoomLists['listOwn']>>['items'] = [];
    let before: string | null = null;
    do {
      const page = await lists.listOwn(accountId, {
        limit: limits.roomsPageMax,
        ...(before === null ? {} : { before }),
      });
      own.push(...page.items.filter(({ status }) => status !== 'ended'));
      before = page.next;
    } while (before !== null && own.length < limits.codechillOwnRoomsMax);
    return own;
  }

  async function describeAll(ids: string[]): Promise<ListedRoom[]> {
    const described = ids.map(async (id) => {
      const room = await rooms.find(id);
      return room === undefined ? undefined : views.describeListed(room);
    });
    return (await Promise.all(described)).filter((room) => room !== undefined);
  }

  return {
    describeAll,
    countOwned: async (accountId) => (await listOwn(accountId)).filter(({ role }) => role === 'owner').length,

    async list(accountId) {
      const own = await listOwn(accountId);
      const described = new Map((await describeAll(own.map(({ id }) => id))).map((room) => [room.id, room]));
      return own.flatMap(({ id, role, joinedAt }) => {
        const room = described.get(toV4(id));
        return room === undefined ? [] : [{ ...room, user_role: toRole(role), joined_at: toTime(joinedAt) }];
      });
    },
  };
}
