import { type Static, type TSchema, Type } from 'typebox';

/** What travels to CodeChill's clients, in their words. */

const Nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
const Id = Type.String({ description: 'UUIDv4' });
const Text = Type.String();
const TextOrNull = Nullable(Type.String());
const NumberOrNull = Nullable(Type.Number());
const Time = Type.String({ description: 'UTC without a zone, with microseconds' });
const TimeOrNull = Nullable(Time);
const Counts = Type.Record(Type.String(), Type.Integer());

const userFields = {
  id: Id,
  email: Nullable(Type.String({ description: 'null: none that a provider has verified' })),
  name: Text,
  picture: TextOrNull,
  github_username: TextOrNull,
  leetcode_username: TextOrNull,
  codeforces_username: TextOrNull,
  created_at: Time,
  updated_at: Time,
  is_active: Type.Boolean(),
  is_verified: Type.Boolean(),
};
export const User = Type.Object(userFields, { additionalProperties: false });
export type User = Static<typeof User>;

const statsFields = {
  github_stats: Nullable(
    Type.Object({
      username: Text,
      name: TextOrNull,
      bio: TextOrNull,
      location: TextOrNull,
      company: TextOrNull,
      blog: TextOrNull,
      public_repos: Type.Integer(),
      followers: Type.Integer(),
      following: Type.Integer(),
      total_stars: Type.Integer(),
      total_forks: Type.Integer(),
      languages: Counts,
      created_at: TimeOrNull,
      updated_at: TimeOrNull,
    }),
  ),
  leetcode_stats: Nullable(
    Type.Object({
      username: Text,
      real_name: TextOrNull,
      about_me: TextOrNull,
      country: TextOrNull,
      company: TextOrNull,
      school: TextOrNull,
      ranking: NumberOrNull,
      accepted_submissions: Counts,
      total_submissions: Counts,
      updated_at: TimeOrNull,
    }),
  ),
  codeforces_stats: Nullable(
    Type.Object({
      username: Text,
      first_name: TextOrNull,
      last_name: TextOrNull,
      country: TextOrNull,
      city: TextOrNull,
      organization: TextOrNull,
      rating: NumberOrNull,
      max_rating: NumberOrNull,
      rank: TextOrNull,
      max_rank: TextOrNull,
      contribution: NumberOrNull,
      registration_time: TimeOrNull,
      last_online_time: TimeOrNull,
      accepted_count: Type.Integer(),
      total_submissions: Type.Integer(),
      max_problem_rating: NumberOrNull,
      avg_problem_rating: NumberOrNull,
      updated_at: TimeOrNull,
    }),
  ),
};
export const Stats = Type.Object(statsFields, { additionalProperties: false });
export type Stats = Static<typeof Stats>;

export const Profile = Type.Object({ ...userFields, ...statsFields }, { additionalProperties: false });

const { email: _email, is_verified: _isVerified, updated_at: _updatedAt, ...personFields } = userFields;
/** Somebody, as others see them. */
export const Person = Type.Object(personFields, { additionalProperties: false });
export type Person = Static<typeof Person>;
export const PersonProfile = Type.Object({ ...personFields, ...statsFields }, { additionalProperties: false });

export const Participant = Type.Object(
  {
    id: Id,
    room_id: Id,
    user_id: Id,
    user_name: Text,
    user_picture: TextOrNull,
    role: Type.Union([Type.Literal('owner'), Type.Literal('moderator'), Type.Literal('participant')]),
    is_active: Type.Boolean(),
    cursor_line: Type.Integer(),
    cursor_column: Type.Integer(),
    selection_data: Type.Any(),
    joined_at: Time,
    last_seen: Time,
  },
  { additionalProperties: false },
);
export type Participant = Static<typeof Participant>;

const roomFields = {
  id: Id,
  name: Text,
  description: Text,
  is_private: Type.Boolean(),
  max_participants: Type.Integer(),
  current_participants: Type.Integer(),
  language: Text,
  is_active: Type.Boolean(),
  created_by: Id,
  created_at: Time,
  updated_at: Time,
  last_activity: Time,
  content_version: Type.Integer({ description: 'from 1 on; may be larger than 32 bits hold' }),
  participants: Type.Array(Participant),
};
export const Room = Type.Object(roomFields, { additionalProperties: false });
export type Room = Static<typeof Room>;

const ownerFields = { owner_name: Text, owner_picture: TextOrNull };
export const ListedRoom = Type.Object({ ...roomFields, ...ownerFields }, { additionalProperties: false });
export type ListedRoom = Static<typeof ListedRoom>;

export const OwnRoom = Type.Object(
  { ...roomFields, ...ownerFields, user_role: Text, joined_at: Time },
  { additionalProperties: false },
);

export const SeenRoom = Type.Object(
  { ...roomFields, ...ownerFields, is_participant: Type.Boolean(), user_role: Type.Optional(Text) },
  { additionalProperties: false },
);

export const Pagination = Type.Object(
  {
    page: Type.Integer(),
    pages: Type.Integer(),
    per_page: Type.Integer(),
    total: Type.Integer(),
    has_next: Type.Boolean(),
    has_prev: Type.Boolean(),
  },
  { additionalProperties: false },
);

export const Message = Type.Object(
  {
    id: Id,
    room_id: Id,
    user_id: Nullable(Type.String({ description: 'null: the system’s' })),
    user_name: Text,
    user_picture: TextOrNull,
    content: Text,
    message_type: Type.Union([
      Type.Literal('text'),
      Type.Literal('code'),
      Type.Literal('system'),
      Type.Literal('file'),
    ]),
    is_edited: Type.Boolean(),
    reply_to: TextOrNull,
    created_at: Time,
    edited_at: TimeOrNull,
  },
  { additionalProperties: false },
);
export type Message = Static<typeof Message>;

export const ExecutionRow = Type.Object(
  {
    id: Id,
    execution_id: Id,
    room_id: Id,
    user_id: Id,
    user_name: Text,
    language: Text,
    source_code: Nullable(Type.String({ description: 'null: not known any more' })),
    input_data: TextOrNull,
    output: Text,
    error_output: Text,
    compile_output: Text,
    exit_code: NumberOrNull,
    execution_time: Nullable(Type.Number({ description: 'seconds of processor time' })),
    memory_usage: Nullable(Type.Number({ description: 'KB' })),
    status: Type.Union([
      Type.Literal('pending'),
      Type.Literal('running'),
      Type.Literal('completed'),
      Type.Literal('failed'),
    ]),
    created_at: Time,
    started_at: TimeOrNull,
    completed_at: TimeOrNull,
  },
  { additionalProperties: false },
);
export type ExecutionRow = Static<typeof ExecutionRow>;
