/** Which page is shown. The room's page is loaded when it is needed, or shortly before. */
import { StrictMode, useEffect } from 'react';
import { navigation } from './browser-navigation.ts';
import { Notices } from './features/notices/notices.tsx';
import { beginJoin } from './features/rooms/join-room.ts';
import { Landing } from './features/rooms/landing.tsx';
import { MessagePage } from './features/rooms/message-page.tsx';
import { createLoaded } from './loaded.ts';
import { useStore } from './store.ts';

const roomPage = createLoaded(() => import('./features/rooms/room-page.tsx'));

// A link to a room was opened: join while the page that shows it is still being loaded.
const first = navigation.route.get();
if (first.name === 'room') {
  beginJoin(first.code);
  roomPage.load();
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
      return <Landing prepareRoom={roomPage.load} />;
    case 'room':
      return <Room key={route.code} code={route.code} />;
    case 'unknown':
      return <MessagePage title="There is nothing here" text="This address leads nowhere." />;
    default:
      return route satisfies never;
  }
}

function Room({ code }: { code: string }) {
  const page = useStore(roomPage.state);
  useEffect(roomPage.load, []);
  switch (page.name) {
    case 'waiting':
      return null;
    case 'loaded':
      return <page.value code={code} />;
    case 'failed':
      return (
        <MessagePage
          title="The page could not be loaded"
          text="The connection broke off, or the server has been renewed in the meantime."
          action={{ label: 'Reload', act: () => location.reload() }}
        />
      );
    default:
      return page satisfies never;
  }
}
