/** Somebody else in the room: where they are, and what the owner, or a friend of theirs, may do. */
import type { GivenRole, Member } from '@coderoom/protocol';
import { useEffect, useId, useRef, useState } from 'react';
import { personPath } from '../../navigation.ts';
import { useStore } from '../../store.ts';
import { friendsView, loadFriends, requestFriend } from '../friends/friends.ts';
import { Icon } from '../layout/icon.tsx';
import { showProblem, showToast } from '../notices/toasts.ts';
import type { OpenRoom } from '../rooms/open-room.ts';
import { session } from '../session/browser-session.ts';
import { Avatar } from './avatar.tsx';

export interface MemberRowProps {
  room: OpenRoom;
  member: Member;
  /** Whether the one who looks owns the room. */
  isOwner: boolean;
  /** Of somebody who is there: the file that they have open, and what is called when the editor has been moved to it. */
  place?: { file: string | null; onJump: () => void };
  /** They are no longer a member. */
  onGone?: () => void;
}

export function MemberRow({ room, member, isOwner, place, onGone = () => {} }: MemberRowProps) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const isAccount = useStore(session.state).name === 'signed-in' && member.accountId !== null;
  const isManaged = isOwner && member.role !== 'owner';
  return (
    <li>
      <div className="person">
        {place === undefined ? (
          <Avatar name={member.name} color={member.color} size={32} />
        ) : (
          <FollowButton room={room} member={member} onJump={place.onJump} />
        )}
        {place === undefined ? (
          <span className="person-name absent">
            <span>{member.name}</span>
          </span>
        ) : (
          <JumpButton room={room} member={member} {...place} />
        )}
        {isManaged ? <RoleSelect room={room} member={member} /> : <span className="person-role">{member.role}</span>}
        {(isManaged || isAccount) && (
          <button
            type="button"
            className="icon-button person-more"
            aria-label={`More about ${member.name}`}
            aria-expanded={isOpen}
            aria-controls={id}
            onClick={() => setOpen(!isOpen)}
          >
            <Icon name="more" size={18} />
          </button>
        )}
      </div>
      <div id={id} hidden={!isOpen}>
        {isOpen && <Choices room={room} member={member} isManaged={isManaged} isAccount={isAccount} onGone={onGone} />}
      </div>
    </li>
  );
}

interface JumpButtonProps {
  room: OpenRoom;
  member: Member;
  file: string | null;
  onJump: () => void;
}

function JumpButton({ room, member, file, onJump }: JumpButtonProps) {
  const jump = () => {
    if (room.showMember(member.id)) onJump();
    else showToast(`${member.name} has no place in the code yet`);
  };
  return (
    <button type="button" className="person-name" onClick={jump} title={`Go to where ${member.name} is`}>
      <span>
        <span className="sr-only">Go to </span>
        {member.name}
      </span>
      {file !== null && <small>{file}</small>}
    </button>
  );
}

/** The editor goes where they go, until one goes elsewhere. */
function FollowButton({ room, member, onJump }: { room: OpenRoom; member: Member; onJump: () => void }) {
  const isFollowed = useStore(room.followed) === member.id;
  const follow = () => {
    room.followed.set(isFollowed ? null : member.id);
    if (!isFollowed) onJump();
  };
  return (
    <button
      type="button"
      className="person-follow"
      aria-pressed={isFollowed}
      title={isFollowed ? `Stop following ${member.name}` : `Follow ${member.name}`}
      onClick={follow}
    >
      <Avatar name={member.name} color={member.color} size={32} />
      <Icon name="eye" size={14} />
      <span className="sr-only">Follow {member.name}</span>
    </button>
  );
}

function RoleSelect({ room, member }: { room: OpenRoom; member: Member }) {
  return (
    <select
      className="select small"
      aria-label={`Role of ${member.name}`}
      value={member.role}
      onChange={(event) => void room.changeRole(member.id, event.target.value as GivenRole).catch(showProblem)}
    >
      <option value="editor">Editor</option>
      <option value="viewer">Viewer</option>
    </select>
  );
}

type Step = 'hand-over' | 'remove' | 'ban';

interface ChoicesProps {
  room: OpenRoom;
  member: Member;
  isManaged: boolean;
  isAccount: boolean;
  onGone: () => void;
}

function Choices({ room, member, isManaged, isAccount, onGone }: ChoicesProps) {
  const [step, setStep] = useState<Step | null>(null);
  const choices = useRef<HTMLDivElement>(null);
  const left = useRef<Step | null>(null);
  useEffect(() => {
    // Back from a question, the focus is where it came from.
    if (step === null && left.current !== null) {
      choices.current?.querySelector<HTMLElement>(`[data-step="${left.current}"]`)?.focus();
    }
    left.current = step;
  }, [step]);
  if (step !== null) {
    const back = () => setStep(null);
    return <StepQuestion room={room} member={member} step={step} onCancel={back} onGone={onGone} />;
  }
  return (
    <div ref={choices} className="person-choices">
      {isAccount && member.accountId !== null && (
        <>
          <a className="button small" href={personPath(member.accountId)} target="_blank" rel="noopener">
            Profile<span className="sr-only"> of {member.name}, in a new tab</span>
          </a>
          <AddFriend accountId={member.accountId} name={member.name} />
        </>
      )}
      {isManaged && (
        <>
          <button type="button" className="button small" data-step="hand-over" onClick={() => setStep('hand-over')}>
            Make owner
          </button>
          <button type="button" className="button small" data-step="remove" onClick={() => setStep('remove')}>
            Remove
          </button>
          <button type="button" className="button small" data-step="ban" onClick={() => setStep('ban')}>
            Ban
          </button>
        </>
      )}
    </div>
  );
}

interface StepQuestionProps {
  room: OpenRoom;
  member: Member;
  step: Step;
  onCancel: () => void;
  onGone: () => void;
}

function StepQuestion({ room, member, step, onCancel, onGone }: StepQuestionProps) {
  const cancel = useRef<HTMLButtonElement>(null);
  useEffect(() => cancel.current?.focus(), []);
  const { text, confirm, act } = questions[step];
  const id = useId();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields
    <div className="person-question" role="group" aria-labelledby={id}>
      <p id={id}>{text(member)}</p>
      <div className="person-choices">
        <button ref={cancel} type="button" className="button small" onClick={onCancel}>
          Cancel
        </button>
        <button
          type="button"
          className={step === 'hand-over' ? 'button small primary' : 'button small danger'}
          onClick={() => {
            onCancel();
            act(room, member).then(step === 'hand-over' ? undefined : onGone, showProblem);
          }}
        >
          {confirm(member)}
        </button>
      </div>
    </div>
  );
}

interface StepTexts {
  text: (member: Member) => string;
  confirm: (member: Member) => string;
  act: (room: OpenRoom, member: Member) => Promise<void>;
}

const questions: Record<Step, StepTexts> = {
  'hand-over': {
    text: ({ name }) => `The room becomes ${name}’s. You stay as an editor.`,
    confirm: ({ name }) => `Hand over to ${name}`,
    act: (room, { id }) => room.ask(`/members/${id}/hand-over`, { method: 'POST' }),
  },
  remove: {
    text: ({ name }) => `${name} has to leave now, and can come back as others come in.`,
    confirm: ({ name }) => `Remove ${name}`,
    act: (room, { id }) => room.ask(`/members/${id}`, { method: 'DELETE' }),
  },
  ban: {
    text: ({ name, accountId }) =>
      accountId === null
        ? `${name} has to leave now. Nobody from their network can come in as a guest any more.`
        : `${name} has to leave now, and cannot come back.`,
    confirm: ({ name }) => `Ban ${name}`,
    act: (room, { id }) => room.ask(`/members/${id}?ban=true`, { method: 'DELETE' }),
  },
};

function AddFriend({ accountId, name }: { accountId: string; name: string }) {
  const view = useStore(friendsView);
  useEffect(loadFriends, []);
  if (view.name !== 'shown') return null;
  const friend = view.friends.find(({ person }) => person.id === accountId);
  if (friend !== undefined) {
    return <span className="chip">{friend.state === 'accepted' ? 'Your friend' : 'Asked to be friends'}</span>;
  }
  const ask = () => {
    requestFriend({ person: { id: accountId, name, picture: null } }).then(
      () => showToast(`${name} has been asked`),
      showProblem,
    );
  };
  return (
    <button type="button" className="button small" onClick={ask}>
      Add as friend
    </button>
  );
}
