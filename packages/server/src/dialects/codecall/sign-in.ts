import { Login, Refresh, Register } from '@coderoom/protocol';
import type { AccountService } from '../../accounts/service.ts';
import type { AccountRow } from '../../accounts/store.ts';
import type { SignedIn, SignedInAccess } from '../../gateway/authorize.ts';
import type { Tokens } from '../../gateway/tokens.ts';
import { compileCheck } from '../../gateway/validation.ts';
import type { Device, SessionTokens } from '../../sessions/service.ts';
import type { SignInService } from '../../sign-in/service.ts';
import { toV4 } from '../ids.ts';
import { codeCallFault } from './fault.ts';

/**
 * CodeCall's accounts and tokens, which are ours in its words. The tokens stand at the top and in `data`, and a user is
 * called `name` and `username`: its generations look in different places.
 */
export interface CodeCallSignIn {
  register(body: RegisterBody, device: Device): Promise<object>;
  login(body: LoginBody, device: Device): Promise<object>;
  refresh(body: RefreshBody, device: Device): Promise<object>;
  logout(body: RefreshBody, device: Device): Promise<object>;
  /** Who sends this Authorization header. */
  byHeader(authorization: string | undefined): Promise<SignedIn>;
}

interface RegisterBody {
  name?: string;
  username?: string;
  email?: string;
  password?: string;
}

export interface LoginBody {
  email?: string;
  password?: string;
}

export interface RefreshBody {
  refreshToken?: string;
}

export interface CodeCallSignInOptions {
  accounts: Pick<AccountService, 'register'>;
  signIn: Pick<SignInService, 'login' | 'refresh' | 'logout'>;
  signedIn: Pick<SignedInAccess, 'byForeignToken'>;
  tokens: Pick<Tokens, 'issueForeign'>;
}

const checkRegister = compileCheck(Register);
const checkLogin = compileCheck(Login);
const checkRefresh = compileCheck(Refresh);

export function createCodeCallSignIn(options: CodeCallSignInOptions): CodeCallSignIn {
  const { accounts, signIn, signedIn, tokens } = options;

  async function answer(message: string, begun: SessionTokens): Promise<object> {
    const { account, sessionId, refreshToken } = begun;
    const subject = { holder: toV4(account.id), sessionId };
    const { token: accessToken } = await tokens.issueForeign('codecall-access', subject, { email: account.email });
    const both = { accessToken, refreshToken };
    const user = describeUser(account);
    return { success: true, message, ...both, user, data: { ...both, user } };
  }

  return {
    async register({ name, username, email, password }, { address }) {
      const wanted = name ?? username;
      if (wanted === undefined || email === undefined || password === undefined) {
        throw codeCallFault(400, 'Name, email and password are required');
      }
      const checked = checkRegister({ name: wanted, email, password });
      if ('fault' in checked) throw codeCallFault(400, checked.fault);
      const user = describeUser(await accounts.register(checked.value, address));
      return { success: true, message: 'User registered successfully', user, data: user };
    },

    async login({ email, password }, device) {
      if (email === undefined || password === undefined) throw codeCallFault(400, 'Email and password are required');
      const checked = checkLogin({ email, password });
      // No account can have such an address, or such a password.
      if ('fault' in checked) throw codeCallFault(401, 'Invalid credentials');
      return answer('Login successful', await signIn.login(checked.value, device));
    },

    async refresh({ refreshToken }, device) {
      if (refreshToken === undefined || refreshToken === '') throw codeCallFault(401, 'Refresh token missing');
      if ('fault' in checkRefresh({ refreshToken })) throw codeCallFault(401, 'Invalid refresh token');
      return answer('Token refreshed', await signIn.refresh(refreshToken, device));
    },

    async logout({ refreshToken }, device) {
      if (refreshToken === undefined || 'fault' in checkRefresh({ refreshToken })) {
        throw codeCallFault(400, 'Refresh token is required');
      }
      await signIn.logout({ refreshToken }, device);
      return { success: true, message: 'Logged out successfully' };
    },

    async byHeader(authorization) {
      if (authorization?.startsWith('Bearer ') !== true) throw codeCallFault(401, 'Authorization token missing');
      return signedIn.byForeignToken('codecall-access', authorization.slice('Bearer '.length).trim());
    },
  };
}

function describeUser({ id, name, email }: AccountRow) {
  return { id: toV4(id), name, username: name, email: email ?? '' };
}
