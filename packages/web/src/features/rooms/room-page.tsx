/** The page of one room: being let in, the room itself, or why it cannot be shown. */
import { useEffect, useState } from 'react';
import { navigation } from '../../browser-navigation.ts';
import { createLoaded } from '../../loaded.ts';
import { roomPath, signInPath } from '../../navigation.ts';
import { Shown } from '../../shown.tsx';
import { useStore } from '../../store.ts';
import { copyText } from '../layout/copy-text.ts';
import { Link } from '../layout/link.tsx';
import { Logo } from '../layout/logo.tsx';
import { showToast } from '../notices/toasts.ts';
import { session } from '../session/browser-session.ts';
import { MessagePage } from './message-page.tsx';
import { type RoomFailure, RoomSession } from './room-session.ts';
import { RoomView } from './room-view.tsx';
import './room.css';

const passwordPage = createLoaded(() => import('./password-page.tsx'));
const waitingPage = createLoaded(() => import('./waiting-page.tsx'));

export default function RoomPage({ code }: { code: string }) {
  const [opened, setOpened] = useState<RoomSession | null>(null);
  useEffect(() => {
    const room = new RoomSession(code);
    setOpened(room);
    return () => room.leave();
  }, [code]);
  return opened === null ? <RoomLoading /> : <RoomPhases room={opened} />;
}

function RoomPhases({ room }: { room: RoomSession }) {
  const phase = useStore(room.phase);
  switch (phase.name) {
    case 'joining':
      return <RoomLoading />;
    case 'password':
      return <Shown page={passwordPage} props={{ door: room.door }} />;
    case 'waiting':
      return (
        <Shown page={waitingPage} props={{ door: room.door, knock: phase.knock, isReachable: phase.isReachable }} />
      );
    case 'elsewhere':
      return <Elsewhere code={phase.code} />;
    case 'open':
      return <RoomView room={phase.room} />;
    case 'failed': {
      const { title, text, retry, offersSignIn = false } = failures[phase.failure];
      const action = retry === null ? {} : { action: { label: retry, act: () => room.retry() } };
      return (
        <MessagePage title={title} text={text || phase.message} {...action}>
          {phase.unsavedText !== null && <UnsavedText text={phase.unsavedText} />}
          {offersSignIn && <SignInOffer />}
        </MessagePage>
      );
    }
    default:
      return phase satisfies never;
  }
}

/** The room is known by another code: its page is there. */
function Elsewhere({ code }: { code: string }) {
  useEffect(() => navigation.go(roomPath(code), { replace: true }), [code]);
  return <RoomLoading />;
}

function SignInOffer() {
  const isSignedIn = useStore(session.state).name === 'signed-in';
  if (isSignedIn) return null;
  return (
    <Link className="button primary" href={signInPath(location.pathname)}>
      Sign in
    </Link>
  );
}

function RoomLoading() {
  return (
    <main className="room-loading" aria-busy="true">
      <h1 className="sr-only">Opening the room …</h1>
      <Logo size={44} />
    </main>
  );
}

/** Edits that were not saved are still here: they can be taken along. */
function UnsavedText({ text }: { text: string }) {
  const copy = async () => showToast((await copyText(text)) ? 'Copied' : 'This browser does not let the page copy.');
  return (
    <div className="message-unsaved">
      <p>Some of your edits were not saved. This is the text as you had it:</p>
      <textarea className="field mono" aria-label="Your text" readOnly rows={8} value={text} />
      <button type="button" className="button" onClick={() => void copy()}>
        Copy the text
      </button>
    </div>
  );
}

/** `text` empty: the server's own words. */
const failures: Record<RoomFailure, { title: string; text: string; retry: string | null; offersSignIn?: boolean }> = {
  'not-found': {
    title: 'There is no such room',
    text: 'The link may be mistyped, or the room has been deleted. Ask for the link again, or make a room of your own.',
    retry: null,
  },
  full: {
    title: 'This room is full',
    text: 'As many people are in it as it takes. Try again when somebody has left.',
    retry: 'Try again',
  },
  'membership-ended': {
    title: 'You are no longer in this room',
    text: 'The owner has ended your membership.',
    retry: 'Join again',
  },
  'signed-out': {
    title: 'You are signed out',
    text: 'You were in this room with your account. Sign in to go on as who you were, or join as a guest.',
    retry: 'Join as a guest',
    offersSignIn: true,
  },
  replaced: {
    title: 'You are somebody new here',
    text: 'After so long away, or with another sign-in, the room no longer knew you, and has taken you in under a new name.',
    retry: 'Open the room',
  },
  banned: {
    title: 'You cannot come into this room',
    text: '',
    retry: null,
  },
  private: {
    title: 'This room is private',
    text: 'Only people whom its owner has invited come in. If you are one of them, sign in with that account.',
    retry: 'Try again',
    offersSignIn: true,
  },
  'not-admitted': {
    title: 'You were not let in',
    text: 'The owner of the room has declined.',
    retry: 'Ask again',
  },
  'waited-too-long': {
    title: 'You are no longer waiting',
    text: 'The connection was away for too long, or the room is no longer open.',
    retry: 'Ask again',
  },
  ended: {
    title: 'This room has ended',
    text: 'Only those who were in it can still read it.',
    retry: null,
    offersSignIn: true,
  },
  deleted: {
    title: 'This room has been deleted',
    text: 'Its owner has deleted it, with everything in it.',
    retry: null,
  },
  unreachable: {
    title: 'The server cannot be reached',
    text: 'Check your connection. Nothing is lost: the room is kept on the server.',
    retry: 'Try again',
  },
  unavailable: {
    title: 'The server cannot open the room right now',
    text: 'It is being restarted, or its storage does not answer. Nothing is lost: try again in a moment.',
    retry: 'Try again',
  },
  'rate-limited': {
    title: 'Too many at once',
    text: 'A lot has been asked for from your network within a minute. Wait a moment and try again.',
    retry: 'Try again',
  },
  refused: {
    title: 'Your last edits were not taken',
    text: 'The server could not take them in: the room’s document may have reached its size limit. What was saved before is safe.',
    retry: 'Open the room again',
  },
  unexpected: { title: 'That did not work', text: '', retry: 'Try again' },
};
