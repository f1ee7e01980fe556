/** Which page is shown. Each but the first is loaded when it is needed; the room's page, shortly before. */
import { StrictMode } from 'react';
import { navigation } from './browser-navigation.ts';
import { Notices } from './features/notices/notices.tsx';
import { followSession } from './features/rooms/account-rooms.ts';
import { beginJoin } from './features/rooms/join-room.ts';
import { Landing } from './features/rooms/landing.tsx';
import { MessagePage } from './features/rooms/message-page.tsx';
import { session } from './features/session/browser-session.ts';
import { createLoaded } from './loaded.ts';
import { Shown } from './shown.tsx';
import { useStore } from './store.ts';

const roomPage = createLoaded(() => import('./features/rooms/room-page.tsx'));
const personPage = createLoaded(() => import('./features/profiles/person-page.tsx'));
const signInAgain = createLoaded(() => import('./features/session/sign-in-again.tsx'));
const pages = {
  'sign-in': createLoaded(() => import('./features/session/sign-in-page.tsx')),
  'sign-up': createLoaded(() => import('./features/session/sign-up-page.tsx')),
  'signed-in': createLoaded(() => import('./features/session/signed-in-page.tsx')),
  account: createLoaded(() => import('./features/accounts/account-page.tsx')),
  rooms: createLoaded(() => import('./features/rooms/my-rooms-page.tsx')),
  'public-rooms': createLoaded(() => import('./features/rooms/public-rooms-page.tsx')),
  friends: createLoaded(() => import('./features/friends/friends-page.tsx')),
};

// A link to a room was opened: join while the page that shows it is still being loaded.
const first = navigation.route.get();
if (first.name === 'room') {
  beginJoin(first.code);
  roomPage.load();
}

followSession(session.state);
// What friends do is told on every page, once the page itself is there.
const accountLink = createLoaded(() => import('./features/friends/account-link.ts'));
accountLink.state.subscribe(() => {
  const loaded = accountLink.state.get();
  if (loaded.name === 'loaded') loaded.value();
});
function linkWhenSignedIn(): void {
  if (session.state.get().name === 'signed-in') accountLink.load();
}
linkWhenSignedIn();
session.state.subscribe(linkWhenSignedIn);

export function App() {
  const isLost = useStore(session.state).name === 'lost';
  return (
    <StrictMode>
      <Page />
      {isLost && <Shown page={signInAgain} props={{}} isPart />}
      <Notices />
    </StrictMode>
  );
}

function Page() {
  const route = useStore(navigation.route);
  switch (route.name) {
    case 'landing':
      return <Landing prepareRoom={roomPage.load} />;
    case 'room':
      return <Shown key={route.code} page={roomPage} props={{ code: route.code }} />;
    case 'person':
      return <Shown key={route.id} page={personPage} props={{ id: route.id }} />;
    case 'unknown':
      return <MessagePage title="There is nothing here" text="This address leads nowhere." />;
    default:
      return <Shown key={route.name} page={pages[route.name]} props={{}} />;
  }
}
