import { type Static, Type } from 'typebox';
import { limits } from './limits.ts';
import { type Member, MemberName, MemberRole } from './member.ts';

export const RoomStatus = Type.Union([Type.Literal('waiting'), Type.Literal('active'), Type.Literal('ended')]);
export type RoomStatus = Static<typeof RoomStatus>;

export const RoomVisibility = Type.Union([Type.Literal('public'), Type.Literal('unlisted'), Type.Literal('private')]);
export type RoomVisibility = Static<typeof RoomVisibility>;

export const RoomExecution = Type.Union([Type.Literal('on'), Type.Literal('off'), Type.Literal('browser')], {
  description: 'on: programs are run as this server does it; browser: in the browser of whoever starts them',
});
export type RoomExecution = Static<typeof RoomExecution>;

export const RoomTitle = Type.String({ minLength: 1, maxLength: limits.roomTitleMaxLength, pattern: '\\S' });

/** What is said about a room, in one line or several; may be empty. */
export const RoomDescription = Type.String({ maxLength: limits.roomDescriptionMaxLength });

/** What newcomers of a room are asked for. Short ones are for people in one classroom: guesses are counted. */
export const RoomPassword = Type.String({
  minLength: limits.roomPasswordMinLength,
  maxLength: limits.passwordMaxLength,
});

const RoomCapacity = Type.Integer({ minimum: 1, maximum: limits.roomCapacityMax });

export const Room = Type.Object(
  {
    id: Type.String({ description: 'UUIDv7' }),
    code: Type.String({
      description:
        'short and typable; the room’s page is /r/<code>. Viewers of a room that has, or had, a view-only link see that one instead',
    }),
    title: Type.String(),
    description: Type.String(),
    language: Type.String({ description: 'a language id, see GET languages' }),
    execution: RoomExecution,
    visibility: RoomVisibility,
    hasPassword: Type.Boolean({ description: 'newcomers are asked for a password' }),
    lobby: Type.Boolean({ description: 'newcomers ask to join, and the owner lets them in' }),
    viewCode: Type.Union([Type.String(), Type.Null()], {
      description: 'the code of the view-only link /r/<viewCode>, for owner and editors; null: there is none',
    }),
    capacity: Type.Integer(),
    status: RoomStatus,
    createdAt: Type.String({ format: 'date-time' }),
    endedAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
    expiresAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
      description: 'when the room is deleted unless somebody comes; null: never, as for rooms with a signed-in member',
    }),
  },
  { $id: 'Room', additionalProperties: false },
);
export type Room = Static<typeof Room>;

export const RoomCreate = Type.Object(
  {
    title: Type.Optional(RoomTitle),
    language: Type.Optional(Type.String({ minLength: 1, maxLength: 40 })),
    name: Type.Optional(MemberName),
    capacity: Type.Optional(RoomCapacity),
    description: Type.Optional(RoomDescription),
    visibility: Type.Optional(RoomVisibility),
    password: Type.Optional(RoomPassword),
    lobby: Type.Optional(Type.Boolean()),
    status: Type.Optional(
      Type.Union([Type.Literal('waiting'), Type.Literal('active')], {
        description: 'waiting: whoever comes waits until the owner starts the room',
      }),
    ),
  },
  { additionalProperties: false },
);
export type RoomCreate = Static<typeof RoomCreate>;

export const RoomPatch = Type.Object(
  {
    title: Type.Optional(RoomTitle),
    description: Type.Optional(RoomDescription),
    language: Type.Optional(Type.String({ minLength: 1, maxLength: 40 })),
    capacity: Type.Optional(RoomCapacity),
    visibility: Type.Optional(RoomVisibility),
    password: Type.Optional(Type.Union([RoomPassword, Type.Null()], { description: 'null: none any more' })),
    lobby: Type.Optional(Type.Boolean()),
    execution: Type.Optional(RoomExecution),
    viewLink: Type.Optional(
      Type.Boolean({ description: 'true: a new view-only link unless there is one; false: the present one ends' }),
    ),
  },
  { additionalProperties: false, minProperties: 1 },
);
export type RoomPatch = Static<typeof RoomPatch>;

export const RoomJoin = Type.Object(
  {
    name: Type.Optional(MemberName),
    password: Type.Optional(Type.String({ maxLength: limits.passwordMaxLength })),
  },
  { additionalProperties: false },
);
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

export const RoomEnd = Type.Object(
  { wipe: Type.Optional(Type.Boolean({ description: 'true: the room is deleted with everything in it' })) },
  { additionalProperties: false },
);
export type RoomEnd = Static<typeof RoomEnd>;

/** A public room as it stands in the list. */
export const RoomListing = Type.Object(
  {
    id: Type.String(),
    code: Type.String(),
    title: Type.String(),
    description: Type.String(),
    language: Type.String(),
    visibility: RoomVisibility,
    status: RoomStatus,
    hasPassword: Type.Boolean(),
    lobby: Type.Boolean(),
    capacity: Type.Integer(),
    online: Type.Integer({ description: 'how many are there right now' }),
    ownerName: Type.String(),
    createdAt: Type.String({ format: 'date-time' }),
    lastActiveAt: Type.String({ format: 'date-time', description: 'to the minute, or so' }),
  },
  { $id: 'RoomListing', additionalProperties: false },
);
export type RoomListing = Static<typeof RoomListing>;

/** A room that one is a member of. */
export const OwnRoomListing = Type.Object(
  { ...RoomListing.properties, role: MemberRole, joinedAt: Type.String({ format: 'date-time' }) },
  { $id: 'OwnRoomListing', additionalProperties: false },
);
export type OwnRoomListing = Static<typeof OwnRoomListing>;

/** A page of a list that goes from the newest to the oldest. */
const page = {
  before: Type.Optional(Type.String({ maxLength: limits.cursorMaxLength, description: '`next` of the page before' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.roomsPageMax })),
};
export const RoomsQuery = Type.Object(
  {
    ...page,
    search: Type.Optional(
      Type.String({
        maxLength: limits.searchMaxLength,
        description: 'words, or their beginnings, of title or description',
      }),
    ),
    language: Type.Optional(Type.String({ maxLength: 40 })),
  },
  { additionalProperties: false },
);
export type RoomsQuery = Static<typeof RoomsQuery>;

export const OwnRoomsQuery = Type.Object(page, { additionalProperties: false });
export type OwnRoomsQuery = Static<typeof OwnRoomsQuery>;
