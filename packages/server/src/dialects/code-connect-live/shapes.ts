import { limits } from '@coderoom/protocol';
import { Type } from 'typebox';
import type { WholeText } from '../../files/whole-texts.ts';
import type { RoomRow } from '../../rooms/store.ts';
import type { Guest } from '../guests.ts';
import { toV4 } from '../ids.ts';
import type { OpenRoom } from '../open-rooms.ts';

/** What travels between Code Connect Live's clients, of all three generations, and us. */

const Optional = Type.Optional;
const Name = Type.String({ maxLength: limits.guestNameMaxLength });

export const SessionCreate = Type.Object({ title: Name, language: Optional(Type.String({ default: 'javascript' })) });

export const CodeUpdate = Type.Object({
  code: Type.String(),
  version: Optional(Type.Union([Type.Integer(), Type.Null()], { description: 'the one that `code` was made from' })),
  clientId: Optional(Type.Union([Name, Type.Null()])),
});

export const LanguageUpdate = Type.Object({ language: Type.String() });

export const ParticipantCreate = Type.Object({ name: Name });

const Cursor = Type.Object({
  lineNumber: Type.Integer({ minimum: 1 }),
  column: Type.Integer({ minimum: 1 }),
});

export const ParticipantUpdate = Type.Object({
  cursor: Optional(Type.Union([Cursor, Type.Null()])),
  isTyping: Optional(Type.Union([Type.Boolean(), Type.Null()])),
  isOnline: Optional(Type.Union([Type.Boolean(), Type.Null()])),
});

export const Execute = Type.Object({ code: Type.String(), language: Type.String() });

export const Session = Type.Object({
  id: Type.String({ description: 'UUIDv4' }),
  title: Type.String(),
  createdAt: Type.String(),
  language: Type.String(),
  code: Type.String(),
  version: Type.Integer(),
  lastClientId: Type.Union([Type.String(), Type.Null()]),
});

export const Participant = Type.Object({
  id: Type.String({ description: 'UUIDv4' }),
  name: Type.String(),
  avatar: Type.String(),
  color: Type.String(),
  isOnline: Type.Boolean(),
  cursor: Type.Union([Cursor, Type.Null()]),
  isTyping: Type.Boolean(),
});

export const Updated = Type.Object({ version: Type.Integer(), message: Type.String() });
export const LanguageUpdated = Type.Object({ code: Type.String(), version: Type.Integer() });

export const Executed = Type.Object({
  success: Type.Boolean(),
  output: Type.String(),
  error: Type.Union([Type.String(), Type.Null()]),
  executionTime: Type.Number({ description: 'milliseconds' }),
});

export const Failure = Type.Object({ detail: Type.Object({ error: Type.String(), code: Type.Integer() }) });

/** With the keys that its client reads where it looks for them, beside where the original has them. */
export const Conflict = Type.Object({
  detail: Type.Object({
    error: Type.String(),
    code: Type.Integer(),
    codeContent: Type.Optional(Type.String()),
    version: Type.Optional(Type.Integer()),
  }),
  codeContent: Type.Optional(Type.String()),
  version: Type.Optional(Type.Integer()),
});

/** What a client says of a participant, and nobody else knows. */
export interface Gesture {
  cursor: { lineNumber: number; column: number } | null;
  isTyping: boolean;
}

/** With `id` first: a script of the original's takes the first one that it finds. */
export function describeSession(open: OpenRoom, { text, language, version, sourceId }: WholeText) {
  const { alias, room } = open;
  return {
    id: alias,
    title: titleOf(open),
    createdAt: describeTime(room),
    language,
    code: text,
    version,
    lastClientId: sourceId,
  };
}

export function describeStreamed({ text, language, version, sourceId }: WholeText) {
  return { code: text, language, version, sourceClientId: sourceId };
}

export function describeParticipant({ member, name, color, isOnline }: Guest, gesture: Gesture | undefined) {
  return {
    id: toV4(member.id),
    name,
    avatar: `https://api.dicebear.com/7.x/avataaars/svg?seed=${name}`,
    color,
    isOnline,
    cursor: gesture?.cursor ?? null,
    isTyping: gesture?.isTyping ?? false,
  };
}

/** The title as it was sent, unless it has been changed where only some titles are taken. */
function titleOf({ room, state }: OpenRoom): string {
  if (state === null) return room.title;
  const { sent, stored } = JSON.parse(state) as SentTitle;
  return room.title === stored ? sent : room.title;
}

/** A title of a client, and what became of it. */
export interface SentTitle {
  sent: string;
  stored: string;
}

/** With microseconds, of which we know none. */
function describeTime({ createdAt }: RoomRow): string {
  return new Date(createdAt).toISOString().replace('Z', '000Z');
}
