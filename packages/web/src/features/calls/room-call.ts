/**
 * Being in a room's call: joins, connects to every other peer, sends what one's own media are, and comes back after the
 * connection to the server was lost. Knows no React.
 */
import type { Call, CallMedia, CallParticipant, IceServer } from '@coderoom/protocol';
import { createStore, type ReadableStore } from '../../store.ts';
import { showProblem, showToast } from '../notices/toasts.ts';
import type { OpenRoom } from '../rooms/open-room.ts';
import { createLoudness, type Loudness, speechLoudness } from './loudness.ts';
import type { MediaKind } from './media-problem.ts';
import type { OwnMedia } from './own-media.ts';
import { PeerLink } from './peer-link.ts';
import { RemoteSound } from './remote-sound.ts';

export type CallPhase =
  | { name: 'joining' }
  | { name: 'in'; peerId: string }
  /** The connection to the server is lost; what goes between peers may go on. */
  | { name: 'interrupted' };

/** Somebody else in the call, and what comes from them. */
export interface CallPeer {
  participant: CallParticipant;
  link: PeerLink;
  sound: RemoteSound;
}

const speakingLookMs = 150;
/** Who pauses for breath still speaks. */
const speakingHoldMs = 600;
/** What pictures to all others may take together, in bits per second. */
const cameraTotalBitrate = 2_400_000;
const screenTotalBitrate = 4_000_000;
const brokenRejoinMs = 5_000;

export class RoomCall {
  readonly phase: ReadableStore<CallPhase>;
  readonly peers: ReadableStore<readonly CallPeer[]>;
  /** Peer ids of those who can be heard right now; one's own is `own`. */
  readonly speaking: ReadableStore<ReadonlySet<string>>;
  readonly media: OwnMedia;
  /** The key of the tile that is shown large; it and the notices of screens outlast the dock. */
  readonly enlarged = createStore<string | null>(null);
  screenToasts = new Map<string, number>();
  readonly #phase = createStore<CallPhase>({ name: 'joining' });
  readonly #peers = createStore<readonly CallPeer[]>([]);
  readonly #speaking = createStore<ReadonlySet<string>>(new Set());
  readonly #room: OpenRoom;
  readonly #stops: (() => void)[];
  readonly #spokeAt = new Map<string, number>();
  readonly #timer: ReturnType<typeof setInterval>;
  #iceServers: IceServer[] = [];
  #loudness: { of: MediaStreamTrack; meter: Loudness } | undefined;
  #told: CallMedia | undefined;
  #brokenAt = 0;
  #isOver = false;

  private constructor(room: OpenRoom, media: OwnMedia) {
    this.#room = room;
    this.media = media;
    this.phase = this.#phase;
    this.peers = this.#peers;
    this.speaking = this.#speaking;
    const restart = () => void this.#restart();
    addEventListener('online', restart);
    this.#stops = [
      room.events.on('call:signal', ({ from, signal }) => void this.#find(from)?.link.take(signal)),
      room.events.state.subscribe(() => this.#follow()),
      room.events.connection.subscribe(() => this.#followConnection()),
      media.subscribe(() => this.#mediaChanged()),
      () => removeEventListener('online', restart),
    ];
    this.#timer = setInterval(() => this.#listen(), speakingLookMs);
  }

  /** Fails with the ApiProblem that the server names; the media are then still the caller's. */
  static async join(room: OpenRoom, media: OwnMedia): Promise<RoomCall> {
    const call = new RoomCall(room, media);
    try {
      await call.#join();
    } catch (error) {
      call.#end();
      throw error;
    }
    room.call.set(call);
    return call;
  }

  /** Whether there is a relay for those whose networks let nothing else through. */
  get hasRelay(): boolean {
    return this.#iceServers.some(({ urls }) => urls.some((url) => url.startsWith('turn')));
  }

  leave(): void {
    if (this.#isOver) return;
    const { events } = this.#room;
    if (this.#phase.get().name === 'in') void events.ask('call:leave', {}).catch(() => {});
    this.#end();
    this.media.close();
    if (this.#room.call.get() === this) this.#room.call.set(null);
  }

  /** What the browser held back is played; to be called when somebody has pressed something. */
  playSound(): void {
    for (const { sound } of this.#peers.get()) sound.play();
  }

  setSpeaker(id: string): void {
    this.media.devices.choose('speaker', id);
    for (const { sound } of this.#peers.get()) sound.setSpeaker(id);
  }

  #end(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
    for (const stop of this.#stops) stop();
    this.#loudness?.meter.close();
    this.#dropAll();
  }

  async #join(): Promise<void> {
    const media = this.#ownMedia();
    const { peerId, participants, iceServers } = await this.#room.events.ask('call:join', { media });
    if (this.#isOver) return;
    this.#dropAll();
    this.#told = media;
    this.#iceServers = iceServers;
    // Whoever is there already waits for the offers of who comes.
    for (const participant of participants)
      if (participant.peerId !== peerId) this.#add(participant, { isNewer: true });
    this.#phase.set({ name: 'in', peerId });
    this.#follow();
    this.#mediaChanged();
  }

  /** The room's state says who is in the call; this makes it so. */
  #follow(): void {
    const phase = this.#phase.get();
    if (phase.name !== 'in' || this.#isOver || this.#room.events.connection.get() !== 'live') return;
    const { call, room } = this.#room.events.state.get();
    if (!call.some(({ peerId }) => peerId === phase.peerId)) {
      showToast(room.status === 'ended' ? 'The call is over' : 'You are in the call from elsewhere now');
      // The server knows already.
      this.#phase.set({ name: 'interrupted' });
      this.leave();
      return;
    }
    for (const peer of this.#peers.get()) {
      const now = call.find(({ peerId }) => peerId === peer.participant.peerId);
      if (now === undefined) this.#drop(peer);
      else if (now !== peer.participant) this.#set({ ...peer, participant: now });
    }
    for (const participant of call) {
      if (participant.peerId !== phase.peerId && this.#find(participant.peerId) === undefined) {
        this.#add(participant, { isNewer: false });
      }
    }
  }

  #followConnection(): void {
    const connection = this.#room.events.connection.get();
    const phase = this.#phase.get();
    if (connection === 'lost' && phase.name === 'in') this.#phase.set({ name: 'interrupted' });
    if (connection !== 'live' || phase.name === 'in') return;
    // The server has forgotten this connection: it is another peer now.
    void this.#rejoin();
  }

  async #rejoin(): Promise<void> {
    this.#phase.set({ name: 'joining' });
    try {
      await this.#join();
    } catch (error) {
      if (this.#isOver || this.#room.events.connection.get() !== 'live') return;
      showProblem(error);
      this.leave();
    }
  }

  #add(participant: CallParticipant, { isNewer }: { isNewer: boolean }): void {
    const { memberId } = this.#room.events.state.get();
    const { peerId } = participant;
    const sound = new RemoteSound(this.media.devices.chosen('speaker'));
    const link = new PeerLink({
      isPolite: memberId > participant.memberId,
      offersFirst: isNewer,
      iceServers: this.#iceServers,
      renewIceServers: async () => {
        this.#iceServers = (await this.#room.ask<Call>('/call')).iceServers;
        return this.#iceServers;
      },
      send: async (signal) => void (await this.#room.events.ask('call:signal', { to: peerId, signal })),
      trackOf: (kind) => this.media.track(kind),
      streamOf: (kind) => this.media.streamOf(kind),
      onBroken: (error) => this.#broken(error),
    });
    link.tracks.subscribe(() => {
      const tracks = link.tracks.get().map(({ track }) => track);
      sound.setTracks(tracks.filter((track) => track.kind === 'audio'));
    });
    link.state.subscribe(() => this.#share());
    this.#peers.update((peers) => [...peers, { participant, link, sound }]);
  }

  #find(peerId: string): CallPeer | undefined {
    return this.#peers.get().find(({ participant }) => participant.peerId === peerId);
  }

  #set(peer: CallPeer): void {
    this.#peers.update((peers) => peers.map((other) => (other.link === peer.link ? peer : other)));
  }

  #drop(peer: CallPeer): void {
    peer.link.close();
    peer.sound.close();
    this.#peers.update((peers) => peers.filter(({ link }) => link !== peer.link));
  }

  #dropAll(): void {
    for (const peer of this.#peers.get()) this.#drop(peer);
  }

  /** The two of a link understand each other no more: joined afresh, all begin anew. Not over and over, though. */
  #broken(error: unknown): void {
    console.warn('a connection of the call has to be made anew', error);
    const now = performance.now();
    if (this.#phase.get().name !== 'in' || now - this.#brokenAt < brokenRejoinMs) return;
    this.#brokenAt = now;
    void this.#room.events
      .ask('call:leave', {})
      .catch(() => {})
      .then(() => this.#rejoin());
    this.#phase.set({ name: 'joining' });
  }

  #ownMedia(): CallMedia {
    const { microphone } = this.media;
    const state = microphone.get();
    return {
      microphone: state.name === 'on' && !state.muted,
      camera: this.media.track('camera') !== null,
      screen: this.media.track('screen') === null ? null : this.media.streamOf('screen').id,
    };
  }

  #mediaChanged(): void {
    if (this.#phase.get().name !== 'in') return;
    void this.#send();
    const media = this.#ownMedia();
    const before = this.#told;
    const isSame =
      before?.microphone === media.microphone && before.camera === media.camera && before.screen === media.screen;
    if (isSame) return;
    this.#told = media;
    void this.#room.events.ask('call:media', media).catch(() => {}); // joining again tells it anew
  }

  async #send(): Promise<void> {
    const kinds: MediaKind[] = ['microphone', 'camera', 'screen'];
    await Promise.all(this.#peers.get().flatMap(({ link }) => kinds.map((kind) => link.replace(kind))));
    this.#share();
  }

  /** Everybody gets the same part of what pictures may take. */
  #share(): void {
    const peers = this.#peers.get();
    for (const { link } of peers) {
      void link.limit('camera', Math.round(cameraTotalBitrate / peers.length));
      void link.limit('screen', Math.round(screenTotalBitrate / peers.length));
    }
  }

  async #restart(): Promise<void> {
    await Promise.all(this.#peers.get().map(({ link }) => link.restart()));
  }

  #listen(): void {
    const now = performance.now();
    for (const { participant, link } of this.#peers.get()) {
      if (link.loudness() > speechLoudness) this.#spokeAt.set(participant.peerId, now);
    }
    if (this.#ownLoudness() > speechLoudness) this.#spokeAt.set('own', now);
    for (const [id, at] of this.#spokeAt) if (now - at > speakingHoldMs) this.#spokeAt.delete(id);
    const before = this.#speaking.get();
    const isSame = before.size === this.#spokeAt.size && [...before].every((id) => this.#spokeAt.has(id));
    if (!isSame) this.#speaking.set(new Set(this.#spokeAt.keys()));
  }

  #ownLoudness(): number {
    const track = this.media.track('microphone');
    if (track !== this.#loudness?.of) {
      this.#loudness?.meter.close();
      this.#loudness = track === null ? undefined : { of: track, meter: createLoudness(track) };
    }
    return this.#loudness?.meter.measure() ?? 0;
  }
}
