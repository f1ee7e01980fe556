/** Asks others in: one press copies the link, and shows it with the room's code, the view-only link, and friends. */
import type { Room } from '@coderoom/protocol';
import { useState } from 'react';
import { createLoaded } from '../../loaded.ts';
import { roomPath } from '../../navigation.ts';
import { Shown } from '../../shown.tsx';
import { useSelected, useStore } from '../../store.ts';
import { copyText } from '../layout/copy-text.ts';
import { Icon } from '../layout/icon.tsx';
import { Popover } from '../layout/popover.tsx';
import { announce } from '../notices/announcer.ts';
import { showProblem } from '../notices/toasts.ts';
import { session } from '../session/browser-session.ts';
import type { OpenRoom } from './open-room.ts';
import { ownRole } from './room-events.ts';

type Copied = 'nothing' | 'link' | 'code' | 'view-only link' | 'failed';

const qrCode = createLoaded(() => import('./qr-code.tsx'));
const inviteFriends = createLoaded(() => import('../friends/invite-friends.tsx'));

export function InviteButton({ room, isNarrow }: { room: OpenRoom; isNarrow: boolean }) {
  const isSignedIn = useStore(session.state).name === 'signed-in';
  const [copied, setCopied] = useState<Copied>('nothing');
  const [isCodeShown, setCodeShown] = useState(false);
  const link = linkOf(room.code);
  const copy = async (text: string, what: Exclude<Copied, 'nothing' | 'failed'>) => {
    const isCopied = await copyText(text);
    setCopied(isCopied ? what : 'failed');
    announce(isCopied ? `The ${what} is copied` : 'Copying is not allowed here: select it and copy it by hand');
  };
  /** Nobody asked for this copy: when it cannot be had, the buttons remain. */
  const copyAhead = async () => {
    setCopied('nothing');
    if (!(await copyText(link))) return;
    setCopied('link');
    announce('The link is copied');
  };
  return (
    <Popover
      label="Invite people"
      triggerClass={isNarrow ? 'icon-button' : 'button primary'}
      triggerLabel="Invite"
      trigger={
        <>
          <Icon name="link" />
          {!isNarrow && 'Invite'}
        </>
      }
      onOpen={() => void copyAhead()}
    >
      {() => (
        <div className="panel invite">
          <h2>Invite people</h2>
          <Explanation room={room} />
          <div className="invite-row">
            <LinkField label="Link to this room" link={link} />
            <CopyButton what="link" isDone={copied === 'link'} onCopy={() => void copy(link, 'link')} />
          </div>
          <div className="invite-code">
            <span>
              or by the code <code>{room.code}</code>
            </span>
            <CopyButton what="code" isDone={copied === 'code'} onCopy={() => void copy(room.code, 'code')} />
          </div>
          <button
            type="button"
            className="button"
            aria-expanded={isCodeShown}
            onClick={() => setCodeShown(!isCodeShown)}
          >
            <Icon name="rooms" />
            {isCodeShown ? 'Hide the QR code' : 'Show a QR code'}
          </button>
          {isCodeShown && <Shown page={qrCode} props={{ link, label: 'QR code of the link to this room' }} isPart />}
          <ViewLink
            room={room}
            isDone={copied === 'view-only link'}
            onCopy={(viewLink) => void copy(viewLink, 'view-only link')}
          />
          {copied === 'failed' && (
            <p className="field-problem">
              This browser does not let the page copy: select the link and copy it by hand.
            </p>
          )}
          {typeof navigator.share === 'function' && (
            <button
              type="button"
              className="button"
              onClick={() => void navigator.share({ title: 'Coderoom', url: link }).catch(() => {})}
            >
              <Icon name="share" />
              Share …
            </button>
          )}
          {isSignedIn && <Shown page={inviteFriends} props={{ room }} isPart />}
        </div>
      )}
    </Popover>
  );
}

function linkOf(code: string): string {
  return `${location.origin}${roomPath(code)}`;
}

function Explanation({ room }: { room: OpenRoom }) {
  const now = useSelected(room.events.state, (state) => state.room);
  const role = useSelected(room.events.state, ownRole);
  return <p className="panel-text">{explanationOf(now, role === 'viewer')}</p>;
}

/** What somebody with the link may do, as the room stands. */
function explanationOf({ status, lobby, hasPassword, visibility }: Room, isViewer: boolean): string {
  if (status === 'ended') return 'The room has ended: whoever was in it can still read it.';
  const waits = status === 'waiting' ? ' They wait until the room is started.' : '';
  if (hasPassword) return `Whoever has this link and the room’s password comes in. Send the password apart.${waits}`;
  if (lobby) return `Whoever opens this link asks to join, and the owner lets them in.${waits}`;
  if (visibility === 'private') return 'This room is private: only friends whom its owner invites come in.';
  if (isViewer) return `Whoever opens this link comes into the room. No account is needed.${waits}`;
  return `Whoever opens this link is in the room and can edit. No account is needed.${waits}`;
}

interface ViewLinkProps {
  room: OpenRoom;
  isDone: boolean;
  onCopy: (link: string) => void;
}

/** The second link, by which one can only look; the owner makes it. */
function ViewLink({ room, isDone, onCopy }: ViewLinkProps) {
  const viewCode = useSelected(room.events.state, (state) => state.room.viewCode);
  const isEnded = useSelected(room.events.state, (state) => state.room.status === 'ended');
  const role = useSelected(room.events.state, ownRole);
  if (viewCode !== null && role !== 'viewer') {
    const link = linkOf(viewCode);
    return (
      <>
        <p className="panel-text">To look on, without editing:</p>
        <div className="invite-row">
          <LinkField label="View-only link" link={link} />
          <CopyButton what="view-only link" isDone={isDone} onCopy={() => onCopy(link)} />
        </div>
      </>
    );
  }
  if (role !== 'owner' || isEnded) return null;
  return (
    <button type="button" className="button" onClick={() => void room.change({ viewLink: true }).catch(showProblem)}>
      <Icon name="eye" />
      Make a view-only link
    </button>
  );
}

function LinkField({ label, link }: { label: string; link: string }) {
  return (
    <input
      className="field mono"
      aria-label={label}
      readOnly
      value={link}
      onFocus={(event) => event.currentTarget.select()}
    />
  );
}

function CopyButton({ what, isDone, onCopy }: { what: string; isDone: boolean; onCopy: () => void }) {
  return (
    <button type="button" className="button copy" data-done={isDone} onClick={onCopy}>
      <Icon name={isDone ? 'check' : 'copy'} size={16} />
      {isDone ? 'Copied' : 'Copy'}
      <span className="sr-only"> {what}</span>
    </button>
  );
}
