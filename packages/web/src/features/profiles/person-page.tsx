/** Somebody with an account, as everybody who is signed in sees them: their friendship, and their numbers elsewhere. */
import type { Account, Friend, Person } from '@coderoom/protocol';
import { useEffect, useState } from 'react';
import { ApiProblem } from '../../api.ts';
import { appPath } from '../../navigation.ts';
import { useStore } from '../../store.ts';
import { PersonAvatar } from '../accounts/person-avatar.tsx';
import { acceptFriend, friendsView, loadFriends, removeFriend, requestFriend } from '../friends/friends.ts';
import { Act } from '../layout/act.tsx';
import { Link } from '../layout/link.tsx';
import { Empty, ListFailed, ListLoading } from '../layout/list-states.tsx';
import { Page } from '../layout/page.tsx';
import { callAccount } from '../session/call-account.ts';
import { NeedsAccount } from '../session/needs-account.tsx';
import { StatsSections } from './stats-sections.tsx';
import './person-page.css';

export default function PersonPage({ id }: { id: string }) {
  return (
    <NeedsAccount title="Profile" text="Sign in to see the profiles of people here.">
      {(account) => (account.id === id ? <Own account={account} /> : <Somebody id={id} />)}
    </NeedsAccount>
  );
}

function Own({ account }: { account: Account }) {
  return (
    <Page title={account.name}>
      <div className="person-head">
        <PersonAvatar person={account} size={72} />
        <div className="person-head-text">
          <p>That is you, as others see you.</p>
          <Link className="button" href={appPath('account')}>
            Change your profile
          </Link>
        </div>
      </div>
      <StatsSections path="me/stats" isOwn />
    </Page>
  );
}

type Found =
  | { name: 'loading' }
  | { name: 'nobody' }
  | { name: 'failed'; message: string }
  | { name: 'found'; person: Person };

function Somebody({ id }: { id: string }) {
  const [found, setFound] = useState<Found>({ name: 'loading' });
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a further attempt asks again
  useEffect(() => {
    let isCurrent = true;
    callAccount<Person>(`people/${encodeURIComponent(id)}`).then(
      (person) => isCurrent && setFound({ name: 'found', person }),
      (error: Error) => isCurrent && setFound(notFound(error)),
    );
    return () => {
      isCurrent = false;
    };
  }, [id, attempt]);
  switch (found.name) {
    case 'loading':
      return (
        <Page title="Profile">
          <ListLoading />
        </Page>
      );
    case 'nobody':
      return (
        <Page title="Nobody is here">
          <Empty>
            <p>There is no such person, or they do not want to be seen by you.</p>
          </Empty>
        </Page>
      );
    case 'failed':
      return (
        <Page title="Profile">
          <ListFailed
            what="The profile"
            message={found.message}
            onRetry={() => {
              setFound({ name: 'loading' });
              setAttempt(attempt + 1);
            }}
          />
        </Page>
      );
    case 'found':
      return (
        <Page title={found.person.name}>
          <div className="person-head">
            <PersonAvatar person={found.person} size={72} />
            <Friendship person={found.person} />
          </div>
          <StatsSections path={`people/${encodeURIComponent(id)}/stats`} />
        </Page>
      );
    default:
      return found satisfies never;
  }
}

function notFound(error: Error): Found {
  const isNobody = error instanceof ApiProblem && (error.status === 404 || error.code === 'invalid_request');
  return isNobody ? { name: 'nobody' } : { name: 'failed', message: error.message };
}

function Friendship({ person }: { person: Person }) {
  const view = useStore(friendsView);
  useEffect(loadFriends, []);
  if (view.name !== 'shown') return null;
  const friend = view.friends.find((other) => other.person.id === person.id);
  return (
    <div className="person-head-text">
      <p>{standingOf(friend, person)}</p>
      <div className="row-actions">
        {friend === undefined && (
          <Act label="Add as friend" about={person} isMain act={() => requestFriend({ person })} />
        )}
        {friend?.state === 'incoming' && (
          <>
            <Act label="Accept" about={person} isMain act={() => acceptFriend(person)} />
            <Act label="Decline" about={person} act={() => removeFriend(person)} />
          </>
        )}
        {friend?.state === 'outgoing' && <Act label="Take back" about={person} act={() => removeFriend(person)} />}
      </div>
    </div>
  );
}

function standingOf(friend: Friend | undefined, { name }: Person): string {
  if (friend === undefined) return `You and ${name} are not friends.`;
  switch (friend.state) {
    case 'incoming':
      return `${name} wants to be your friend.`;
    case 'outgoing':
      return `You have asked ${name} to be friends.`;
    case 'accepted':
      return friend.online ? 'Your friend, here now.' : 'Your friend.';
    default:
      return friend.state satisfies never;
  }
}
