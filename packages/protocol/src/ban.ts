import { type Static, Type } from 'typebox';

/**
 * Somebody who may not come into a room any more: an account, or, for guests, whoever comes from their network address
 * without an account. That can be others of the same household or school, and a guest who changes networks passes.
 */
export const Ban = Type.Object(
  {
    id: Type.String({ description: 'UUIDv7' }),
    name: Type.String({ description: 'as they were called' }),
    by: Type.Union([Type.Literal('account'), Type.Literal('address')], {
      description: 'account: this person; address: every guest from this network address',
    }),
    accountId: Type.Union([Type.String(), Type.Null()]),
    address: Type.Union([Type.String(), Type.Null()], { description: 'an IPv4 address, or the /64 of an IPv6 one' }),
    createdAt: Type.String({ format: 'date-time' }),
  },
  { $id: 'Ban', additionalProperties: false },
);
export type Ban = Static<typeof Ban>;
