/** Entering rooms by REST: as the member this browser was before, else as a new one, without a form. */
import type { RoomCreate, RoomEntry } from '@coderoom/protocol';
import { ApiProblem, callApi, createIdempotencyKey } from '../../api.ts';
import { ownName } from '../members/own-name.ts';
import { findVisitedRoom, forgetToken, rememberRoom } from './visited-rooms.ts';

/** Joins begun early, or entries that creating a room brought; each is taken once. */
const begun = new Map<string, Promise<RoomEntry>>();

/** Starts joining before the page that needs it has been loaded. */
export function beginJoin(code: string): void {
  const entry = joinRoom(code);
  entry.catch(() => {}); // whoever takes it handles that
  begun.set(code, entry);
}

/** The join that was begun for this room, or a new one. */
export function takeJoin(code: string): Promise<RoomEntry> {
  const entry = begun.get(code);
  begun.delete(code);
  return entry ?? joinRoom(code);
}

export async function joinRoom(code: string): Promise<RoomEntry> {
  const token = findVisitedRoom(code)?.token ?? undefined;
  try {
    return await requestJoin(code, token);
  } catch (error) {
    // A token that is no longer worth anything says nothing about who asks: they come as somebody new.
    const isWorthless = error instanceof ApiProblem && ['token_invalid', 'token_expired'].includes(error.code);
    if (token === undefined || !isWorthless) throw error;
    forgetToken(code);
    return await requestJoin(code, undefined);
  }
}

async function requestJoin(code: string, token: string | undefined): Promise<RoomEntry> {
  const name = ownName.get();
  const body = token === undefined && name !== null ? { name } : {};
  const entry = await callApi<RoomEntry>(`rooms/${encodeURIComponent(code)}/join`, { method: 'POST', token, body });
  rememberRoom(entry);
  return entry;
}

/** Makes a room whose owner this browser is; its page will not have to join again. Returns its code. */
export async function createRoom(room: Pick<RoomCreate, 'language'>): Promise<string> {
  const name = ownName.get();
  const entry = await callApi<RoomEntry>('rooms', {
    method: 'POST',
    body: { ...room, ...(name === null ? {} : { name }) },
    idempotencyKey: createIdempotencyKey(),
  });
  rememberRoom(entry);
  begun.set(entry.room.code, Promise.resolve(entry));
  return entry.room.code;
}
