/** The call while one is in it: how one is connected to everybody, what to do where one is not, and the devices. */
import { useSelected, useStore } from '../../store.ts';
import { Disclosure } from '../layout/disclosure.tsx';
import { Icon } from '../layout/icon.tsx';
import { Avatar } from '../members/avatar.tsx';
import type { OpenRoom } from '../rooms/open-room.ts';
import { DeviceChoices } from './device-choices.tsx';
import { linkView } from './link-view.ts';
import { MediaProblems } from './media-buttons.tsx';
import type { CallPeer, RoomCall } from './room-call.ts';
import { cameraKey, microphoneKey } from './use-call-keys.ts';

export function InCall({ room, call }: { room: OpenRoom; call: RoomCall }) {
  const peers = useStore(call.peers);
  const phase = useStore(call.phase);
  return (
    <div className="call-panel">
      {phase.name !== 'in' && (
        <p className="note plain" role="status">
          The connection to the server is lost. You come back into the call by yourself.
        </p>
      )}
      {peers.length === 0 ? (
        <p className="panel-text">You are the only one in the call. The others see that you are there.</p>
      ) : (
        <ul className="call-people" aria-label="In the call with you">
          {peers.map((peer) => (
            <PeerRow key={peer.participant.peerId} room={room} call={call} peer={peer} />
          ))}
        </ul>
      )}
      <MediaProblems media={call.media} />
      <Disclosure title="Devices">
        {() => <DeviceChoices media={call.media} onSpeaker={(id) => call.setSpeaker(id)} />}
      </Disclosure>
      <p className="panel-text call-keys">
        <kbd>{microphoneKey.label}</kbd> mutes, <kbd>{cameraKey.label}</kbd> turns the camera on and off.
      </p>
      <button type="button" className="button danger" onClick={() => call.leave()}>
        <Icon name="hang-up" />
        Leave the call
      </button>
    </div>
  );
}

function PeerRow({ room, call, peer }: { room: OpenRoom; call: RoomCall; peer: CallPeer }) {
  const { participant, link } = peer;
  const member = useSelected(room.events.state, ({ members }) => members.find(({ id }) => id === participant.memberId));
  const view = linkView(useStore(link.state), call);
  const name = member?.name ?? 'Somebody';
  return (
    <li>
      <div className="person">
        <Avatar name={name} color={member?.color ?? 'gray'} size={32} />
        <span className="person-name">
          <span>{name}</span>
          <small data-tone={view.tone}>{view.text}</small>
        </span>
        {!participant.media.microphone && (
          <span className="person-role" title="Muted">
            <Icon name="microphone-off" />
            <span className="sr-only">Muted</span>
          </span>
        )}
      </div>
      {view.help !== null && (
        <div className="call-help">
          <p className="note plain">{view.help}</p>
          <button type="button" className="button small" onClick={() => link.retry()}>
            Try again<span className="sr-only"> to reach {name}</span>
          </button>
        </div>
      )}
    </li>
  );
}
