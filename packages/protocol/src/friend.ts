import { type Static, Type } from 'typebox';
import { EmailAddress, type Person } from './account.ts';
import { limits } from './limits.ts';

/** Somebody one is friends with, was asked by, or has asked. */
export const Friend = Type.Object(
  {
    person: Type.Ref('Person'),
    state: Type.Union([Type.Literal('accepted'), Type.Literal('incoming'), Type.Literal('outgoing')]),
    since: Type.String({ format: 'date-time' }),
    online: Type.Boolean({ description: 'signed in and connected right now; only ever true for friends' }),
  },
  { $id: 'Friend', additionalProperties: false },
);
export interface Friend {
  person: Person;
  state: 'accepted' | 'incoming' | 'outgoing';
  since: string;
  online: boolean;
}

/** Whom to ask: one of both. */
export const FriendRequest = Type.Object(
  { accountId: Type.Optional(Type.String({ maxLength: 64 })), email: Type.Optional(EmailAddress) },
  { additionalProperties: false, minProperties: 1, maxProperties: 1 },
);
export type FriendRequest = Static<typeof FriendRequest>;

export const PeopleQuery = Type.Object(
  {
    search: Type.String({
      minLength: 1,
      maxLength: limits.searchMaxLength,
      description: 'a whole e-mail address, or the beginning of a name',
    }),
  },
  { additionalProperties: false },
);
