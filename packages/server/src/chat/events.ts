import { limits, MessageCreate, MessagePatch } from '@coderoom/protocol';
import { Type } from 'typebox';
import type { EventRouter } from '../gateway/event-router.ts';
import type { Idempotency } from '../gateway/idempotency.ts';
import { postOnce } from './post-once.ts';
import type { ChatService } from './service.ts';

const Post = Type.Object(
  {
    ...MessageCreate.properties,
    key: Type.Optional(Type.String({ minLength: 1, maxLength: limits.idempotencyKeyMaxLength })),
  },
  { additionalProperties: false },
);
const Edit = Type.Object({ messageId: Type.String(), ...MessagePatch.properties }, { additionalProperties: false });
const Reference = Type.Object({ messageId: Type.String() }, { additionalProperties: false });
const Typing = Type.Object({ typing: Type.Boolean() }, { additionalProperties: false });

export function registerChatEvents(router: EventRouter, chat: ChatService, idempotency: Idempotency): void {
  router.on('message:post', Post, async (caller, { key, ...content }, session) => {
    await session.count('messages');
    return { message: await postOnce({ chat, idempotency }, caller, key, content) };
  });

  router.on('message:edit', Edit, async (caller, { messageId, text }, session) => {
    await session.count('messages');
    return { message: await chat.edit(caller, messageId, text) };
  });

  router.on('message:delete', Reference, async (caller, { messageId }, session) => {
    await session.count('messages');
    return { message: await chat.remove(caller, messageId) };
  });

  router.on('chat:typing', Typing, async (caller, { typing }) => {
    chat.tellTyping(caller, typing);
    return {};
  });
}
