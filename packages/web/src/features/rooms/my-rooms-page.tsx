/** The rooms one is a member of, on whatever device, and making another. */
import type { OwnRoomListing } from '@coderoom/protocol';
import { useEffect, useState } from 'react';
import { useStore } from '../../store.ts';
import { languages, loadLanguages } from '../languages/languages.ts';
import { Icon } from '../layout/icon.tsx';
import { Empty } from '../layout/list-states.tsx';
import { Page } from '../layout/page.tsx';
import { PagedItems } from '../layout/paged-items.tsx';
import { NeedsAccount } from '../session/needs-account.tsx';
import { NewRoomDialog } from './new-room-dialog.tsx';
import { useOwnRooms } from './own-rooms.ts';
import { RoomRow } from './room-row.tsx';

export default function MyRoomsPage() {
  return (
    <NeedsAccount
      title="My rooms"
      page="rooms"
      text="With an account your rooms are here, on every device. The rooms of this browser will be kept in it."
    >
      {() => <MyRooms />}
    </NeedsAccount>
  );
}

function MyRooms() {
  const [isMaking, setMaking] = useState(false);
  const { list, state } = useOwnRooms();
  useStore(languages); // for their names
  useEffect(() => {
    loadLanguages().catch(() => {}); // their ids are shown then
  }, []);
  return (
    <Page
      title="My rooms"
      page="rooms"
      action={
        <button type="button" className="button primary" onClick={() => setMaking(true)}>
          <Icon name="plus" size={16} />
          New room
        </button>
      }
    >
      <PagedItems
        what="My rooms"
        list={list}
        state={state}
        className="room-rows"
        byScrolling
        empty={
          <Empty>
            <p>No rooms yet. Rooms that you make or join while you are signed in are listed here.</p>
            <button type="button" className="button primary" onClick={() => setMaking(true)}>
              Make your first room
            </button>
          </Empty>
        }
      >
        {(room) => <RoomRow key={room.id} room={room} facts={<span>{roleText(room)}</span>} />}
      </PagedItems>
      {isMaking && <NewRoomDialog onClose={() => setMaking(false)} />}
    </Page>
  );
}

function roleText({ role, ownerName }: OwnRoomListing): string {
  if (role === 'owner') return 'yours';
  return role === 'viewer' ? `${ownerName}’s, to view` : `${ownerName}’s`;
}
