import type { KnockEntry, RoomEntry } from '@coderoom/protocol';
import { expect } from 'vitest';
import type { Answer, AskOptions, RunningApp } from './running-app.ts';

/** Making and entering rooms as tests do it over and over. */

export const rooms = '/api/v2/rooms';

export async function makeRoom(app: RunningApp, body: object = {}, options: AskOptions = {}): Promise<RoomEntry> {
  const answer = await app.ask('POST', rooms, { body, ...options });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body;
}

export function tryJoin(app: RunningApp, room: string, body: object = {}, options: AskOptions = {}): Promise<Answer> {
  return app.ask('POST', `${rooms}/${room}/join`, { body, ...options });
}

export async function enter(
  app: RunningApp,
  room: string,
  body: object = {},
  options: AskOptions = {},
): Promise<RoomEntry> {
  const answer = await tryJoin(app, room, body, options);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body;
}

export async function knock(
  app: RunningApp,
  room: string,
  body: object = {},
  options: AskOptions = {},
): Promise<KnockEntry> {
  const answer = await tryJoin(app, room, body, options);
  expect(answer.status, JSON.stringify(answer.body)).toBe(202);
  return answer.body;
}

/** What a member of a room asks of it. */
export function askIn(
  app: RunningApp,
  { room, token }: Pick<RoomEntry, 'room' | 'token'>,
  method: string,
  path = '',
  body?: object,
): Promise<Answer> {
  return app.ask(method, `${rooms}/${room.id}${path}`, { token, ...(body === undefined ? {} : { body }) });
}

/** From a network address of one's own, where proxies are believed. */
export const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
