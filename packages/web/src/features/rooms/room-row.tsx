/** A room as a row of a list: what it is, how it stands, and the way in. */
import type { RoomListing } from '@coderoom/protocol';
import type { ReactNode } from 'react';
import { roomPath } from '../../navigation.ts';
import { languageName } from '../languages/languages.ts';
import { Icon } from '../layout/icon.tsx';
import { Link } from '../layout/link.tsx';
import { formatAgo } from './time-ago.ts';
import './room-row.css';

export interface RoomRowProps {
  room: RoomListing;
  /** Beside how many are there. */
  facts: ReactNode;
}

export function RoomRow({ room, facts }: RoomRowProps) {
  const { code, title, description, language, hasPassword, lobby } = room;
  return (
    <li className="room-row">
      <Link href={roomPath(code)}>
        <span className="room-row-head">
          <span className="room-row-title">{title}</span>
          <RoomStanding room={room} />
        </span>
        {description !== '' && <span className="room-row-text">{description}</span>}
        <span className="row-facts">
          <span>{languageName(language)}</span>
          {facts}
          {hasPassword && (
            <span className="room-row-door">
              <Icon name="lock" size={14} /> password
            </span>
          )}
          {lobby && (
            <span className="room-row-door">
              <Icon name="door" size={14} /> ask to join
            </span>
          )}
          <time dateTime={room.lastActiveAt}>{formatAgo(Date.parse(room.lastActiveAt), Date.now())}</time>
        </span>
      </Link>
    </li>
  );
}

function RoomStanding({ room: { status, online, capacity } }: { room: RoomListing }) {
  switch (status) {
    case 'waiting':
      return (
        <span className="chip" data-tone="busy">
          Not started
        </span>
      );
    case 'ended':
      return <span className="chip">Ended</span>;
    case 'active':
      if (online === 0) return null;
      return (
        <span className="chip" data-tone="good">
          {online >= capacity ? `Full · ${online} here` : `${online} here`}
        </span>
      );
    default:
      return status satisfies never;
  }
}
