import { type Static, Type } from 'typebox';
import { GivenRole, MemberName } from './member.ts';
import type { RoomEntry } from './room.ts';

/** Somebody who asked to join a room, or who waits for it to start. */
export const Knock = Type.Object(
  {
    id: Type.String({ description: 'UUIDv7' }),
    name: MemberName,
    accountId: Type.Union([Type.String(), Type.Null()], { description: 'null: a guest' }),
    state: Type.Union([
      Type.Literal('waiting'),
      Type.Literal('admitted'),
      Type.Literal('refused'),
      Type.Literal('withdrawn'),
    ]),
    reason: Type.Union([Type.Literal('lobby'), Type.Literal('waiting')], {
      description: 'lobby: the owner decides; waiting: the room has not started',
    }),
    role: GivenRole,
    createdAt: Type.String({ format: 'date-time' }),
  },
  { $id: 'Knock', additionalProperties: false },
);
export interface Knock {
  id: string;
  name: string;
  accountId: string | null;
  state: KnockState;
  reason: 'lobby' | 'waiting';
  role: GivenRole;
  createdAt: string;
}
export type KnockState = 'waiting' | 'admitted' | 'refused' | 'withdrawn';

/** What joining answers when it takes a knock. */
export const KnockEntry = Type.Object(
  {
    knock: Type.Ref('Knock'),
    token: Type.String({ description: 'for GET and DELETE of this knock, and nothing else' }),
  },
  { $id: 'KnockEntry', additionalProperties: false },
);
export interface KnockEntry {
  knock: Knock;
  token: string;
}

/** How a knock stands, with the way in once it is admitted. */
export const KnockStatus = Type.Object(
  { knock: Type.Ref('Knock'), entry: Type.Optional(Type.Ref('RoomEntry')) },
  { $id: 'KnockStatus', additionalProperties: false },
);
export interface KnockStatus {
  knock: Knock;
  entry?: RoomEntry;
}

export const KnockAdmit = Type.Object({ role: Type.Optional(GivenRole) }, { additionalProperties: false });
export type KnockAdmit = Static<typeof KnockAdmit>;

export const KnockRefuse = Type.Object(
  { ban: Type.Optional(Type.Boolean({ description: 'true: they may not ask again' })) },
  { additionalProperties: false },
);
export type KnockRefuse = Static<typeof KnockRefuse>;
