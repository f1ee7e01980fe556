/** Over whatever was being done: the session has ended elsewhere. Signing in goes on, and nothing typed is lost. */
import { useStore } from '../../store.ts';
import { Modal } from '../layout/modal.tsx';
import { session } from './browser-session.ts';
import { IssuerButton } from './issuer-button.tsx';
import { SignInForm } from './sign-in-form.tsx';

export default function SignInAgain() {
  const state = useStore(session.state);
  if (state.name !== 'lost') return null;
  const { account } = state;
  return (
    <Modal title="You have been signed out" onClose={session.forget}>
      <p>
        This device’s session was ended: from another device, by a new password, or because it was too old. Sign in
        again to go on; what you have typed is still here.
      </p>
      {account.hasPassword && <SignInForm email={account.email ?? ''} onDone={() => {}} />}
      <IssuerButton returnTo="/app/signed-in" inNewTab />
      <div className="dialog-actions">
        <button type="button" className="button" onClick={session.forget}>
          Go on without an account
        </button>
      </div>
    </Modal>
  );
}
