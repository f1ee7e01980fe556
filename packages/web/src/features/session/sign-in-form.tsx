/** E-mail and password, or the issuer's page: signs in on this device. */
import type { SignIn } from '@coderoom/protocol';
import { useState } from 'react';
import { callApi } from '../../api.ts';
import { PasswordField } from '../layout/field.tsx';
import { FormProblemLine } from '../layout/form-problem.tsx';
import { useForm } from '../layout/use-form.ts';
import { session } from './browser-session.ts';
import { checkEmail, checkTriedPassword } from './check-credentials.ts';
import { EmailField } from './email-field.tsx';

export interface SignInFormProps {
  email?: string;
  onDone: () => void;
}

export function SignInForm({ email: known = '', onDone }: SignInFormProps) {
  const [email, setEmail] = useState(known);
  const [password, setPassword] = useState('');
  const form = useForm({
    check: () => [checkEmail(email), checkTriedPassword(password)],
    async send() {
      session.signedIn(await callApi<SignIn>('auth/login', { body: { email: email.trim(), password, cookie: true } }));
      onDone();
    },
    refusals: { sign_in_refused: { field: 'password', text: 'E-mail or password is wrong.' } },
  });
  return (
    <form className="form" onSubmit={form.submit} onChange={form.clear} noValidate>
      <EmailField value={email} problem={form.problemOf('email')} autoFocus={known === ''} onChange={setEmail} />
      <PasswordField
        label="Password"
        name="password"
        autoComplete="current-password"
        autoFocus={known !== ''}
        value={password}
        problem={form.problemOf('password')}
        onChange={(event) => setPassword(event.target.value)}
      />
      <FormProblemLine text={form.problemOf(null)} />
      <button type="submit" className="button primary wide" aria-disabled={form.isBusy}>
        {form.isBusy ? 'Signing in …' : 'Sign in'}
      </button>
    </form>
  );
}
