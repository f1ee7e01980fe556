/** Which microphones, cameras and loudspeakers there are, and which of them were chosen; that is remembered. */
import { readStored, writeStored } from '../../storage.ts';
import { createStore, type ReadableStore } from '../../store.ts';

export type DeviceKind = 'microphone' | 'camera' | 'speaker';

interface Device {
  id: string;
  label: string;
}

export type DeviceLists = Record<DeviceKind, Device[]>;

const kinds: Record<MediaDeviceKind, DeviceKind> = {
  audioinput: 'microphone',
  videoinput: 'camera',
  audiooutput: 'speaker',
};
const none: DeviceLists = { microphone: [], camera: [], speaker: [] };

/** Undefined where the page has no right to any: not by https, or an old browser. */
export const mediaDevices = (): MediaDevices | undefined => navigator.mediaDevices;

export const canChooseSpeaker = (): boolean => 'setSinkId' in HTMLMediaElement.prototype;

export class Devices {
  readonly lists: ReadableStore<DeviceLists>;
  readonly #lists = createStore<DeviceLists>(none);

  constructor() {
    this.lists = this.#lists;
    mediaDevices()?.addEventListener('devicechange', this.#look);
    this.#look();
  }

  /** Names are told only once something has been allowed: then it looks again. */
  look(): void {
    this.#look();
  }

  close(): void {
    mediaDevices()?.removeEventListener('devicechange', this.#look);
  }

  /** Empty: whatever the browser takes. */
  chosen(kind: DeviceKind): string {
    return readStored<string>(`call-${kind}`) ?? '';
  }

  choose(kind: DeviceKind, id: string): void {
    writeStored(`call-${kind}`, id);
  }

  readonly #look = (): void => {
    mediaDevices()
      ?.enumerateDevices()
      .then(
        (all) => {
          const lists: DeviceLists = { microphone: [], camera: [], speaker: [] };
          for (const { kind, deviceId, label } of all) {
            const list = lists[kinds[kind]];
            if (deviceId !== '')
              list.push({ id: deviceId, label: label || `${nameOf(kinds[kind])} ${list.length + 1}` });
          }
          this.#lists.set(lists);
        },
        () => {}, // then there is nothing to choose from
      );
  };
}

function nameOf(kind: DeviceKind): string {
  return kind === 'microphone' ? 'Microphone' : kind === 'camera' ? 'Camera' : 'Loudspeaker';
}
