/** One's own microphone, camera and screen: turned on and off, changed, and given back. Knows nobody to send them to. */
import { createStore, type ReadableStore, type Store } from '../../store.ts';
import { type DeviceKind, Devices, mediaDevices } from './devices.ts';
import { type MediaKind, mediaProblemOf } from './media-problem.ts';

export type TrackState =
  | { name: 'off' }
  | { name: 'starting' }
  /** `muted`: it is held, and nothing is sent of it. */
  | { name: 'on'; track: MediaStreamTrack; muted: boolean }
  | { name: 'failed'; problem: string };

const off: TrackState = { name: 'off' };

/** As much as several others can be sent at once. */
const pictureWanted = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 24, max: 30 } };
const screenWanted = { frameRate: { ideal: 10, max: 15 } };

export class OwnMedia {
  readonly devices = new Devices();
  readonly microphone: ReadableStore<TrackState>;
  readonly camera: ReadableStore<TrackState>;
  readonly screen: ReadableStore<TrackState>;
  readonly #states: Record<MediaKind, Store<TrackState>> = {
    microphone: createStore<TrackState>(off),
    camera: createStore<TrackState>(off),
    screen: createStore<TrackState>(off),
  };
  /** By which others know what belongs together, and which is the screen. */
  readonly #streams = mediaStreams();
  /** Counts requests of each kind: an answer to an older one is too late. */
  readonly #asked: Record<MediaKind, number> = { microphone: 0, camera: 0, screen: 0 };
  #isClosed = false;

  constructor() {
    this.microphone = this.#states.microphone;
    this.camera = this.#states.camera;
    this.screen = this.#states.screen;
  }

  /** What is to be sent; null while there is nothing. */
  track(kind: MediaKind): MediaStreamTrack | null {
    const state = this.#states[kind].get();
    return state.name === 'on' ? state.track : null;
  }

  streamOf(kind: MediaKind): MediaStream {
    return kind === 'screen' ? this.#streams.screen : this.#streams.own;
  }

  /** Called when any of them is something else now. Returns how to stop. */
  subscribe(listener: () => void): () => void {
    const stops = Object.values(this.#states).map((state) => state.subscribe(listener));
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** Speaks, or falls silent. What was allowed once is kept, so that speaking again needs no waiting. */
  toggleMicrophone(): Promise<void> {
    const state = this.#states.microphone.get();
    if (state.name !== 'on') return this.#turnOn('microphone');
    const muted = !state.muted;
    state.track.enabled = !muted;
    this.#states.microphone.set({ ...state, muted });
    return Promise.resolve();
  }

  toggleCamera(): Promise<void> {
    return this.#toggle('camera');
  }

  toggleScreen(): Promise<void> {
    return this.#toggle('screen');
  }

  /** Another device, at once where one of its kind is on. */
  async choose(kind: Exclude<DeviceKind, 'speaker'>, id: string): Promise<void> {
    this.devices.choose(kind, id);
    const before = this.#states[kind].get();
    if (before.name === 'off') return;
    await this.#turnOn(kind);
    const now = this.#states[kind].get();
    if (before.name === 'on' && before.muted && now.name === 'on') {
      now.track.enabled = false;
      this.#states[kind].set({ ...now, muted: true });
    }
  }

  /** Gives everything back. */
  close(): void {
    this.#isClosed = true;
    for (const kind of ['microphone', 'camera', 'screen'] as const) this.#turnOff(kind);
    this.devices.close();
  }

  #toggle(kind: 'camera' | 'screen'): Promise<void> {
    const { name } = this.#states[kind].get();
    if (name !== 'on' && name !== 'starting') return this.#turnOn(kind);
    this.#turnOff(kind);
    return Promise.resolve();
  }

  #turnOff(kind: MediaKind): void {
    this.#asked[kind]++;
    this.track(kind)?.stop();
    this.#states[kind].set(off);
  }

  async #turnOn(kind: MediaKind): Promise<void> {
    const asked = ++this.#asked[kind];
    const before = this.track(kind);
    if (before === null) this.#states[kind].set({ name: 'starting' });
    try {
      const track = await this.#ask(kind);
      if (asked !== this.#asked[kind] || this.#isClosed) return track.stop();
      before?.stop();
      track.addEventListener('ended', () => this.#lost(kind, track));
      this.#states[kind].set({ name: 'on', track, muted: false });
      this.devices.look();
    } catch (error) {
      if (asked !== this.#asked[kind] || this.#isClosed) return;
      before?.stop();
      const problem = mediaProblemOf(kind, error);
      this.#states[kind].set(problem === null ? off : { name: 'failed', problem });
    }
  }

  async #ask(kind: MediaKind): Promise<MediaStreamTrack> {
    const devices = mediaDevices();
    if (devices === undefined) throw new DOMException('', 'NotSupportedError');
    if (kind === 'screen') {
      const stream = await devices.getDisplayMedia({ video: screenWanted });
      const track = first(stream.getVideoTracks());
      // Text is to be sharp rather than smooth.
      track.contentHint = 'detail';
      return track;
    }
    const deviceId = this.devices.chosen(kind);
    const wanted = { ...(kind === 'camera' ? pictureWanted : {}), ...(deviceId === '' ? {} : { deviceId }) };
    const stream = await devices.getUserMedia(kind === 'camera' ? { video: wanted } : { audio: wanted });
    return first(stream.getTracks());
  }

  /** Unplugged, taken back, or no longer shared by the browser's own button. */
  #lost(kind: MediaKind, track: MediaStreamTrack): void {
    if (this.track(kind) !== track) return;
    if (kind === 'screen') this.#turnOff(kind);
    else
      this.#states[kind].set({
        name: 'failed',
        problem: `The ${kind} is gone. Plug it in again, or choose another one.`,
      });
  }
}

function mediaStreams() {
  return { own: new MediaStream(), screen: new MediaStream() };
}

function first(tracks: MediaStreamTrack[]): MediaStreamTrack {
  const [track] = tracks;
  if (track === undefined) throw new DOMException('', 'NotFoundError');
  return track;
}
