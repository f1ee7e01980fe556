import { type Static, Type } from 'typebox';
import { limits } from './limits.ts';

/** What is said in a room. */

/** `system` is said by nobody: members post the others. */
export const MessageType = Type.Union([
  Type.Literal('text'),
  Type.Literal('code'),
  Type.Literal('system'),
  Type.Literal('file'),
]);
export type MessageType = Static<typeof MessageType>;

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);
const Time = (description: string) => Nullable(Type.String({ format: 'date-time', description }));

export const Message = Type.Object(
  {
    id: Type.String({ description: 'UUIDv7; later messages of a room have greater ones' }),
    roomId: Type.String(),
    memberId: Nullable(Type.String({ description: 'null: the system’s' })),
    memberName: Type.String({ description: 'as it was when this was said' }),
    text: Type.String({ description: 'plain text, never markup; empty once it is deleted' }),
    type: MessageType,
    replyTo: Nullable(Type.String({ description: 'the message that this one answers' })),
    threadId: Nullable(
      Type.String({ description: 'the message that the thread began with; null: not an answer to any' }),
    ),
    mentions: Type.Array(Type.String(), { description: 'ids of the members whose @name stands in the text' }),
    createdAt: Type.String({ format: 'date-time' }),
    editedAt: Time('when it was changed last'),
    deletedAt: Time('when it was deleted: its place stays, without text'),
  },
  { $id: 'Message', additionalProperties: false },
);
export type Message = Static<typeof Message>;

const MessageText = Type.String({ minLength: 1, maxLength: limits.messageTextMaxLength, pattern: '\\S' });

export const MessageCreate = Type.Object(
  {
    text: MessageText,
    type: Type.Optional(Type.Union([Type.Literal('text'), Type.Literal('code'), Type.Literal('file')])),
    replyTo: Type.Optional(Nullable(Type.String({ description: 'id of the message that this one answers' }))),
  },
  { additionalProperties: false },
);
export type MessageCreate = Static<typeof MessageCreate>;

export const MessagePatch = Type.Object({ text: MessageText }, { additionalProperties: false });
export type MessagePatch = Static<typeof MessagePatch>;
