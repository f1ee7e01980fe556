/** Turns one's own microphone, camera and screen on and off; the same buttons before the call and in it. */
import { useStore } from '../../store.ts';
import { Icon, type IconName } from '../layout/icon.tsx';
import type { OwnMedia, TrackState } from './own-media.ts';
import { cameraKey, microphoneKey } from './use-call-keys.ts';

export function MicrophoneButton({ media }: { media: OwnMedia }) {
  const state = useStore(media.microphone);
  const isHeard = state.name === 'on' && !state.muted;
  const label = isHeard ? 'Mute' : state.name === 'on' ? 'Unmute' : 'Turn the microphone on';
  return (
    <MediaButton
      state={state}
      isOn={isHeard}
      label={label}
      shortcut={microphoneKey}
      icon={isHeard ? 'microphone' : 'microphone-off'}
      onPress={() => media.toggleMicrophone()}
    />
  );
}

export function CameraButton({ media }: { media: OwnMedia }) {
  const state = useStore(media.camera);
  const isOn = state.name === 'on';
  return (
    <MediaButton
      state={state}
      isOn={isOn}
      label={isOn ? 'Turn the camera off' : 'Turn the camera on'}
      shortcut={cameraKey}
      icon={isOn ? 'camera' : 'camera-off'}
      onPress={() => media.toggleCamera()}
    />
  );
}

/** Not everywhere can pages show the screen: phones cannot. */
const canShareScreen = (): boolean => typeof navigator.mediaDevices?.getDisplayMedia === 'function';

export function ScreenButton({ media }: { media: OwnMedia }) {
  const state = useStore(media.screen);
  const isOn = state.name === 'on';
  if (!canShareScreen()) return null;
  return (
    <MediaButton
      state={state}
      isOn={isOn}
      label={isOn ? 'Stop sharing the screen' : 'Share the screen'}
      icon="screen"
      onPress={() => media.toggleScreen()}
    />
  );
}

interface MediaButtonProps {
  state: TrackState;
  isOn: boolean;
  label: string;
  shortcut?: { label: string; aria: string };
  icon: IconName;
  onPress: () => Promise<void>;
}

function MediaButton({ state, isOn, label, shortcut, icon, onPress }: MediaButtonProps) {
  return (
    <button
      type="button"
      className="call-button"
      data-on={isOn}
      data-state={state.name}
      aria-label={label}
      aria-busy={state.name === 'starting'}
      aria-keyshortcuts={shortcut?.aria}
      title={shortcut === undefined ? label : `${label} (${shortcut.label})`}
      onClick={() => void onPress()}
    >
      <Icon name={icon} size={20} />
    </button>
  );
}

/** Why something could not be turned on. */
export function MediaProblems({ media }: { media: OwnMedia }) {
  const states = [useStore(media.microphone), useStore(media.camera), useStore(media.screen)];
  const problems = new Set(states.flatMap((state) => (state.name === 'failed' ? [state.problem] : [])));
  return (
    <div className="call-problems" role="alert">
      {[...problems].map((problem) => (
        <p key={problem} className="note plain">
          {problem}
        </p>
      ))}
    </div>
  );
}
