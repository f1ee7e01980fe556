/** The account's own connection: what friends do, invitations, and the end of the session, told as they happen. */
import type { AccountClientEvents, AccountServerEvents } from '@coderoom/protocol';
import { io, type Socket } from 'socket.io-client';
import { navigation } from '../../browser-navigation.ts';
import { appPath, roomPath } from '../../navigation.ts';
import { showProblem, showToast } from '../notices/toasts.ts';
import { session } from '../session/browser-session.ts';
import type { FriendEvent } from './friend-events.ts';
import { acceptFriend, takeFriendEvent } from './friends.ts';

const events: readonly FriendEvent['name'][] = [
  'account:welcome',
  'friend:requested',
  'friend:accepted',
  'friend:removed',
  'friend:presence',
  'invitation:received',
  'invitation:removed',
];

const retryMs = 5_000;

/** Connects as long as somebody is signed in. Returns how to stop. */
export default function linkAccount(): () => void {
  let socket: Socket<AccountServerEvents, AccountClientEvents> | undefined;
  /** Whom the connection speaks for, and by which token. */
  let current: { accountId: string; token: string } | null = null;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;

  function connect(): void {
    socket = io('/account', {
      auth: (send) =>
        void session.accessToken().then(
          (fresh) => send({ token: fresh ?? '' }),
          () => send({ token: '' }),
        ),
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      forceNew: true,
    });
    for (const name of events) {
      socket.on(name, (event: object) => {
        takeFriendEvent({ name, ...event } as FriendEvent);
        tell({ name, ...event } as FriendEvent);
      });
    }
    socket.on('message:mentioned', ({ room, message }) => {
      const action = { label: 'Open', act: () => navigation.go(roomPath(room.id)) };
      showToast(`${message.memberName} mentioned you in ${room.title}`, { action });
    });
    socket.on('session:ended', () => void verify());
    socket.on('disconnect', (reason) => {
      if (reason === 'io server disconnect') retryLater();
    });
    socket.on('connect_error', () => {
      if (socket?.active === false) retryLater();
    });
  }

  /** The server hung up, or would not have us: the session may have ended. */
  function retryLater(): void {
    clearTimeout(retryTimer);
    retryTimer = setTimeout(
      () => void verify().then(() => socket?.disconnect().connect()),
      retryMs * (0.5 + Math.random()),
    );
  }

  /** Being told that it has ended is checked: the token may be an older sign-in's. */
  async function verify(): Promise<void> {
    const state = session.state.get();
    if (state.name === 'signed-in') await session.renew(state.accessToken).catch(() => {});
  }

  function follow(): void {
    const state = session.state.get();
    const before = current;
    current = state.name === 'signed-in' ? { accountId: state.account.id, token: state.accessToken } : null;
    if (current?.accountId !== before?.accountId) {
      clearTimeout(retryTimer);
      socket?.disconnect();
      if (current !== null) connect();
    } else if (current !== null && current.token !== before?.token && socket?.connected === true) {
      socket.emit('token:renew', { accessToken: current.token }, (ack) => {
        if (!ack.ok) socket?.disconnect().connect();
      });
    }
  }

  follow();
  const stop = session.state.subscribe(follow);
  return () => {
    stop();
    clearTimeout(retryTimer);
    socket?.disconnect();
  };
}

/** What somebody should notice, whatever page they are on. */
function tell(event: FriendEvent): void {
  if (event.name === 'friend:requested') {
    const { person } = event;
    showToast(`${person.name} wants to be your friend`, {
      action:
        navigation.route.get().name === 'friends'
          ? { label: 'Accept', act: () => void acceptFriend(person).catch(showProblem) }
          : { label: 'See', act: () => navigation.go(appPath('friends')) },
    });
  } else if (event.name === 'friend:accepted') {
    showToast(`${event.person.name} and you are friends now`);
  } else if (event.name === 'invitation:received') {
    const { from, room } = event.invitation;
    showToast(`${from.name} invites you to “${room.title}”`, {
      action: { label: 'Open', act: () => navigation.go(roomPath(room.id)) },
    });
  }
}
