/** Which microphone, camera and loudspeaker are used; they can be changed at any time. */
import { useId } from 'react';
import { useStore } from '../../store.ts';
import { canChooseSpeaker, type DeviceKind } from './devices.ts';
import type { OwnMedia } from './own-media.ts';

export interface DeviceChoicesProps {
  media: OwnMedia;
  onSpeaker: (id: string) => void;
}

export function DeviceChoices({ media, onSpeaker }: DeviceChoicesProps) {
  const lists = useStore(media.devices.lists);
  const isEmpty = Object.values(lists).every((list) => list.length === 0);
  if (isEmpty) return <p className="panel-text">Devices are named once the microphone or the camera is on.</p>;
  return (
    <div className="call-devices">
      <DeviceChoice
        media={media}
        kind="microphone"
        label="Microphone"
        onChoose={(id) => media.choose('microphone', id)}
      />
      <DeviceChoice media={media} kind="camera" label="Camera" onChoose={(id) => media.choose('camera', id)} />
      {canChooseSpeaker() && <DeviceChoice media={media} kind="speaker" label="Loudspeaker" onChoose={onSpeaker} />}
    </div>
  );
}

interface DeviceChoiceProps {
  media: OwnMedia;
  kind: DeviceKind;
  label: string;
  onChoose: (id: string) => unknown;
}

function DeviceChoice({ media, kind, label, onChoose }: DeviceChoiceProps) {
  const id = useId();
  const list = useStore(media.devices.lists)[kind];
  const chosen = media.devices.chosen(kind);
  if (list.length === 0) return null;
  return (
    <div className="form-field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        className="select"
        defaultValue={list.some((device) => device.id === chosen) ? chosen : list[0]?.id}
        onChange={(event) => void onChoose(event.target.value)}
      >
        {list.map((device) => (
          <option key={device.id} value={device.id}>
            {device.label}
          </option>
        ))}
      </select>
    </div>
  );
}
