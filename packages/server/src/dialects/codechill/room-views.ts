import type { AccountService } from '../../accounts/service.ts';
import type { WholeTexts } from '../../files/whole-texts.ts';
import type { MemberService } from '../../members/service.ts';
import type { MemberRow } from '../../members/store.ts';
import type { RoomRow } from '../../rooms/store.ts';
import { toV4 } from '../ids.ts';
import { type Author, toRole, toTime } from './descriptions.ts';
import type { ListedRoom, Participant, Room } from './shapes.ts';

/** Rooms and the people in them as CodeChill's clients see them. */
export interface RoomViews {
  /** `version` is that of the text, as it is known here; the last that was told unless it is given. */
  describe(room: RoomRow, version?: number): Promise<Room>;
  describeListed(room: RoomRow): Promise<ListedRoom>;
  participants(room: RoomRow): Promise<Participant[]>;
  /** Of a member, whether or not they are still one. */
  author(memberId: string | null): Promise<Author>;
}

export interface RoomViewsOptions {
  members: Pick<MemberService, 'list' | 'find' | 'listRows'>;
  accounts: Pick<AccountService, 'find' | 'findMany'>;
  wholeTexts: Pick<WholeTexts, 'lastVersion'>;
}

export function createRoomViews({ members, accounts, wholeTexts }: RoomViewsOptions): RoomViews {
  /** Who counts as being in a room: everybody with an account, and guests while they are there. */
  async function listPresent(room: RoomRow): Promise<Participant[]> {
    const all = (await members.list(room.id)).filter(({ accountId, online, role }) => {
      return accountId !== null || online || role === 'owner';
    });
    const ids = all.map(({ accountId }) => accountId).filter((id) => id !== null);
    const pictures = new Map((await accounts.findMany(ids)).map(({ id, picture }) => [id, picture]));
    return all.map((member) => ({
      id: toV4(member.id),
      room_id: toV4(room.id),
      user_id: toV4(member.accountId ?? member.id),
      user_name: member.name,
      user_picture: member.accountId === null ? null : (pictures.get(member.accountId) ?? null),
      role: toRole(member.role),
      is_active: true,
      cursor_line: 1,
      cursor_column: 1,
      selection_data: null,
      joined_at: toTime(member.joinedAt),
      last_seen: toTime(member.online ? room.lastActiveAt : member.joinedAt),
    }));
  }

  const describe: RoomViews['describe'] = async (room, version) => {
    const participants = await listPresent(room);
    return {
      id: toV4(room.id),
      name: room.title,
      description: room.description,
      is_private: isPrivate(room),
      max_participants: room.capacity,
      current_participants: participants.length,
      language: room.language,
      is_active: room.status !== 'ended',
      created_by: participants.find(({ role }) => role === 'owner')?.user_id ?? toV4(room.id),
      created_at: toTime(room.createdAt),
      updated_at: toTime(room.lastActiveAt),
      last_activity: toTime(room.lastActiveAt),
      content_version: toContentVersion(version ?? (await wholeTexts.lastVersion(room.id))),
      participants,
    };
  };

  return {
    describe,
    participants: listPresent,

    async describeListed(room) {
      const described = await describe(room);
      const owner = described.participants.find(({ role }) => role === 'owner');
      return { ...described, owner_name: owner?.user_name ?? '', owner_picture: owner?.user_picture ?? null };
    },

    async author(memberId) {
      const member = memberId === null ? undefined : await members.find(memberId);
      if (member === undefined) return { userId: memberId === null ? null : toV4(memberId), picture: null };
      const account = member.accountId === null ? undefined : await accounts.find(member.accountId);
      return { userId: toUserId(member), picture: account?.picture ?? null };
    },
  };
}

/** Somebody with an account is the same in all rooms; a guest is known in one. */
export function toUserId({ id, accountId }: Pick<MemberRow, 'id' | 'accountId'>): string {
  return toV4(accountId ?? id);
}

/** Not everybody who knows the room may come in. */
export function isPrivate({ visibility, passwordHash, lobby }: RoomRow): boolean {
  return visibility === 'private' || passwordHash !== null || lobby;
}

/** Versions of texts are counted from 0 here, and from 1 there. */
export const toContentVersion = (version: number) => version + 1;
export const fromContentVersion = (version: number) => version - 1;
