/** The rooms this browser has been in. */
import { roomPath } from '../../navigation.ts';
import { useStore } from '../../store.ts';
import { languageName, languages } from '../languages/languages.ts';
import { Icon } from '../layout/icon.tsx';
import { Link } from '../layout/link.tsx';
import { showToast } from '../notices/toasts.ts';
import { formatAgo } from './time-ago.ts';
import { forgetRoom, restoreRoom, type VisitedRoom, visitedRooms } from './visited-rooms.ts';

export function RecentRooms() {
  const rooms = useStore(visitedRooms);
  useStore(languages); // for their names
  return (
    <section className="recent" aria-labelledby="recent-title">
      <h2 id="recent-title">Recent rooms</h2>
      {rooms.length === 0 ? (
        <p className="recent-empty">Rooms you open are listed here, in this browser only.</p>
      ) : (
        <ul className="recent-list">
          {rooms.map((room) => (
            <RecentRoom key={room.code} room={room} />
          ))}
        </ul>
      )}
    </section>
  );
}

function RecentRoom({ room }: { room: VisitedRoom }) {
  const path = roomPath(room.code);
  const remove = () => {
    forgetRoom(room.code);
    showToast(`“${room.title}” is off the list`, { action: { label: 'Undo', act: () => restoreRoom(room) } });
  };
  return (
    <li className="recent-room">
      <Link href={path}>
        <span className="recent-name">{room.title}</span>
        <span className="recent-facts">
          <span>{languageName(room.language)}</span>
          <code>{room.code}</code>
          <time dateTime={room.visitedAt}>{formatAgo(Date.parse(room.visitedAt), Date.now())}</time>
        </span>
      </Link>
      <button type="button" className="icon-button" aria-label={`Remove ${room.title} from the list`} onClick={remove}>
        <Icon name="close" size={16} />
      </button>
    </li>
  );
}
