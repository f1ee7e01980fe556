/** Plays what one other peer says, whatever of the page is shown. */
import { createStore, type ReadableStore } from '../../store.ts';

export class RemoteSound {
  /** The browser plays nothing before somebody has pressed something. */
  readonly isBlocked: ReadableStore<boolean>;
  readonly #isBlocked = createStore(false);
  readonly #audio = new Audio();
  readonly #stream = new MediaStream();

  constructor(speakerId: string) {
    this.isBlocked = this.#isBlocked;
    this.#audio.autoplay = true;
    this.#audio.srcObject = this.#stream;
    if (speakerId !== '') this.setSpeaker(speakerId);
  }

  /** These, and no other ones. */
  setTracks(tracks: readonly MediaStreamTrack[]): void {
    for (const track of this.#stream.getTracks()) if (!tracks.includes(track)) this.#stream.removeTrack(track);
    for (const track of tracks) this.#stream.addTrack(track);
    if (tracks.length > 0) this.play();
  }

  play(): void {
    this.#audio.play().then(
      () => this.#isBlocked.set(false),
      (error: Error) => this.#isBlocked.set(error.name === 'NotAllowedError'),
    );
  }

  setSpeaker(id: string): void {
    // Where it cannot be chosen, or is gone, the usual one goes on.
    if ('setSinkId' in this.#audio) void this.#audio.setSinkId(id).catch(() => {});
  }

  close(): void {
    this.#audio.pause();
    this.#audio.srcObject = null;
  }
}
