import type { Message, MessageCreate } from '@coderoom/protocol';
import type { Caller } from '../caller.ts';
import type { Idempotency } from '../gateway/idempotency.ts';
import type { ChatService } from './service.ts';

/**
 * Says something once for each key, whichever way it comes. What is kept for a repetition is the message's id alone: its
 * text goes with the message, or with the room.
 */
export async function postOnce(
  { chat, idempotency }: { chat: ChatService; idempotency: Idempotency },
  caller: Caller,
  key: string | string[] | undefined,
  content: MessageCreate,
): Promise<Message> {
  if (key === undefined) return chat.post(caller, content);
  const request = { key, scope: `messages ${caller.member.id}`, content };
  const { id } = await idempotency.once(request, async () => {
    const posted = await chat.post(caller, content);
    return { id: posted.id };
  });
  return chat.find(caller, id);
}
