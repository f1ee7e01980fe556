/** The rooms this browser has been in, newest first, with the token that makes it the same member again. */
import type { RoomEntry } from '@coderoom/protocol';
import { readStored, writeStored } from '../../storage.ts';
import { createStore, type ReadableStore } from '../../store.ts';

export interface VisitedRoom {
  code: string;
  title: string;
  language: string;
  /** ISO 8601. */
  visitedAt: string;
  token: string | null;
  /** Whose it is; nothing for a guest's. */
  accountId?: string | null;
}

const keptMax = 30;
const rooms = createStore<VisitedRoom[]>(readStored<VisitedRoom[]>('rooms') ?? []);

// Another tab may have changed it.
globalThis.window?.addEventListener('storage', ({ key }) => {
  if (key === 'coderoom:rooms') rooms.set(readStored<VisitedRoom[]>('rooms') ?? []);
});

export const visitedRooms: ReadableStore<VisitedRoom[]> = rooms;

function write(next: VisitedRoom[]): void {
  rooms.set(next);
  writeStored('rooms', next);
}

export function findVisitedRoom(code: string): VisitedRoom | undefined {
  return rooms.get().find((room) => room.code === code);
}

export function rememberRoom({ room, member, token }: Pick<RoomEntry, 'room' | 'member' | 'token'>): void {
  const { code, title, language } = room;
  const others = rooms.get().filter((other) => other.code !== code);
  const { accountId } = member;
  const visited = { code, title, language, visitedAt: new Date().toISOString(), token, accountId };
  write([visited, ...others].slice(0, keptMax));
}

/** Keeps the room in the list, but as somebody who has not joined. */
export function forgetToken(code: string): void {
  write(rooms.get().map((room) => (room.code === code ? { ...room, token: null } : room)));
}

export function forgetRoom(code: string): void {
  write(rooms.get().filter((room) => room.code !== code));
}

/** Puts a forgotten room back where it was. */
export function restoreRoom(room: VisitedRoom): void {
  const next = [...rooms.get().filter((other) => other.code !== room.code), room];
  write(next.sort((a, b) => b.visitedAt.localeCompare(a.visitedAt)));
}

/** The tokens that make this browser a guest somewhere. */
export function guestTokens(): string[] {
  return rooms.get().flatMap(({ token, accountId }) => (token === null || accountId != null ? [] : [token]));
}

/** These tokens' memberships are an account's now: one comes back to the rooms by signing in. */
export function giveRoomsTo(accountId: string, tokens: readonly string[]): void {
  const isGiven = ({ token }: VisitedRoom) => token !== null && tokens.includes(token);
  write(rooms.get().map((room) => (isGiven(room) ? { ...room, accountId, token: null } : room)));
}

/** Whoever uses this browser next does not see, nor enter, the rooms of an account. `kept`: whose may stay. */
export function forgetAccountRooms(kept: string | null): void {
  const next = rooms.get().filter(({ accountId }) => accountId == null || accountId === kept);
  if (next.length !== rooms.get().length) write(next);
}
