/** Where a tab that was opened only to sign in ends: the other tab has noticed. */
import { useStore } from '../../store.ts';
import { Page } from '../layout/page.tsx';
import { session } from './browser-session.ts';
import { SignInLinks } from './needs-account.tsx';

export default function SignedInPage() {
  const { name } = useStore(session.state);
  const isSignedIn = name === 'signed-in';
  return (
    <Page title={isSignedIn ? 'You are signed in' : 'Signing in'} isSlim>
      {isSignedIn && <p className="page-lead">You can close this tab and go on where you were.</p>}
      {name === 'restoring' && <p className="page-lead">One moment …</p>}
      {(name === 'signed-out' || name === 'lost') && <SignInLinks />}
    </Page>
  );
}
