/** Speaks to `/api/v2` as the account that is signed in. */
import { type ApiCall, ApiProblem, callApi } from '../../api.ts';
import { session } from './browser-session.ts';

/** Fails with `sign_in_required` where nobody is. */
export async function callAccount<T>(path: string, call: ApiCall = {}): Promise<T> {
  if ((await session.accessToken()) === null) throw new ApiProblem('sign_in_required', 'Sign in for that.');
  return await callAsMe(path, call);
}

/** As the account, or as nobody where nobody is signed in. */
export async function callAsMe<T>(path: string, call: ApiCall = {}): Promise<T> {
  const token = await session.accessToken();
  if (token === null) return await callApi(path, call);
  try {
    return await callApi<T>(path, { ...call, token });
  } catch (error) {
    if (!(error instanceof ApiProblem) || !isTokenRefusal(error)) throw error;
    await session.renew(token);
    const renewed = await session.accessToken();
    if (renewed === null || renewed === token) throw error;
    return await callApi<T>(path, { ...call, token: renewed });
  }
}

/** The token is worth nothing any more; a fresh one, or for what was a guest's an account's, may be. */
export function isTokenRefusal({ code }: ApiProblem): boolean {
  return ['token_invalid', 'token_expired', 'session_ended', 'sign_in_required'].includes(code);
}
