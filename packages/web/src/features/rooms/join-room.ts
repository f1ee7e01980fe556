/** Entering rooms by REST: as the member this browser was before, as one's account, else as a guest without a form. */
import type { KnockEntry, RoomCreate, RoomEntry, RoomJoin } from '@coderoom/protocol';
import { type ApiCall, ApiProblem, callApi, createIdempotencyKey } from '../../api.ts';
import { ownName } from '../members/own-name.ts';
import { session } from '../session/browser-session.ts';
import { callAsMe, isTokenRefusal } from '../session/call-account.ts';
import { findVisitedRoom, forgetToken, rememberRoom } from './visited-rooms.ts';

/** Either one is in, or one has asked and waits. */
export type JoinAnswer = RoomEntry | KnockEntry;

/** Joins begun early, or entries that creating a room brought; each is taken once. */
const begun = new Map<string, Promise<JoinAnswer>>();

/** Starts joining before the page that needs it has been loaded. */
export function beginJoin(code: string): void {
  const answer = joinRoom(code);
  answer.catch(() => {}); // whoever takes it handles that
  begun.set(code, answer);
}

/** The join that was begun for this room, or a new one. */
export function takeJoin(code: string): Promise<JoinAnswer> {
  const answer = begun.get(code);
  begun.delete(code);
  return answer ?? joinRoom(code);
}

/** The room's page under its code will not have to join again. */
export function keepJoin(entry: RoomEntry): void {
  begun.set(entry.room.code, Promise.resolve(entry));
}

export async function joinRoom(code: string, options: { password?: string; name?: string } = {}): Promise<JoinAnswer> {
  const token = findVisitedRoom(code)?.token;
  if (token != null) {
    try {
      return await requestJoin(code, (path, call) => callApi(path, { ...call, token }), {});
    } catch (error) {
      if (!(error instanceof ApiProblem) || !isTokenRefusal(error)) throw error;
      // It says nothing about who asks: they come as their account, or as somebody new.
      forgetToken(code);
    }
  }
  const { password, name = ownName.get() } = options;
  const isGuest = (await session.accessToken()) === null;
  return await requestJoin(code, callAsMe, {
    ...(password === undefined ? {} : { password }),
    ...(isGuest && name !== null ? { name } : {}),
  });
}

async function requestJoin(
  code: string,
  call: (path: string, call: ApiCall) => Promise<JoinAnswer>,
  body: RoomJoin,
): Promise<JoinAnswer> {
  const answer = await call(`rooms/${encodeURIComponent(code)}/join`, { body });
  if (!('knock' in answer)) rememberRoom(answer);
  return answer;
}

/** Makes a room whose owner this person is; its page will not have to join again. Returns its code. */
export async function createRoom(room: RoomCreate): Promise<string> {
  const name = (await session.accessToken()) === null ? ownName.get() : null;
  const entry = await callAsMe<RoomEntry>('rooms', {
    body: { ...room, ...(name === null ? {} : { name }) },
    idempotencyKey: createIdempotencyKey(),
  });
  rememberRoom(entry);
  keepJoin(entry);
  return entry.room.code;
}
