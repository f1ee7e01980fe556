/** At the door of a room: until its owner lets one in, or starts it. The way in opens by itself. */
import { type Knock, limits } from '@coderoom/protocol';
import { useState } from 'react';
import { Field } from '../layout/field.tsx';
import { FormProblemLine } from '../layout/form-problem.tsx';
import { useForm } from '../layout/use-form.ts';
import { MessagePage } from './message-page.tsx';
import type { RoomDoor } from './room-door.ts';
import '../../styles/forms.css';

export interface WaitingPageProps {
  door: RoomDoor;
  knock: Knock;
  isReachable: boolean;
}

const texts: Record<Knock['reason'], { title: string; text: string }> = {
  lobby: {
    title: 'Waiting to be let in',
    text: 'The owner of the room has been told that you are here. This page opens the room by itself.',
  },
  waiting: {
    title: 'The room has not started yet',
    text: 'Its owner will start it. This page opens the room by itself.',
  },
};

export default function WaitingPage({ door, knock, isReachable }: WaitingPageProps) {
  const { title, text } = texts[knock.reason];
  return (
    <MessagePage title={title} text={text} leave="Stop waiting">
      <p className="waiting-state" role="status">
        {isReachable ? (
          <>
            You are here as <strong>{knock.name}</strong>
          </>
        ) : (
          'The server cannot be reached. You keep your place for a moment …'
        )}
      </p>
      {knock.accountId === null && <NameForm key={knock.name} door={door} name={knock.name} />}
    </MessagePage>
  );
}

function NameForm({ door, name }: { door: RoomDoor; name: string }) {
  const [draft, setDraft] = useState(name);
  const form = useForm({
    check: () => [draft.trim() === '' ? { field: 'name', text: 'Enter a name.' } : null],
    async send() {
      if (draft.trim() !== name) await door.knockAs(draft.trim());
    },
  });
  return (
    <form className="form message-form name-form" onSubmit={form.submit} onChange={form.clear} noValidate>
      <Field
        label="Your name"
        name="name"
        autoComplete="nickname"
        hint="The owner sees who asks by this name."
        maxLength={limits.memberNameMaxLength}
        value={draft}
        problem={form.problemOf('name')}
        onChange={(event) => setDraft(event.target.value)}
        end={
          draft.trim() !== name && (
            <button type="submit" className="form-input-end" aria-disabled={form.isBusy}>
              {form.isBusy ? 'Changing …' : 'Change'}
            </button>
          )
        }
      />
      <FormProblemLine text={form.problemOf(null)} />
    </form>
  );
}
