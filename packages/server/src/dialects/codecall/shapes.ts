import { limits } from '@coderoom/protocol';
import { type TSchema, Type } from 'typebox';

/** What CodeCall's clients send and are answered, as the API's documentation shows it. */

const text = Type.Optional(Type.String());

/** `name` in the first generation, `username` in the later one. */
export const RegisterBody = Type.Object({ name: text, username: text, email: text, password: text });
export const LoginBody = Type.Object({ email: text, password: text });
export const RefreshBody = Type.Object({ refreshToken: text });
export const FriendRequestBody = Type.Object({ receiverId: text });
export const FriendAcceptBody = Type.Object({ requestId: text });
export const ExecuteBody = Type.Object({ code: text });

const uuid = Type.String({ description: 'UUIDv4' });
const time = Type.String({ format: 'date-time' });

const User = Type.Object({ id: uuid, name: Type.String(), username: Type.String(), email: Type.String() });

export const Registered = Type.Object({
  success: Type.Literal(true),
  message: Type.String(),
  user: User,
  data: User,
});

const tokens = { accessToken: Type.String(), refreshToken: Type.String() };

export const LoggedIn = Type.Object({
  success: Type.Literal(true),
  message: Type.String(),
  ...tokens,
  user: User,
  data: Type.Object({ ...tokens, user: User }),
});

export const Friend = Type.Object({
  id: uuid,
  requesterId: uuid,
  receiverId: uuid,
  status: Type.Union([Type.Literal('PENDING'), Type.Literal('ACCEPTED')]),
  createdAt: time,
});

export const Session = Type.Object({
  id: uuid,
  hostId: uuid,
  guestId: Type.Union([uuid, Type.Null()]),
  status: Type.Union([Type.Literal('WAITING'), Type.Literal('ACTIVE'), Type.Literal('ENDED')]),
  createdAt: time,
  endedAt: Type.Union([time, Type.Null()]),
});

export const Executed = Type.Object({
  success: Type.Boolean(),
  output: Type.String({ description: `stdout, or what went wrong; at most ${limits.codecallOutputMaxBytes} bytes` }),
});

/** The envelope of everything that went well. */
export const Success = (data?: TSchema) =>
  Type.Object({
    success: Type.Literal(true),
    message: Type.String(),
    ...(data === undefined ? {} : { data }),
  });

export const Failure = Type.Object(
  { success: Type.Literal(false), message: Type.String() },
  { description: 'what went wrong, in a sentence' },
);
