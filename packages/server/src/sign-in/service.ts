import { type IssuerTokenLogin, type Login, ProblemError, type Register } from '@coderoom/protocol';
import type { AccountService, IssuerIdentity } from '../accounts/service.ts';
import type { AccountRow } from '../accounts/store.ts';
import type { AuditService } from '../audit/service.ts';
import type { SignedIn } from '../gateway/authorize.ts';
import type { Device, SessionService, SessionTokens } from '../sessions/service.ts';
import type { OidcIssuer } from './issuer.ts';

/** Signing in and out: by password, by an OpenID Connect provider, by what an earlier sign-in left. */
export interface SignInService {
  register(request: Register, device: Device): Promise<SessionTokens>;
  /** Fails with `sign_in_refused`, whatever of the two is wrong, and after the same time. */
  login(request: Login, device: Device): Promise<SessionTokens>;
  /** By a token that the provider made. */
  loginByIssuerToken(request: IssuerTokenLogin, device: Device): Promise<SessionTokens>;
  /** Of whom the provider has told us who they are. */
  loginAs(identity: IssuerIdentity, device: Device): Promise<SessionTokens>;
  refresh(refreshToken: string, device: Device): Promise<SessionTokens>;
  /** Whatever it knows the session by; of none there is nothing to end. */
  logout(by: { refreshToken: string } | { signedIn: SignedIn }, device: Device): Promise<void>;
}

export interface SignInServiceOptions {
  accounts: AccountService;
  sessions: SessionService;
  audit: AuditService;
  issuer: Pick<OidcIssuer, 'verifyToken'> | undefined;
}

export function createSignInService({ accounts, sessions, audit, issuer }: SignInServiceOptions): SignInService {
  async function begin(account: AccountRow, device: Device, by: 'password' | 'oidc'): Promise<SessionTokens> {
    const tokens = await sessions.begin(account, device);
    await audit.record({
      kind: 'account:signed-in',
      accountId: account.id,
      actor: account.name,
      address: device.address,
      details: { by },
    });
    return tokens;
  }

  const loginAs: SignInService['loginAs'] = async (identity, device) =>
    begin(await accounts.enter(identity, device.address), device, 'oidc');

  return {
    async register(request, device) {
      const account = await accounts.register(request, device.address);
      return begin(account, device, 'password');
    },

    async login({ email, password }, device) {
      return begin(await accounts.authenticate(email, password, device.address), device, 'password');
    },

    async loginByIssuerToken({ token }, device) {
      if (issuer === undefined) throw new ProblemError('oidc_off');
      return loginAs(await issuer.verifyToken(token), device);
    },

    loginAs,
    refresh: (refreshToken, device) => sessions.refresh(refreshToken, device),

    async logout(by, device) {
      let account: AccountRow | undefined;
      if ('refreshToken' in by) {
        account = await sessions.endByToken(by.refreshToken);
      } else {
        account = by.signedIn.account;
        await sessions.end(by.signedIn, by.signedIn.sessionId);
      }
      if (account === undefined) return;
      const { id: accountId, name: actor } = account;
      await audit.record({ kind: 'account:signed-out', accountId, actor, address: device.address });
    },
  };
}
