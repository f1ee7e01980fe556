/** A room that asks for a password. */
import { useState } from 'react';
import { signInPath } from '../../navigation.ts';
import { useStore } from '../../store.ts';
import { PasswordField } from '../layout/field.tsx';
import { FormProblemLine } from '../layout/form-problem.tsx';
import { Link } from '../layout/link.tsx';
import { useForm } from '../layout/use-form.ts';
import { session } from '../session/browser-session.ts';
import { MessagePage } from './message-page.tsx';
import type { RoomDoor } from './room-door.ts';
import '../../styles/forms.css';

export default function PasswordPage({ door }: { door: RoomDoor }) {
  const [password, setPassword] = useState('');
  const isGuest = useStore(session.state).name === 'signed-out';
  const form = useForm({
    check: () => [password === '' ? { field: 'password', text: 'Enter the room’s password.' } : null],
    send: () => door.enterPassword(password),
    refusals: { password_wrong: { field: 'password', text: 'That is not the password of this room.' } },
  });
  return (
    <MessagePage title="This room has a password" text="Whoever sent you the link knows it.">
      <form className="form message-form" onSubmit={form.submit} onChange={form.clear} noValidate>
        <PasswordField
          label="Password of the room"
          name="password"
          autoComplete="off"
          autoFocus
          value={password}
          problem={form.problemOf('password')}
          onChange={(event) => setPassword(event.target.value)}
        />
        <FormProblemLine text={form.problemOf(null)} />
        <button type="submit" className="button primary wide" aria-disabled={form.isBusy}>
          {form.isBusy ? 'Opening …' : 'Open the room'}
        </button>
      </form>
      {isGuest && (
        <p className="form-other">
          Invited by a friend? <Link href={signInPath(location.pathname)}>Sign in</Link> instead.
        </p>
      )}
    </MessagePage>
  );
}
