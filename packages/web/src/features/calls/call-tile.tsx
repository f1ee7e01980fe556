/** Somebody in the call, or their screen: picture or disc, name, whether they can be heard, and how one is connected. */
import type { Member } from '@coderoom/protocol';
import { useStore } from '../../store.ts';
import { Icon } from '../layout/icon.tsx';
import { Avatar } from '../members/avatar.tsx';
import { linkView } from './link-view.ts';
import { Picture } from './picture.tsx';
import type { CallPeer, RoomCall } from './room-call.ts';

/** What a tile shows, told apart by its key. */
export interface Tile {
  key: string;
  what: 'camera' | 'screen';
  name: string;
  member: Member | undefined;
  track: MediaStreamTrack | null;
  isMuted: boolean;
  isSpeaking: boolean;
  /** Undefined: it is one's own. */
  peer: CallPeer | undefined;
}

export interface CallTileProps {
  call: RoomCall;
  tile: Tile;
  onEnlarge: () => void;
}

export function CallTile({ call, tile, onEnlarge }: CallTileProps) {
  const { name, member, track, peer } = tile;
  const isScreen = tile.what === 'screen';
  const label = isScreen ? `${name}’s screen` : peer === undefined ? 'You' : name;
  return (
    <li className="call-tile" data-speaking={tile.isSpeaking} data-what={tile.what} data-picture={track !== null}>
      {track === null ? (
        <Avatar name={name} color={member?.color ?? 'gray'} size={40} />
      ) : (
        <Picture track={track} label={label} isMirrored={peer === undefined && !isScreen} />
      )}
      <span className="call-tile-name">
        {!isScreen && tile.isMuted && (
          <>
            <Icon name="microphone-off" size={14} />
            <span className="sr-only">Muted: </span>
          </>
        )}
        <span>{label}</span>
      </span>
      {peer !== undefined && !isScreen && <TileState call={call} peer={peer} />}
      {track !== null && (
        <button
          type="button"
          className="call-tile-enlarge"
          aria-label={`Enlarge ${peer === undefined ? 'yourself' : label}`}
          onClick={onEnlarge}
        >
          <span className="call-enlarge">
            <Icon name="enlarge" size={16} />
          </span>
        </button>
      )}
    </li>
  );
}

/** Said where not all is well; how, stands in the panel. */
function TileState({ call, peer }: { call: RoomCall; peer: CallPeer }) {
  const view = linkView(useStore(peer.link.state), call);
  if (view.tone === 'good') return null;
  return (
    <span className="call-tile-state" data-tone={view.tone} role="status">
      {view.text}
      {view.tone === 'bad' && (
        <button type="button" className="button small" onClick={() => peer.link.retry()}>
          Try again
        </button>
      )}
    </span>
  );
}
