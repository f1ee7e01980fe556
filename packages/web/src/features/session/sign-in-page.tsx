/** Signing in, and then back to where one was. */
import { useEffect } from 'react';
import { navigation } from '../../browser-navigation.ts';
import { parseReturnTo, signInPath } from '../../navigation.ts';
import { useStore } from '../../store.ts';
import { FormProblemLine } from '../layout/form-problem.tsx';
import { Link } from '../layout/link.tsx';
import { Page } from '../layout/page.tsx';
import { session } from './browser-session.ts';
import { IssuerButton } from './issuer-button.tsx';
import { SignInForm } from './sign-in-form.tsx';

export default function SignInPage() {
  const returnTo = parseReturnTo(location.search);
  const state = useStore(session.state);
  useGoOn(returnTo);
  const refusal = new URLSearchParams(location.search).get('problem');
  return (
    <Page title="Sign in" page="sign-in" isSlim>
      {state.name === 'signed-out' && state.hasEnded && refusal === null && (
        <p className="note plain">Your session on this device has ended. Sign in to go on.</p>
      )}
      <FormProblemLine text={refusal === null ? undefined : (issuerRefusals[refusal] ?? issuerRefusals.oidc_failed)} />
      <SignInForm onDone={() => {}} />
      <IssuerButton returnTo={returnTo} />
      <details className="form-other">
        <summary>Forgot your password?</summary>
        <p className="panel-text">
          This server sends no e-mail, so a password cannot be renewed from here. Look among those that your browser has
          saved. Rooms can be used without an account, too.
        </p>
      </details>
      <p className="form-other">
        New here? <Link href={signInPath(returnTo, 'sign-up')}>Create an account</Link>
      </p>
    </Page>
  );
}

/** Whoever is signed in, by this form or in another tab, is taken to where they wanted to go. */
export function useGoOn(returnTo: string): void {
  const isSignedIn = useStore(session.state).name === 'signed-in';
  useEffect(() => {
    if (isSignedIn) navigation.go(returnTo, { replace: true });
  }, [isSignedIn, returnTo]);
}

const issuerRefusals: Record<string, string> = {
  oidc_failed: 'Signing in there did not work. Try again, or sign in with e-mail and password.',
  oidc_unavailable: 'That sign-in service cannot be reached right now. Try again later.',
  email_taken:
    'There is an account with your e-mail address already. Sign in to it with its password; it is not linked by itself.',
};
