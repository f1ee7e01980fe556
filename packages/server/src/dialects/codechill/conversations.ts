import { limits, ProblemError } from '@coderoom/protocol';
import type { DialectSocket, SocketDialect } from '../../gateway/dialect-sockets.ts';
import { HandshakeRefusal } from '../../gateway/socket-server.ts';
import { type Conversation, type ConversationOptions, createConversation } from './conversation.ts';
import { wordsOf } from './fault.ts';
import type { CodeChillSignIns, CodeChillUser } from './sign-ins.ts';

/** All sockets of CodeChill's clients: who may connect, and what they tell each other without us. */
export interface Conversations {
  dialect: SocketDialect;
  /** A member leaves by their own wish: their sockets get up, and stay. */
  getUp(memberId: string): void;
}

export interface ConversationsOptions extends Omit<ConversationOptions, 'socket' | 'user' | 'sourceId' | 'others'> {
  signIns: CodeChillSignIns;
}

export function createConversations(options: ConversationsOptions): Conversations {
  const { signIns } = options;
  const open = new Set<Conversation>();
  let count = 0;

  function converse(socket: DialectSocket, user: CodeChillUser): void {
    const conversation = createConversation({
      ...options,
      socket,
      user,
      sourceId: `codechill ${process.pid} ${++count}`,
      others: () => [...open].filter((other) => other !== conversation),
    });
    open.add(conversation);
    socket.onClosed(() => open.delete(conversation));
  }

  return {
    dialect: {
      recognises: ({ unverified }) => {
        const { sub, type } = unverified?.payload ?? {};
        return (typeof sub === 'string' && (type === 'access' || type === 'refresh')) || signIns.isOfIssuer(unverified);
      },

      async admit({ token, address, userAgent }) {
        try {
          const user = await signIns.check(token, 'access', {
            address,
            userAgent: userAgent.slice(0, limits.userAgentMaxLength),
          });
          const { account, sessionId, expiresAt } = user;
          return { accountId: account.id, sessionId, expiresAt, connected: (socket) => converse(socket, user) };
        } catch (error) {
          if (!(error instanceof ProblemError)) throw error;
          throw new HandshakeRefusal(wordsOf(error, error.message));
        }
      },
    },

    getUp(memberId) {
      for (const conversation of open) conversation.getUp(memberId);
    },
  };
}
