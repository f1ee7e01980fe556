/** Finding somebody by the beginning of their name, or asking by a whole e-mail address. */
import type { Friend, Person } from '@coderoom/protocol';
import { useEffect, useState } from 'react';
import { useStore } from '../../store.ts';
import { Act } from '../layout/act.tsx';
import { Field } from '../layout/field.tsx';
import { Section } from '../layout/section.tsx';
import { showProblem, showToast } from '../notices/toasts.ts';
import { session } from '../session/browser-session.ts';
import { callAccount } from '../session/call-account.ts';
import { requestFriend } from './friends.ts';
import { PersonRow } from './person-row.tsx';

type Found =
  | { name: 'nothing' }
  | { name: 'searching' }
  | { name: 'failed'; message: string }
  | { name: 'found'; people: Person[] };

const pauseMs = 250;

export function FindPeople({ friends }: { friends: readonly Friend[] }) {
  const [search, setSearch] = useState('');
  const [found, setFound] = useState<Found>({ name: 'nothing' });
  const wanted = search.trim();
  const isEmail = /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(wanted);

  useEffect(() => {
    if (wanted === '' || isEmail) {
      setFound({ name: 'nothing' });
      return;
    }
    let isCurrent = true;
    setFound((current) => (current.name === 'found' ? current : { name: 'searching' }));
    const timer = setTimeout(() => {
      callAccount<{ items: Person[] }>(`people?search=${encodeURIComponent(wanted)}`).then(
        ({ items }) => isCurrent && setFound({ name: 'found', people: items }),
        (error: Error) => isCurrent && setFound({ name: 'failed', message: error.message }),
      );
    }, pauseMs);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [wanted, isEmail]);

  const askByEmail = () => {
    requestFriend({ email: wanted }).then(() => {
      setSearch('');
      showToast(`If ${wanted} has an account here, they have been asked`);
    }, showProblem);
  };
  return (
    <Section title="Find people">
      <form
        className="find"
        onSubmit={(event) => {
          event.preventDefault();
          if (isEmail) askByEmail();
        }}
      >
        <Field
          label="Name or e-mail"
          name="search"
          type="search"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={search}
          hint="The beginning of a name, or a whole e-mail address."
          onChange={(event) => setSearch(event.target.value)}
        />
        {isEmail && (
          <button type="submit" className="button">
            Ask {wanted} to be friends
          </button>
        )}
      </form>
      <div aria-live="polite">
        {found.name === 'searching' && <p className="section-text">Searching …</p>}
        {found.name === 'failed' && <p className="field-problem">{found.message}</p>}
        {found.name === 'found' && found.people.length === 0 && (
          <p className="section-text">Nobody whose name begins like that.</p>
        )}
      </div>
      {found.name === 'found' && found.people.length > 0 && (
        <ul className="rows" aria-label="People found">
          {found.people.map((person) => (
            <FoundRow
              key={person.id}
              person={person}
              friend={friends.find((friend) => friend.person.id === person.id)}
            />
          ))}
        </ul>
      )}
    </Section>
  );
}

function FoundRow({ person, friend }: { person: Person; friend: Friend | undefined }) {
  const state = useStore(session.state);
  const isSelf = state.name === 'signed-in' && state.account.id === person.id;
  const standing = isSelf ? 'That is you' : friend === undefined ? null : standings[friend.state];
  const ask = async () => {
    await requestFriend({ person });
    showToast(`${person.name} has been asked`);
  };
  return (
    <PersonRow person={person}>
      {standing !== null ? (
        <span className="chip">{standing}</span>
      ) : (
        <Act label="Add as friend" about={person} act={ask} />
      )}
    </PersonRow>
  );
}

const standings: Record<Friend['state'], string> = {
  accepted: 'Your friend',
  incoming: 'Has asked you',
  outgoing: 'Asked by you',
};
