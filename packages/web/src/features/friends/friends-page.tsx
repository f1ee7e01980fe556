/** Friends: who is there, who asks, whom one has asked, and finding somebody. */
import type { Friend, Person } from '@coderoom/protocol';
import { useEffect, useState } from 'react';
import { useStore } from '../../store.ts';
import { Act } from '../layout/act.tsx';
import { ListFailed, ListLoading } from '../layout/list-states.tsx';
import { Question } from '../layout/modal.tsx';
import { Page } from '../layout/page.tsx';
import { Section } from '../layout/section.tsx';
import { showProblem, showToast } from '../notices/toasts.ts';
import { formatAgo } from '../rooms/time-ago.ts';
import { NeedsAccount } from '../session/needs-account.tsx';
import { BlockedSection } from './blocked-section.tsx';
import { FindPeople } from './find-people.tsx';
import type { FriendsState } from './friend-events.ts';
import { acceptFriend, blockPerson, friendsView, loadFriends, reloadFriends, removeFriend } from './friends.ts';
import { InvitationRow } from './invitation-row.tsx';
import { PersonRow } from './person-row.tsx';

export default function FriendsPage() {
  return (
    <NeedsAccount
      title="Friends"
      page="friends"
      text="With an account you can have friends: see who is there, and invite them into a room with one press."
    >
      {() => (
        <Page title="Friends" page="friends">
          <Lists />
        </Page>
      )}
    </NeedsAccount>
  );
}

function Lists() {
  const view = useStore(friendsView);
  useEffect(loadFriends, []);
  switch (view.name) {
    case 'loading':
      return <ListLoading />;
    case 'failed':
      return <ListFailed what="Friends" message={view.message} onRetry={reloadFriends} />;
    case 'shown':
      return <Shown {...view} />;
    default:
      return view satisfies never;
  }
}

function Shown({ friends, invitations }: FriendsState) {
  const of = (state: Friend['state']) => friends.filter((friend) => friend.state === state);
  const [incoming, outgoing] = [of('incoming'), of('outgoing')];
  const accepted = of('accepted').sort(
    (a, b) => Number(b.online) - Number(a.online) || a.person.name.localeCompare(b.person.name),
  );
  return (
    <>
      {invitations.length > 0 && (
        <Section title="Invitations">
          <ul className="rows">
            {invitations.map((invitation) => (
              <InvitationRow key={invitation.id} invitation={invitation} />
            ))}
          </ul>
        </Section>
      )}
      {incoming.length > 0 && (
        <Section title="They want to be your friends">
          <ul className="rows" aria-label="Requests to you">
            {incoming.map((friend) => (
              <IncomingRow key={friend.person.id} friend={friend} />
            ))}
          </ul>
        </Section>
      )}
      <Section title="Your friends">
        {accepted.length === 0 ? (
          <p className="section-text">
            Nobody yet. Find people below by name or e-mail, or add them from the people list of a room.
          </p>
        ) : (
          <ul className="rows" aria-label="Your friends">
            {accepted.map((friend) => (
              <FriendRow key={friend.person.id} friend={friend} />
            ))}
          </ul>
        )}
      </Section>
      <FindPeople friends={friends} />
      {outgoing.length > 0 && (
        <Section title="Asked by you">
          <ul className="rows" aria-label="Requests of yours">
            {outgoing.map(({ person, since }) => (
              <PersonRow key={person.id} person={person} facts={`asked ${formatAgo(Date.parse(since), Date.now())}`}>
                <Act label="Take back" about={person} act={() => removeFriend(person)} />
              </PersonRow>
            ))}
          </ul>
        </Section>
      )}
      <BlockedSection />
    </>
  );
}

function FriendRow({ friend }: { friend: Friend }) {
  const { person, online } = friend;
  const [asking, setAsking] = useState<'remove' | 'block' | null>(null);
  return (
    <PersonRow person={person} facts={online ? 'here now' : 'not here'} isOnline={online}>
      <button type="button" className="button small" onClick={() => setAsking('remove')}>
        Remove<span className="sr-only"> {person.name}</span>
      </button>
      <button type="button" className="button small" onClick={() => setAsking('block')}>
        Block<span className="sr-only"> {person.name}</span>
      </button>
      {asking === 'remove' && (
        <Question
          title={`End the friendship with ${person.name}?`}
          text="They are not told. You can ask them again at any time."
          confirm="Remove"
          onClose={() => setAsking(null)}
          onConfirm={() => removeFriend(person).catch(showProblem)}
        />
      )}
      {asking === 'block' && <BlockQuestion person={person} onClose={() => setAsking(null)} />}
    </PersonRow>
  );
}

function BlockQuestion({ person, onClose }: { person: Person; onClose: () => void }) {
  return (
    <Question
      title={`Block ${person.name}?`}
      text="They can no longer ask you, invite you, or find you. They are not told."
      confirm="Block"
      onClose={onClose}
      onConfirm={() =>
        blockPerson(person).then(() => {
          showToast(`${person.name} is blocked`);
        }, showProblem)
      }
    />
  );
}

function IncomingRow({ friend: { person, since } }: { friend: Friend }) {
  const [isAsking, setAsking] = useState(false);
  return (
    <PersonRow person={person} facts={`asked ${formatAgo(Date.parse(since), Date.now())}`}>
      <Act label="Accept" isMain about={person} act={() => acceptFriend(person)} />
      <Act label="Decline" about={person} act={() => removeFriend(person)} />
      <button type="button" className="button small" onClick={() => setAsking(true)}>
        Block<span className="sr-only"> {person.name}</span>
      </button>
      {isAsking && <BlockQuestion person={person} onClose={() => setAsking(false)} />}
    </PersonRow>
  );
}
