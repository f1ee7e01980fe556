/** Signs in at the server's OpenID Connect issuer, where there is one. */
import { useEffect, useState } from 'react';
import { callApi } from '../../api.ts';
import { expectSignIn } from './browser-session.ts';

export interface IssuerButtonProps {
  returnTo: string;
  /** In a tab of its own, so that nothing on this page is lost. */
  inNewTab?: boolean;
}

export function IssuerButton({ returnTo, inNewTab = false }: IssuerButtonProps) {
  const [issuer, setIssuer] = useState<{ enabled: boolean; name: string | null } | null>(null);
  useEffect(() => {
    // Without an answer there is the other way to sign in.
    callApi<{ enabled: boolean; name: string | null }>('auth/oidc').then(setIssuer, () => {});
  }, []);
  if (issuer?.enabled !== true) return null;
  return (
    <div className="issuer">
      <span className="issuer-or">or</span>
      <a
        className="button wide"
        href={`/api/v2/auth/oidc/start?returnTo=${encodeURIComponent(returnTo)}`}
        target={inNewTab ? '_blank' : undefined}
        onClick={expectSignIn}
      >
        Continue with {issuer.name ?? 'single sign-on'}
      </a>
    </div>
  );
}
