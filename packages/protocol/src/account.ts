import { type Static, Type } from 'typebox';
import { limits } from './limits.ts';

/**
 * An e-mail address as this product takes it: printable ASCII, one `@`, a domain with a dot or `localhost`. Other
 * scripts would make two people's addresses look alike, or become equal where one is written in small letters.
 */
export const EmailAddress = Type.String({
  maxLength: limits.emailMaxLength,
  pattern:
    "^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$",
});

/** A password that is being set; counted in Unicode characters. */
export const NewPassword = Type.String({
  minLength: limits.passwordMinLength,
  maxLength: limits.passwordMaxLength,
  description: 'any Unicode characters; none of the most common passwords, nor one’s own e-mail or name',
});

/** A password that is being tried. */
export const TriedPassword = Type.String({ maxLength: limits.passwordMaxLength });

export const AccountName = Type.String({ minLength: 1, maxLength: limits.memberNameMaxLength, pattern: '\\S' });

const ServiceUsername = Type.Union([
  Type.String({
    minLength: 1,
    maxLength: limits.serviceUsernameMaxLength,
    pattern: '^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?$',
  }),
  Type.Null(),
]);

const Picture = Type.Union([Type.String(), Type.Null()], {
  description: 'a small data: image (png, jpeg, webp) or an https address',
});

/** One's own account, as nobody else sees it. */
export const Account = Type.Object(
  {
    id: Type.String({ description: 'UUIDv7' }),
    email: Type.Union([Type.String(), Type.Null()]),
    name: Type.String(),
    picture: Picture,
    githubUsername: Type.Union([Type.String(), Type.Null()]),
    leetcodeUsername: Type.Union([Type.String(), Type.Null()]),
    codeforcesUsername: Type.Union([Type.String(), Type.Null()]),
    hasPassword: Type.Boolean({ description: 'false: one signs in by OpenID Connect only' }),
    createdAt: Type.String({ format: 'date-time' }),
  },
  { $id: 'Account', additionalProperties: false },
);
export type Account = Static<typeof Account>;

/** Somebody with an account, as others see them. */
export const Person = Type.Object(
  { id: Type.String({ description: 'UUIDv7' }), name: Type.String(), picture: Picture },
  { $id: 'Person', additionalProperties: false },
);
export type Person = Static<typeof Person>;

export const AccountPatch = Type.Object(
  {
    name: Type.Optional(AccountName),
    picture: Type.Optional(
      Type.Union([
        Type.String({
          maxLength: limits.pictureMaxLength,
          pattern: '^(data:image/(png|jpeg|webp);base64,[A-Za-z0-9+/]+={0,2}|https://[^\\s\\\\"<>]{1,2000})$',
        }),
        Type.Null(),
      ]),
    ),
    githubUsername: Type.Optional(ServiceUsername),
    leetcodeUsername: Type.Optional(ServiceUsername),
    codeforcesUsername: Type.Optional(ServiceUsername),
  },
  { additionalProperties: false, minProperties: 1 },
);
export type AccountPatch = Static<typeof AccountPatch>;

const cookie = Type.Optional(
  Type.Boolean({ description: 'true: the refresh token comes as a cookie, for pages of this server' }),
);

export const Register = Type.Object(
  { email: EmailAddress, password: NewPassword, name: Type.Optional(AccountName), cookie },
  { additionalProperties: false },
);
export type Register = Static<typeof Register>;

export const Login = Type.Object(
  { email: EmailAddress, password: TriedPassword, cookie },
  { additionalProperties: false },
);
export type Login = Static<typeof Login>;

export const RefreshToken = Type.String({ minLength: 1, maxLength: limits.refreshTokenMaxLength });

/** Without the field, the cookie is meant. */
export const Refresh = Type.Object({ refreshToken: Type.Optional(RefreshToken) }, { additionalProperties: false });
export type Refresh = Static<typeof Refresh>;

export const IssuerTokenLogin = Type.Object(
  { token: Type.String({ minLength: 1, maxLength: limits.issuerTokenMaxLength }), cookie },
  { additionalProperties: false },
);
export type IssuerTokenLogin = Static<typeof IssuerTokenLogin>;

/** What signing in and refreshing answer. */
export const SignIn = Type.Object(
  {
    account: Type.Ref('Account'),
    accessToken: Type.String({ description: 'account token (JWT), for Authorization: Bearer and sockets' }),
    accessTokenExpiresAt: Type.String({ format: 'date-time' }),
    accessTokenExpiresInS: Type.Integer({ description: 'the same as a span, for clients whose clock is wrong' }),
    refreshToken: Type.Optional(Type.String({ description: 'left out where it was set as a cookie' })),
  },
  { $id: 'SignIn', additionalProperties: false },
);
export interface SignIn {
  account: Account;
  accessToken: string;
  accessTokenExpiresAt: string;
  accessTokenExpiresInS: number;
  refreshToken?: string;
}

export const PasswordChange = Type.Object(
  { currentPassword: Type.Optional(TriedPassword), newPassword: NewPassword },
  { additionalProperties: false },
);
export type PasswordChange = Static<typeof PasswordChange>;

export const AccountDelete = Type.Object({ password: Type.Optional(TriedPassword) }, { additionalProperties: false });
export type AccountDelete = Static<typeof AccountDelete>;

/** Room tokens of memberships that a guest has and that shall be the account's. */
export const RoomClaim = Type.Object(
  { tokens: Type.Array(Type.String({ maxLength: limits.roomTokenMaxLength }), { maxItems: limits.roomClaimsMax }) },
  { additionalProperties: false },
);
export type RoomClaim = Static<typeof RoomClaim>;

/** One sign-in on one device. */
export const Session = Type.Object(
  {
    id: Type.String({ description: 'UUIDv7' }),
    createdAt: Type.String({ format: 'date-time' }),
    lastUsedAt: Type.String({ format: 'date-time' }),
    address: Type.String({ description: 'from which it was last refreshed' }),
    userAgent: Type.String(),
    isCurrent: Type.Boolean({ description: 'the one that asks' }),
  },
  { $id: 'Session', additionalProperties: false },
);
export type Session = Static<typeof Session>;
