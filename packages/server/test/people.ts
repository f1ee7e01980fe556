import type { Account, SignIn } from '@coderoom/protocol';
import { expect } from 'vitest';
import type { AskOptions, RunningApp } from './running-app.ts';

/** Somebody signed in, as an API client: tokens in the body. */
export interface SignedInPerson {
  account: Account;
  email: string;
  password: string;
  accessToken: string;
  refreshToken: string;
}

let count = 0;
export const goodPassword = 'correct horse battery staple';

export function freshEmail(name = 'ada'): string {
  return `${name}.${++count}@example.org`;
}

/** Makes an account, and with it a session. */
export async function register(
  app: RunningApp,
  {
    email = freshEmail(),
    password = goodPassword,
    name = 'Ada',
    ...options
  }: { email?: string; password?: string; name?: string } & AskOptions = {},
): Promise<SignedInPerson> {
  const answer = await app.ask('POST', '/api/v2/auth/register', { ...options, body: { email, password, name } });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return { ...readSignIn(answer.body), email, password };
}

/** Another session of the same account. */
export async function login(
  app: RunningApp,
  person: SignedInPerson,
  options: AskOptions = {},
): Promise<SignedInPerson> {
  const { email, password } = person;
  const answer = await app.ask('POST', '/api/v2/auth/login', { ...options, body: { email, password } });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return { ...readSignIn(answer.body), email, password };
}

export function readSignIn(body: SignIn): Pick<SignedInPerson, 'account' | 'accessToken' | 'refreshToken'> {
  return { account: body.account, accessToken: body.accessToken, refreshToken: body.refreshToken ?? '' };
}
