/** Which page is shown. The room's page is loaded when it is needed, or shortly before. */
import { lazy, StrictMode, Suspense } from 'react';
import { navigation } from './browser-navigation.ts';
import { Notices } from './features/notices/notices.tsx';
import { beginJoin } from './features/rooms/join-room.ts';
import { Landing } from './features/rooms/landing.tsx';
import { MessagePage } from './features/rooms/message-page.tsx';
import { useStore } from './store.ts';

const loadRoomPage = () => import('./features/rooms/room-page.tsx');
const RoomPage = lazy(loadRoomPage);
const prepareRoom = () => void loadRoomPage();

// A link to a room was opened: join while the page that shows it is still being loaded.
const first = navigation.route.get();
if (first.name === 'room') {
  beginJoin(first.code);
  prepareRoom();
}

export function App() {
  return (
    <StrictMode>
      <Page />
      <Notices />
    </StrictMode>
  );
}

function Page() {
  const route = useStore(navigation.route);
  switch (route.name) {
    case 'landing':
      return <Landing prepareRoom={prepareRoom} />;
    case 'room':
      return (
        <Suspense fallback={<div className="room-loading" />}>
          <RoomPage key={route.code} code={route.code} />
        </Suspense>
      );
    case 'unknown':
      return <MessagePage title="There is nothing here" text="This address leads nowhere." />;
    default:
      return route satisfies never;
  }
}
