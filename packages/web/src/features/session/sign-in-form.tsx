/** E-mail and password, or the issuer's page: signs in on this device. */
import type { SignIn } from '@coderoom/protocol';
import { useState } from 'react';
import { callApi } from '../../api.ts';
import { Field, PasswordField } from '../layout/field.tsx';
import { useForm } from '../layout/use-form.ts';
import { session } from './browser-session.ts';
import { checkEmail, checkTriedPassword } from './check-credentials.ts';

export interface SignInFormProps {
  email?: string;
  onDone: () => void;
}

export function SignInForm({ email: known = '', onDone }: SignInFormProps) {
  const [email, setEmail] = useState(known);
  const [password, setPassword] = useState('');
  const form = useForm({
    check: () => checkEmail(email) ?? checkTriedPassword(password),
    async send() {
      session.signedIn(await callApi<SignIn>('auth/login', { body: { email: email.trim(), password, cookie: true } }));
      onDone();
    },
    refusals: { sign_in_refused: { field: 'password', text: 'E-mail or password is wrong.' } },
  });
  return (
    <form className="form" onSubmit={form.submit} onChange={form.clear} noValidate>
      <Field
        label="E-mail"
        name="email"
        type="email"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        autoFocus={known === ''}
        value={email}
        problem={form.problemOf('email')}
        onChange={(event) => setEmail(event.target.value)}
      />
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

export function FormProblemLine({ text }: { text: string | undefined }) {
  return text === undefined ? null : (
    <p className="note" role="alert">
      {text}
    </p>
  );
}
