/** The end of an account: said what becomes of everything, and confirmed by the password. */
import type { Account } from '@coderoom/protocol';
import { useState } from 'react';
import { navigation } from '../../browser-navigation.ts';
import { DialogEnd } from '../layout/dialog-end.tsx';
import { Field, PasswordField } from '../layout/field.tsx';
import { Modal } from '../layout/modal.tsx';
import { Section } from '../layout/section.tsx';
import { useForm } from '../layout/use-form.ts';
import { showToast } from '../notices/toasts.ts';
import { session } from '../session/browser-session.ts';
import { callAccount } from '../session/call-account.ts';
import { checkTriedPassword } from '../session/check-credentials.ts';

export function DeleteSection({ account }: { account: Account }) {
  const [isAsking, setAsking] = useState(false);
  return (
    <Section
      title="Delete the account"
      text="Your profile, friends and sign-ins are deleted. Rooms in which you are alone go with it; in others somebody else becomes the owner, and what you wrote stays, under your name."
    >
      <div className="form-actions">
        <button type="button" className="button danger" onClick={() => setAsking(true)}>
          Delete the account …
        </button>
      </div>
      {isAsking && <DeleteDialog account={account} onClose={() => setAsking(false)} />}
    </Section>
  );
}

const word = 'delete';

function DeleteDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const form = useForm({
    check() {
      if (account.hasPassword) return [checkTriedPassword(typed)];
      return [typed.trim().toLowerCase() === word ? null : { field: 'password', text: `Type the word “${word}”.` }];
    },
    async send() {
      await callAccount('me', { method: 'DELETE', body: account.hasPassword ? { password: typed } : {} });
      session.forget();
      navigation.go('/');
      showToast('Your account is deleted');
    },
    refusals: { password_refused: { field: 'password', text: 'That is not your password.' } },
  });
  const shared = {
    name: 'password',
    value: typed,
    problem: form.problemOf('password'),
    onChange: (event: { target: { value: string } }) => setTyped(event.target.value),
  };
  return (
    <Modal title="Delete your account?" onClose={onClose}>
      <p>This cannot be taken back.</p>
      <form className="form" onSubmit={form.submit} onChange={form.clear} noValidate>
        {account.hasPassword ? (
          <PasswordField label="Your password" autoComplete="current-password" {...shared} />
        ) : (
          <Field label={`Type “${word}” to confirm`} autoComplete="off" {...shared} />
        )}
        <DialogEnd form={form} confirm="Delete the account" busy="Deleting …" isDanger onCancel={onClose} />
      </form>
    </Modal>
  );
}
