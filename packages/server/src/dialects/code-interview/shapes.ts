import { limits } from '@coderoom/protocol';
import { Type } from 'typebox';
import type { WholeText } from '../../files/whole-texts.ts';
import type { Guest } from '../guests.ts';
import type { OpenRoom } from '../open-rooms.ts';
import { userIdOf } from './users.ts';

/** What travels between CodeInterview's clients and us. */

const Language = Type.Union([Type.Literal('javascript'), Type.Literal('typescript'), Type.Literal('python')]);
const Status = Type.Union([Type.Literal('active'), Type.Literal('completed')]);
const Optional = Type.Optional;
const orNull = <Schema extends typeof Language | typeof Status | ReturnType<typeof Type.String>>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);

const firstCode = '// Start coding here\nconsole.log("Hello, World!");';

export const SessionCreate = Type.Object({
  language: Optional(Type.Union([...Language.anyOf], { default: 'javascript' })),
  code: Optional(Type.String({ default: firstCode })),
});

export const SessionPatch = Type.Object({
  code: Optional(orNull(Type.String())),
  language: Optional(orNull(Language)),
  status: Optional(orNull(Status)),
});

export const UserCreate = Type.Object({
  name: Optional(orNull(Type.String({ maxLength: limits.guestNameMaxLength }))),
});

export const Execute = Type.Object({
  code: Type.String(),
  language: Language,
  timeout: Optional(Type.Integer({ default: 30_000, description: 'taken, and not used' })),
});

export const User = Type.Object({
  id: Type.String({ description: '8 characters of 0-9a-z' }),
  name: Type.String(),
  color: Type.String(),
  joinedAt: Type.Integer({ description: 'milliseconds since the epoch' }),
});

export const Session = Type.Object({
  id: Type.String({ description: '10 characters of 0-9a-z' }),
  code: Type.String(),
  language: Type.String(),
  users: Type.Array(User),
  createdAt: Type.Integer({ description: 'milliseconds since the epoch' }),
  status: Status,
});

export const Executed = Type.Object({
  output: Type.String(),
  error: Type.Union([Type.String(), Type.Null()]),
  executionTime: Type.Number({ description: 'milliseconds' }),
});

/** A failure: where the tests of the original look for it, and where its client does. */
export const Failure = Type.Object({
  error: Type.String(),
  message: Type.String(),
  statusCode: Type.Integer(),
  detail: Type.Object({ error: Type.String(), message: Type.String(), statusCode: Type.Integer() }),
});

export function describeFailure(statusCode: number, error: string, message: string) {
  const failure = { error, message, statusCode };
  return { ...failure, detail: failure };
}

/** With `id` first: a test of the original's takes the first one that it finds. */
export function describeSession({ alias, room, state }: OpenRoom, { text, language }: WholeText, users: Guest[]) {
  return {
    id: alias,
    code: text,
    language,
    users: users.map(describeUser),
    createdAt: room.createdAt,
    status: state === 'completed' ? ('completed' as const) : ('active' as const),
  };
}

export function describeUser({ member, name, color }: Guest) {
  return { id: userIdOf(member.id), name, color, joinedAt: member.joinedAt };
}
