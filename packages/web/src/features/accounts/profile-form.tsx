/** Name, picture, and the names one has elsewhere. */
import { type Account, type AccountPatch, limits } from '@coderoom/protocol';
import { useRef, useState } from 'react';
import { Field } from '../layout/field.tsx';
import { FormProblemLine } from '../layout/form-problem.tsx';
import { Section } from '../layout/section.tsx';
import { useForm } from '../layout/use-form.ts';
import { showToast } from '../notices/toasts.ts';
import { session } from '../session/browser-session.ts';
import { callAccount } from '../session/call-account.ts';
import { PersonAvatar } from './person-avatar.tsx';
import { scalePicture } from './scale-picture.ts';

const services = [
  { key: 'githubUsername', label: 'GitHub username' },
  { key: 'leetcodeUsername', label: 'LeetCode username' },
  { key: 'codeforcesUsername', label: 'Codeforces handle' },
] as const;

export function ProfileForm({ account }: { account: Account }) {
  const [draft, setDraft] = useState(() => draftOf(account));
  const change = (part: Partial<Draft>) => setDraft((current) => ({ ...current, ...part }));
  const patch = patchOf(account, draft);
  const isChanged = Object.keys(patch).length > 0;
  const form = useForm({
    check: () => [
      draft.name.trim() === '' ? { field: 'name', text: 'Enter a name.' } : null,
      ...services.map(({ key }) =>
        /^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9_-])?)?$/.test(draft[key].trim())
          ? null
          : { field: key, text: 'Only letters, digits, dot, dash and underscore: the username, not its address.' },
      ),
    ],
    async send() {
      if (!isChanged) return;
      const changed = await callAccount<Account>('me', { method: 'PATCH', body: patch });
      session.changed(changed);
      setDraft(draftOf(changed));
      showToast('Your profile is saved');
    },
  });
  return (
    <Section title="Profile">
      <form className="form" onSubmit={form.submit} onChange={form.clear} noValidate>
        <PictureField
          account={{ ...account, name: draft.name, picture: draft.picture }}
          onChange={(picture) => change({ picture })}
        />
        <Field
          label="Name"
          name="name"
          autoComplete="nickname"
          maxLength={limits.memberNameMaxLength}
          value={draft.name}
          problem={form.problemOf('name')}
          onChange={(event) => change({ name: event.target.value })}
        />
        <div className="form-columns">
          {services.map(({ key, label }) => (
            <Field
              key={key}
              label={label}
              name={key}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              maxLength={limits.serviceUsernameMaxLength}
              value={draft[key]}
              problem={form.problemOf(key)}
              onChange={(event) => change({ [key]: event.target.value })}
            />
          ))}
        </div>
        <p className="field-hint">Statistics of these are shown on your profile, for everybody who is signed in.</p>
        <FormProblemLine text={form.problemOf(null)} />
        <div className="form-actions">
          <button
            type="submit"
            className="button primary"
            disabled={!isChanged && !form.isBusy}
            aria-disabled={form.isBusy}
          >
            {form.isBusy ? 'Saving …' : 'Save'}
          </button>
        </div>
      </form>
    </Section>
  );
}

type Draft = { name: string; picture: string | null } & Record<(typeof services)[number]['key'], string>;

function draftOf(account: Account): Draft {
  const { name, picture, githubUsername, leetcodeUsername, codeforcesUsername } = account;
  return {
    name,
    picture,
    githubUsername: githubUsername ?? '',
    leetcodeUsername: leetcodeUsername ?? '',
    codeforcesUsername: codeforcesUsername ?? '',
  };
}

/** Only what differs. */
function patchOf(account: Account, draft: Draft): AccountPatch {
  const patch: AccountPatch = {};
  const name = draft.name.trim();
  if (name !== account.name) patch.name = name;
  if (draft.picture !== account.picture) patch.picture = draft.picture;
  for (const { key } of services) {
    const username = draft[key].trim() === '' ? null : draft[key].trim();
    if (username !== account[key]) patch[key] = username;
  }
  return patch;
}

function PictureField({ account, onChange }: { account: Account; onChange: (picture: string | null) => void }) {
  const [problem, setProblem] = useState<string>();
  const input = useRef<HTMLInputElement>(null);
  const choose = async (file: File | undefined) => {
    setProblem(undefined);
    if (file === undefined) return;
    try {
      onChange(await scalePicture(file));
    } catch {
      setProblem('That file is not a picture which this browser can read.');
    }
    if (input.current !== null) input.current.value = '';
  };
  return (
    <div className="picture-field">
      <PersonAvatar person={account} size={64} />
      <div className="picture-choices">
        <button type="button" className="button" onClick={() => input.current?.click()}>
          {account.picture === null ? 'Choose a picture' : 'Change the picture'}
        </button>
        {account.picture !== null && (
          <button type="button" className="button" onClick={() => onChange(null)}>
            Remove
          </button>
        )}
        <input
          ref={input}
          type="file"
          accept="image/*"
          hidden
          aria-label="Picture"
          onChange={(event) => void choose(event.target.files?.[0])}
        />
      </div>
      {problem !== undefined && (
        <p className="field-problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
