import { limits } from '@coderoom/protocol';
import { expect, it } from 'vitest';
import { memberRow, roomRow } from '../../test/storage-fixtures.ts';
import { createChatService } from './service.ts';
import type { MessageRow } from './store.ts';

it('CHAT-10 of a room that has said more than is kept, the oldest messages are forgotten, a hundred at a time', async () => {
  let seq = 0;
  const pruned: number[] = [];
  const store = {
    insert: async (_message: MessageRow) => ++seq,
    prune: async (_roomId: string, upTo: number) => void pruned.push(upTo),
  };
  const chat = createChatService({
    store: store as never,
    members: { listRows: async () => [] },
    friends: { hasBlocked: async () => false },
    events: { publish() {} },
    presence: { isOnline: () => false },
    sockets: { tell() {} },
    accountSockets: { send() {} },
    rateLimits: { count: async () => {} },
    createId: () => 'id',
    now: () => 0,
  });
  const room = roomRow();
  const caller = { room, member: memberRow(room.id) };
  for (const at of [
    99,
    limits.messagesKeptPerRoom - 1,
    limits.messagesKeptPerRoom + 98,
    limits.messagesKeptPerRoom + 99,
  ]) {
    seq = at;
    await chat.post(caller, { text: 'x' });
  }
  expect(pruned).toEqual([100]);
});
