/** The call beneath the code: who is in it, one of them enlarged, and one's own switches. */
import { useEffect, useRef } from 'react';
import { useSelected, useStore } from '../../store.ts';
import { Icon } from '../layout/icon.tsx';
import { Popover } from '../layout/popover.tsx';
import { dismissToast, showToast } from '../notices/toasts.ts';
import type { OpenRoom } from '../rooms/open-room.ts';
import { CallTile, type Tile } from './call-tile.tsx';
import { DeviceChoices } from './device-choices.tsx';
import { CameraButton, MediaProblems, MicrophoneButton, ScreenButton } from './media-buttons.tsx';
import { Picture } from './picture.tsx';
import type { CallPeer, RoomCall } from './room-call.ts';
import { useCallKeys } from './use-call-keys.ts';
import { useTiles } from './use-tiles.ts';
import '../../styles/forms.css';
import './calls.css';

export default function CallDock({ room }: { room: OpenRoom }) {
  const call = useStore(room.call);
  return call === null ? null : <Dock room={room} call={call} />;
}

function Dock({ room, call }: { room: OpenRoom; call: RoomCall }) {
  const tiles = useTiles(room, call);
  const phase = useStore(call.phase);
  const enlarged = useStore(call.enlarged);
  const setEnlarged = call.enlarged.set;
  useCallKeys(call.media);
  useScreenNotice(call, tiles, enlarged);
  const large = tiles.find(({ key, track }) => key === enlarged && track !== null);
  const hasPictures = tiles.some(({ track }) => track !== null);
  return (
    <section className="call-dock" aria-label="Ongoing call">
      {large !== undefined && <Stage tile={large} onClose={() => setEnlarged(null)} />}
      <MediaProblems media={call.media} />
      <div className="call-strip" data-pictures={hasPictures}>
        <ul className="call-tiles" aria-label="In the call">
          {tiles.map((tile) => (
            <CallTile key={tile.key} call={call} tile={tile} onEnlarge={() => setEnlarged(tile.key)} />
          ))}
        </ul>
        <div className="call-controls">
          {phase.name !== 'in' && (
            <span className="call-phase" role="status">
              Reconnecting …
            </span>
          )}
          <SoundButton call={call} />
          <MicrophoneButton media={call.media} />
          <CameraButton media={call.media} />
          <ScreenButton media={call.media} />
          <Popover
            label="Devices"
            triggerClass="call-button"
            triggerLabel="Devices"
            trigger={<Icon name="settings" size={20} />}
          >
            {() => (
              <div className="panel">
                <h2>Devices</h2>
                <DeviceChoices media={call.media} onSpeaker={(id) => call.setSpeaker(id)} />
              </div>
            )}
          </Popover>
          <button
            type="button"
            className="call-button leave"
            aria-label="Leave the call"
            title="Leave the call"
            onClick={() => call.leave()}
          >
            <Icon name="hang-up" size={20} />
          </button>
        </div>
      </div>
    </section>
  );
}

function Stage({ tile, onClose }: { tile: Tile; onClose: () => void }) {
  const stage = useRef<HTMLDivElement>(null);
  if (tile.track === null) return null;
  const title = tile.what === 'screen' ? `${tile.name}’s screen` : tile.name;
  return (
    <div ref={stage} className="call-stage">
      <Picture track={tile.track} label={title} isMirrored={tile.peer === undefined && tile.what === 'camera'} />
      <div className="call-stage-bar">
        <span>{title}</span>
        {document.fullscreenEnabled && (
          <button type="button" className="button small" onClick={() => void stage.current?.requestFullscreen()}>
            Full screen
          </button>
        )}
        <button
          type="button"
          className="button small"
          onClick={() => {
            if (document.fullscreenElement !== null) void document.exitFullscreen();
            onClose();
          }}
        >
          Smaller
        </button>
      </div>
    </div>
  );
}

/** A screen in a tile cannot be read: whoever wants to see it has it one press away. */
function useScreenNotice(call: RoomCall, tiles: Tile[], enlarged: string | null): void {
  useEffect(() => {
    const screens = tiles.filter(({ what }) => what === 'screen');
    for (const [key, toast] of call.screenToasts) {
      const isOver = key === enlarged || screens.every((screen) => screen.key !== key);
      if (isOver) dismissToast(toast);
    }
    call.screenToasts = new Map(
      screens.map(({ key, name }) => {
        const action = { label: 'Enlarge', act: () => call.enlarged.set(key) };
        return [key, call.screenToasts.get(key) ?? showToast(`${name} shares the screen`, { action })];
      }),
    );
  }, [call, tiles, enlarged]);
}

/** Shown while the browser holds back what the others say. */
function SoundButton({ call }: { call: RoomCall }) {
  const peers = useStore(call.peers);
  return peers.map((peer) => <BlockedSound key={peer.participant.peerId} call={call} peer={peer} peers={peers} />);
}

function BlockedSound({ call, peer, peers }: { call: RoomCall; peer: CallPeer; peers: readonly CallPeer[] }) {
  const isBlocked = useSelected(peer.sound.isBlocked, (blocked) => blocked);
  // Once is enough, whoever it is that is not heard.
  const isFirst = peers.find(({ sound }) => sound.isBlocked.get()) === peer;
  if (!isBlocked || !isFirst) return null;
  return (
    <button type="button" className="button small primary" onClick={() => call.playSound()}>
      Turn the sound on
    </button>
  );
}
