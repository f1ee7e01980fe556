import { type Static, Type } from 'typebox';
import { limits } from './limits.ts';

/** Pieces of code that somebody shows the room at a moment: kept as they were, and put into the room's files. */

const summary = {
  id: Type.String({ description: 'UUIDv7; later snippets of a room have greater ones' }),
  roomId: Type.String(),
  memberId: Type.Union([Type.String(), Type.Null()], { description: 'null: nobody who is known' }),
  memberName: Type.String({ description: 'as it was when this was pushed' }),
  fileName: Type.String({ description: 'as it was given' }),
  path: Type.String({ description: 'the file of the room that it was put into' }),
  bytes: Type.Integer({ description: 'length of the content in UTF-8' }),
  pushedAt: Type.String({ format: 'date-time' }),
};

/** A snippet without its content. */
export const SnippetSummary = Type.Object(summary, { $id: 'SnippetSummary', additionalProperties: false });
export type SnippetSummary = Static<typeof SnippetSummary>;

export const Snippet = Type.Object(
  { ...summary, content: Type.String() },
  { $id: 'Snippet', additionalProperties: false },
);
export type Snippet = Static<typeof Snippet>;

export const SnippetPush = Type.Object(
  {
    fileName: Type.String({ minLength: 1, maxLength: limits.snippetNameMaxLength, pattern: '\\S' }),
    content: Type.String({ maxLength: limits.fileTextMaxBytes }),
  },
  { additionalProperties: false },
);
export type SnippetPush = Static<typeof SnippetPush>;
