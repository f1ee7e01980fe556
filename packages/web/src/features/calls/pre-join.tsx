/** Before the call: who is in it, oneself in the picture, devices to choose, and joining with them or to listen only. */
import { limits } from '@coderoom/protocol';
import { useEffect, useRef, useState } from 'react';
import { useSelected, useStore } from '../../store.ts';
import { showProblem } from '../notices/toasts.ts';
import type { OpenRoom } from '../rooms/open-room.ts';
import { DeviceChoices } from './device-choices.tsx';
import { LoudnessBar } from './loudness-bar.tsx';
import { CameraButton, MediaProblems, MicrophoneButton } from './media-buttons.tsx';
import { OwnMedia } from './own-media.ts';
import { Picture } from './picture.tsx';
import { RoomCall } from './room-call.ts';

export function PreJoin({ room }: { room: OpenRoom }) {
  const [media, setMedia] = useState<OwnMedia | null>(null);
  const isEnded = useSelected(room.events.state, (state) => state.room.status === 'ended');
  const isTaken = useRef(false);
  useEffect(() => {
    const own = new OwnMedia();
    setMedia(own);
    return () => {
      // What was joined with goes on in the call.
      if (!isTaken.current) own.close();
    };
  }, []);
  const take = (taken: boolean) => {
    isTaken.current = taken;
  };
  if (isEnded) return <p className="panel-text">The room has ended, and its call with it.</p>;
  if (typeof RTCPeerConnection === 'undefined') {
    return <p className="panel-text">This browser cannot make calls. Any current one can.</p>;
  }
  if (media === null) return null;
  return (
    <div className="call-panel">
      <WhoIsIn room={room} />
      <Preview media={media} />
      <MediaProblems media={media} />
      <JoinButtons room={room} media={media} onTake={take} />
      <DeviceChoices media={media} onSpeaker={(id) => media.devices.choose('speaker', id)} />
    </div>
  );
}

function WhoIsIn({ room }: { room: OpenRoom }) {
  const call = useSelected(room.events.state, (state) => state.call);
  const members = useSelected(room.events.state, (state) => state.members);
  const names = call.map(({ memberId }) => members.find(({ id }) => id === memberId)?.name ?? 'Somebody');
  if (names.length === 0) return <p className="panel-text">Nobody is in the call yet. The others see when you join.</p>;
  const list = new Intl.ListFormat('en').format(names);
  return (
    <p className="panel-text">
      {list} {names.length === 1 ? 'is' : 'are'} in the call.
    </p>
  );
}

function Preview({ media }: { media: OwnMedia }) {
  const camera = useStore(media.camera);
  return (
    <div className="call-preview">
      {camera.name === 'on' ? (
        <Picture track={camera.track} label="You" isMirrored />
      ) : (
        <p>{camera.name === 'starting' ? 'The camera is being turned on …' : 'Your camera is off'}</p>
      )}
      <div className="call-preview-buttons">
        <MicrophoneButton media={media} />
        <CameraButton media={media} />
      </div>
      <LoudnessBar media={media} />
    </div>
  );
}

interface JoinButtonsProps {
  room: OpenRoom;
  media: OwnMedia;
  /** The media are the call's now, or, when that did not work, not. */
  onTake: (taken: boolean) => void;
}

function JoinButtons({ room, media, onTake }: JoinButtonsProps) {
  const [isJoining, setJoining] = useState(false);
  const microphone = useStore(media.microphone);
  const isFull = useSelected(room.events.state, ({ call }) => call.length >= limits.callPeersMax);
  const join = async () => {
    if (isJoining) return;
    setJoining(true);
    onTake(true);
    try {
      await RoomCall.join(room, media);
    } catch (error) {
      onTake(false);
      setJoining(false);
      showProblem(error);
    }
  };
  const joinSpeaking = async () => {
    await media.toggleMicrophone();
    if (media.microphone.get().name === 'on') await join();
  };
  if (isFull) {
    return <p className="note plain">The call is full: {limits.callPeersMax} people can be in it at once.</p>;
  }
  const isReady = microphone.name === 'on';
  return (
    <div className="call-join">
      {(microphone.name === 'off' || microphone.name === 'starting') && (
        <button
          type="button"
          className="button primary"
          aria-disabled={isJoining || microphone.name === 'starting'}
          onClick={() => void joinSpeaking()}
        >
          Join with microphone
        </button>
      )}
      <button
        type="button"
        className={isReady ? 'button primary' : 'button'}
        aria-disabled={isJoining}
        onClick={() => void join()}
      >
        {isReady ? 'Join the call' : 'Join and listen'}
      </button>
    </div>
  );
}
