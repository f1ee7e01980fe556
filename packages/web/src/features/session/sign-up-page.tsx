/** Making an account, which signs in at once. */
import { limits, type SignIn } from '@coderoom/protocol';
import { useState } from 'react';
import { callApi } from '../../api.ts';
import { parseReturnTo, signInPath } from '../../navigation.ts';
import { Field, PasswordField } from '../layout/field.tsx';
import { FormProblemLine } from '../layout/form-problem.tsx';
import { Link } from '../layout/link.tsx';
import { Page } from '../layout/page.tsx';
import { useForm } from '../layout/use-form.ts';
import { ownName } from '../members/own-name.ts';
import { session } from './browser-session.ts';
import { checkEmail, checkNewPassword } from './check-credentials.ts';
import { EmailField } from './email-field.tsx';
import { IssuerButton } from './issuer-button.tsx';
import { useGoOn } from './sign-in-page.tsx';

export default function SignUpPage() {
  const returnTo = parseReturnTo(location.search);
  useGoOn(returnTo);
  const [name, setName] = useState(ownName.get() ?? '');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const form = useForm({
    check: () => [checkEmail(email), checkNewPassword(password)],
    async send() {
      const chosen = name.trim();
      session.signedIn(
        await callApi<SignIn>('auth/register', {
          body: { email: email.trim(), password, cookie: true, ...(chosen === '' ? {} : { name: chosen }) },
        }),
      );
    },
    refusals: {
      email_taken: { field: 'email', text: 'That address cannot be used for a new account. If it is yours, sign in.' },
      password_unacceptable: { field: 'password' },
    },
  });
  const problem = form.problemOf('password');
  return (
    <Page title="Create an account" page="sign-in" isSlim>
      <p className="page-lead">Your rooms on every device, friends, and who may come in. Rooms work without it, too.</p>
      <form className="form" onSubmit={form.submit} onChange={form.clear} noValidate>
        <Field
          label="Name"
          name="name"
          hint="What others see. It can be changed at any time."
          autoComplete="nickname"
          maxLength={limits.memberNameMaxLength}
          autoFocus
          value={name}
          problem={form.problemOf('name')}
          onChange={(event) => setName(event.target.value)}
        />
        <EmailField value={email} problem={form.problemOf('email')} onChange={setEmail} />
        <PasswordField
          label="Password"
          name="password"
          hint={`${problem === undefined ? `At least ${limits.passwordMinLength} characters. ` : ''}A few words that belong only to you are good.`}
          autoComplete="new-password"
          value={password}
          problem={problem}
          onChange={(event) => setPassword(event.target.value)}
        />
        <FormProblemLine text={form.problemOf(null)} />
        <button type="submit" className="button primary wide" aria-disabled={form.isBusy}>
          {form.isBusy ? 'Creating …' : 'Create the account'}
        </button>
      </form>
      <IssuerButton returnTo={returnTo} />
      <p className="form-other">
        You have one? <Link href={signInPath(returnTo)}>Sign in</Link>
      </p>
    </Page>
  );
}
