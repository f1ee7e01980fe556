import type { Snippet } from '@coderoom/protocol';
import { Type } from 'typebox';
import { toV4 } from '../ids.ts';
import type { OpenRoom } from '../open-rooms.ts';

/** What CodeCast's clients send and are answered, in their words. */

const uuid = Type.String({ description: 'UUIDv4' });
const time = Type.String({ format: 'date-time' });

/** Names in any case; what else there is counts for nothing. */
export const SessionBody = Type.Object({
  creator_token: Type.String({
    minLength: 1,
    description: 'chosen by the client; sent as `Authorization` from then on',
  }),
  display_name: Type.String({ minLength: 1 }),
});
export const SnippetBody = Type.Object({
  file_name: Type.String({ minLength: 1 }),
  content: Type.String({ minLength: 1 }),
});

export const Session = Type.Object({
  created_at: time,
  display_name: Type.String(),
  id: uuid,
  is_active: Type.Literal(true),
  session_code: Type.String({ pattern: '^[0-9a-f]{8}$' }),
});
export const Participant = Type.Object({
  display_name: Type.String({ pattern: '^[a-zA-Z0-9]{3}$' }),
  id: uuid,
  joined_at: time,
  session_id: uuid,
});

const snippet = { content: Type.String(), file_name: Type.String(), id: uuid, pushed_at: time };
export const LatestSnippet = Type.Object(snippet);
export const PushedSnippet = Type.Object({ ...snippet, session_id: uuid });

export const Ended = Type.Object({ message: Type.String() });
export const Failure = Type.Object({ error: Type.String() }, { description: 'what went wrong, in a sentence' });

export function describeSession({ room, alias }: OpenRoom, displayName: string) {
  return {
    created_at: new Date(room.createdAt).toISOString(),
    display_name: displayName,
    id: toV4(room.id),
    is_active: true,
    session_code: alias,
  };
}

export function describeSnippet({ id, fileName, content, pushedAt }: Snippet) {
  return { content, file_name: fileName, id: toV4(id), pushed_at: pushedAt };
}

/** The fields of a body as Go reads it into a struct: names in any case, the last of several counts, null is nothing. */
export function readFields<Name extends string>(
  body: unknown,
  names: readonly Name[],
): Record<Name, string> | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  const fields = new Map<string, unknown>();
  for (const [name, value] of Object.entries(body)) if (value !== null) fields.set(name.toLowerCase(), value);
  const read = names.map((name) => [name, fields.get(name)] as const);
  const texts = read.flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value.toWellFormed()] as const] : [],
  );
  if (texts.length < names.length || texts.some(([, value]) => value === '')) return undefined;
  return Object.fromEntries(texts) as Record<Name, string>;
}
