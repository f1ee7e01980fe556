import type { Member, Message } from '@coderoom/protocol';
import type { RoomChat } from './room-chat.ts';

/** What the rows of a conversation need to know, and can ask for. */
export interface Talk {
  chat: RoomChat;
  members: readonly Member[];
  ownId: string;
  isOwner: boolean;
  /** The room has not ended. */
  canTalk: boolean;
  /** One thread alone is shown. */
  isThread: boolean;
  answer(message: Message): void;
  edit(message: Message): void;
  openThread(rootId: string): void;
  /** Brings a message into view. */
  showMessage(id: string): void;
}
