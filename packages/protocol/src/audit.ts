import { type Static, Type } from 'typebox';
import { limits } from './limits.ts';

/** Security-relevant acts that are kept for whom they concern: the account's holder, or the room's owner. */
export type AuditKind =
  | 'account:registered'
  | 'account:signed-in'
  | 'account:sign-in-refused'
  | 'account:signed-out'
  | 'account:updated'
  | 'account:password-changed'
  | 'account:rooms-claimed'
  | 'identity:linked'
  | 'session:ended'
  | 'session:token-reused'
  | 'room:created'
  | 'room:settings-changed'
  | 'room:password-refused'
  | 'room:started'
  | 'room:ended'
  | 'room:handed-over'
  | 'room:deleted'
  | 'member:role-changed'
  | 'member:removed'
  | 'member:banned'
  | 'member:unbanned'
  | 'knock:admitted'
  | 'knock:refused';

export const AuditEntry = Type.Object(
  {
    id: Type.String({ description: 'UUIDv7' }),
    at: Type.String({ format: 'date-time' }),
    kind: Type.String({ description: 'such as account:signed-in or member:removed' }),
    actor: Type.String({ description: 'who did it, by name as it was then' }),
    address: Type.Union([Type.String(), Type.Null()], { description: 'from where, where that is known' }),
    details: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()])),
  },
  { $id: 'AuditEntry', additionalProperties: false },
);
export type AuditEntry = Static<typeof AuditEntry>;

/** Which page of an audit log; the newest first. */
export const AuditQuery = Type.Object(
  {
    before: Type.Optional(
      Type.String({
        maxLength: limits.cursorMaxLength,
        description: 'the `next` of the page before: entries older than this one',
      }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.auditPageMax })),
  },
  { additionalProperties: false },
);
