import { type Static, Type } from 'typebox';
import { limits } from './limits.ts';

export const MemberRole = Type.Union([Type.Literal('owner'), Type.Literal('editor'), Type.Literal('viewer')]);
export type MemberRole = Static<typeof MemberRole>;

/** A role that can be given; the owner's is handed over. */
export const GivenRole = Type.Union([Type.Literal('editor'), Type.Literal('viewer')]);
export type GivenRole = Static<typeof GivenRole>;

export const MemberName = Type.String({ minLength: 1, maxLength: limits.memberNameMaxLength, pattern: '\\S' });

export const Member = Type.Object(
  {
    id: Type.String({ description: 'UUIDv7' }),
    name: MemberName,
    color: Type.String({ description: '#rrggbb, one of the palette' }),
    role: MemberRole,
    online: Type.Boolean({ description: 'connected right now' }),
    joinedAt: Type.String({ format: 'date-time' }),
    accountId: Type.Union([Type.String(), Type.Null()], { description: 'null: a guest' }),
  },
  { $id: 'Member', additionalProperties: false },
);
export type Member = Static<typeof Member>;

export const MemberPatch = Type.Object(
  {
    name: Type.Optional(MemberName),
    role: Type.Optional(GivenRole),
  },
  { additionalProperties: false, minProperties: 1 },
);
export type MemberPatch = Static<typeof MemberPatch>;

/** Whether a role may change the document, run code and rename files. */
export function mayEdit(role: MemberRole): boolean {
  return role !== 'viewer';
}
