/** A new password; all other devices are signed out by it. */
import type { Account } from '@coderoom/protocol';
import { useState } from 'react';
import { PasswordField } from '../layout/field.tsx';
import { FormProblemLine } from '../layout/form-problem.tsx';
import { Section } from '../layout/section.tsx';
import { useForm } from '../layout/use-form.ts';
import { showToast } from '../notices/toasts.ts';
import { session } from '../session/browser-session.ts';
import { callAccount } from '../session/call-account.ts';
import { checkNewPassword, checkTriedPassword } from '../session/check-credentials.ts';

export function PasswordForm({ account }: { account: Account }) {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const form = useForm({
    check: () => [
      account.hasPassword ? checkTriedPassword(current, 'currentPassword') : null,
      checkNewPassword(next, 'newPassword'),
    ],
    async send() {
      const body = { newPassword: next, ...(account.hasPassword ? { currentPassword: current } : {}) };
      await callAccount('me/password', { body });
      session.changed({ ...account, hasPassword: true });
      setCurrent('');
      setNext('');
      showToast('The password is changed. Other devices are signed out.');
    },
    refusals: {
      password_refused: { field: 'currentPassword', text: 'That is not your current password.' },
      password_unacceptable: { field: 'newPassword' },
    },
  });
  return (
    <Section
      title="Password"
      text={
        account.hasPassword
          ? 'Changing it signs you out on all other devices.'
          : 'You sign in by another service. With a password you can do so here as well.'
      }
    >
      <form className="form" onSubmit={form.submit} onChange={form.clear} noValidate>
        {/* For password managers, which otherwise would not know whose it is. */}
        <input type="text" name="username" autoComplete="username" value={account.email ?? ''} readOnly hidden />
        <div className="form-columns">
          {account.hasPassword && (
            <PasswordField
              label="Current password"
              name="currentPassword"
              autoComplete="current-password"
              value={current}
              problem={form.problemOf('currentPassword')}
              onChange={(event) => setCurrent(event.target.value)}
            />
          )}
          <PasswordField
            label="New password"
            name="newPassword"
            autoComplete="new-password"
            value={next}
            problem={form.problemOf('newPassword')}
            onChange={(event) => setNext(event.target.value)}
          />
        </div>
        <FormProblemLine text={form.problemOf(null)} />
        <div className="form-actions">
          <button type="submit" className="button" aria-disabled={form.isBusy}>
            {form.isBusy ? 'Changing …' : account.hasPassword ? 'Change the password' : 'Set a password'}
          </button>
        </div>
      </form>
    </Section>
  );
}
