import { type Static, Type } from 'typebox';
import type { Person } from './account.ts';

/** A friend's invitation into a room: past its password and its lobby. */
export const Invitation = Type.Object(
  {
    id: Type.String({ description: 'UUIDv7' }),
    room: Type.Object(
      { id: Type.String({ description: 'join by this' }), title: Type.String(), language: Type.String() },
      { additionalProperties: false },
    ),
    from: Type.Ref('Person'),
    createdAt: Type.String({ format: 'date-time' }),
  },
  { $id: 'Invitation', additionalProperties: false },
);
export interface Invitation {
  id: string;
  room: { id: string; title: string; language: string };
  from: Person;
  createdAt: string;
}

export const InvitationCreate = Type.Object(
  { accountId: Type.String({ maxLength: 64, description: 'a friend' }) },
  { additionalProperties: false },
);
export type InvitationCreate = Static<typeof InvitationCreate>;
