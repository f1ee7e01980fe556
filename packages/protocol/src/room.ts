import { type Static, Type } from 'typebox';
import { limits } from './limits.ts';
import { type Member, MemberName } from './member.ts';

export const RoomStatus = Type.Union([Type.Literal('waiting'), Type.Literal('active'), Type.Literal('ended')]);
export type RoomStatus = Static<typeof RoomStatus>;

export const RoomVisibility = Type.Union([Type.Literal('public'), Type.Literal('unlisted'), Type.Literal('private')]);
export type RoomVisibility = Static<typeof RoomVisibility>;

export const RoomTitle = Type.String({ minLength: 1, maxLength: limits.roomTitleMaxLength, pattern: '\\S' });

export const Room = Type.Object(
  {
    id: Type.String({ description: 'UUIDv7' }),
    code: Type.String({ description: 'short and typable; the room’s page is /r/<code>' }),
    title: Type.String(),
    language: Type.String({ description: 'a language id, see GET languages' }),
    visibility: RoomVisibility,
    capacity: Type.Integer(),
    status: RoomStatus,
    createdAt: Type.String({ format: 'date-time' }),
    endedAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
  },
  { $id: 'Room', additionalProperties: false },
);
export type Room = Static<typeof Room>;

export const RoomCreate = Type.Object(
  {
    title: Type.Optional(RoomTitle),
    language: Type.Optional(Type.String({ minLength: 1, maxLength: 40 })),
    name: Type.Optional(MemberName),
    capacity: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.roomCapacityMax })),
  },
  { additionalProperties: false },
);
export type RoomCreate = Static<typeof RoomCreate>;

export const RoomPatch = Type.Object(
  {
    title: Type.Optional(RoomTitle),
    language: Type.Optional(Type.String({ minLength: 1, maxLength: 40 })),
    capacity: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.roomCapacityMax })),
  },
  { additionalProperties: false, minProperties: 1 },
);
export type RoomPatch = Static<typeof RoomPatch>;

export const RoomJoin = Type.Object({ name: Type.Optional(MemberName) }, { additionalProperties: false });
export type RoomJoin = Static<typeof RoomJoin>;

/** What creating and joining answer: the token makes its holder this member. */
export const RoomEntry = Type.Object(
  {
    room: Type.Ref('Room'),
    member: Type.Ref('Member'),
    token: Type.String({ description: 'room token (JWT), for Authorization: Bearer, Socket.IO auth and /collab' }),
    tokenExpiresAt: Type.String({ format: 'date-time' }),
  },
  { $id: 'RoomEntry', additionalProperties: false },
);
export interface RoomEntry {
  room: Room;
  member: Member;
  token: string;
  tokenExpiresAt: string;
}
