/**
 * The connection to one other peer: who offers when both would (perfect negotiation, WebRTC 1.0, 10.7), what is sent,
 * what comes, and getting through again when the network changed. Knows neither rooms nor React.
 */
import type { CallSignal } from '@coderoom/protocol';
import { createStore, type ReadableStore } from '../../store.ts';
import type { MediaKind } from './media-problem.ts';

export type LinkState =
  | { name: 'connecting' }
  /** `relayed`: by a TURN server. */
  | { name: 'connected'; relayed: boolean }
  | { name: 'reconnecting' }
  | { name: 'failed' };

export interface RemoteTrack {
  track: MediaStreamTrack;
  /** As its sender names it; empty where they name none. */
  streamId: string;
}

export interface PeerLinkOptions {
  /** When both offer at once, the polite one takes the other's. One of the two must be it. */
  isPolite: boolean;
  /** Otherwise the other one's offer is awaited, for a while. */
  offersFirst: boolean;
  iceServers: RTCIceServer[];
  /** Such as are good now: credentials end. */
  renewIceServers(): Promise<RTCIceServer[]>;
  send(signal: CallSignal): Promise<void>;
  trackOf(kind: MediaKind): MediaStreamTrack | null;
  streamOf(kind: MediaKind): MediaStream;
  /** What was agreed on cannot be made sense of any more; only a new connection helps. */
  onBroken(error: unknown): void;
}

const kinds: readonly MediaKind[] = ['microphone', 'camera', 'screen'];
const offerAwaitedMs = 3_000;
/** A connection that is disturbed mostly comes back by itself. */
const disturbedMs = 3_000;
const attemptMs = 10_000;
const attemptsMax = 3;

export class PeerLink {
  readonly state: ReadableStore<LinkState>;
  readonly tracks: ReadableStore<readonly RemoteTrack[]>;
  readonly #state = createStore<LinkState>({ name: 'connecting' });
  readonly #tracks = createStore<readonly RemoteTrack[]>([]);
  readonly #options: PeerLinkOptions;
  readonly #connection: RTCPeerConnection;
  readonly #senders = new Map<MediaKind, RTCRtpSender>();
  readonly #earlyCandidates: RTCIceCandidateInit[] = [];
  #hasBegun = false;
  #isClosed = false;
  #isMakingOffer = false;
  #isIgnoringOffer = false;
  #isTakingAnswer = false;
  /** What was sent so far: a description is only sent once the server has the one before. */
  #outbox: Promise<void> = Promise.resolve();
  #attempts = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: PeerLinkOptions) {
    this.#options = options;
    this.state = this.#state;
    this.tracks = this.#tracks;
    this.#connection = new RTCPeerConnection({ iceServers: options.iceServers });
    this.#listen(this.#connection);
    if (options.offersFirst) this.#begin({ isOffering: true });
    else this.#after(offerAwaitedMs, () => this.#begin({ isOffering: true }));
  }

  /** What the other peer said. */
  async take(signal: CallSignal): Promise<void> {
    if (this.#isClosed) return;
    try {
      if ('description' in signal) await this.#takeDescription(signal.description);
      else await this.#takeCandidate(signal.candidate);
    } catch (error) {
      if (!this.#isClosed) this.#options.onBroken(error);
    }
  }

  /** A track of one's own is another one now, or is gone. */
  async replace(kind: MediaKind): Promise<void> {
    if (!this.#hasBegun || this.#isClosed) return;
    const track = this.#options.trackOf(kind);
    const sender = this.#senders.get(kind);
    if (sender !== undefined) await sender.replaceTrack(track);
    else if (track !== null) this.#senders.set(kind, this.#connection.addTrack(track, this.#options.streamOf(kind)));
  }

  /** How much of one's connection a picture to this peer may take, in bits per second. */
  async limit(kind: MediaKind, maxBitrate: number): Promise<void> {
    const sender = this.#senders.get(kind);
    const parameters = sender?.getParameters();
    if (sender === undefined || parameters === undefined || parameters.encodings.length === 0) return;
    for (const encoding of parameters.encodings) encoding.maxBitrate = maxBitrate;
    // Not everything can be set at every moment; the next change tries again.
    await sender.setParameters(parameters).catch(() => {});
  }

  /** From 0 to 1, as loud as what is heard right now. */
  loudness(): number {
    const heard = this.#connection.getReceivers().flatMap((receiver) => receiver.getSynchronizationSources());
    return Math.max(0, ...heard.map(({ audioLevel = 0 }) => audioLevel));
  }

  /** Looks for a way anew, by whatever network there is now. */
  async restart(): Promise<void> {
    if (this.#isClosed) return;
    // While the old way still serves, nobody needs to know.
    if (this.#connection.connectionState !== 'connected') this.#state.set({ name: 'reconnecting' });
    this.#after(attemptMs, () => this.#tryAgain());
    try {
      const iceServers = await this.#options.renewIceServers();
      if (!this.#isClosed) this.#connection.setConfiguration({ ...this.#connection.getConfiguration(), iceServers });
    } catch {
      // Then with those that there are.
    }
    if (!this.#isClosed) this.#connection.restartIce();
  }

  /** Somebody asks for it: the count of attempts begins again. */
  retry(): void {
    this.#attempts = 0;
    void this.restart();
  }

  statistics(): Promise<RTCStatsReport> {
    return this.#connection.getStats();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#connection.close();
  }

  #listen(connection: RTCPeerConnection): void {
    connection.addEventListener('negotiationneeded', () => void this.#offer());
    connection.addEventListener('icecandidate', ({ candidate }) => {
      // An empty one only says that there are no more, which is of no use to anybody.
      if (candidate === null || candidate.candidate === '') return;
      const { sdpMid = null, sdpMLineIndex = null, usernameFragment = null } = candidate.toJSON();
      this.#post({ candidate: { candidate: candidate.candidate, sdpMid, sdpMLineIndex, usernameFragment } });
    });
    connection.addEventListener('connectionstatechange', () => void this.#follow());
    connection.addEventListener('track', ({ track, streams }) => {
      const streamId = streams[0]?.id ?? '';
      const others = this.#tracks.get().filter((known) => known.track !== track);
      this.#tracks.set([...others, { track, streamId }]);
    });
  }

  #begin({ isOffering }: { isOffering: boolean }): void {
    if (this.#hasBegun || this.#isClosed) return;
    this.#hasBegun = true;
    for (const kind of kinds) void this.replace(kind);
    this.#after(attemptMs, () => this.#tryAgain());
    if (!isOffering) return;
    // Who sends nothing asks all the same for what the other one sends.
    if (!this.#senders.has('microphone')) this.#connection.addTransceiver('audio', { direction: 'recvonly' });
    if (!this.#senders.has('camera')) this.#connection.addTransceiver('video', { direction: 'recvonly' });
  }

  async #offer(): Promise<void> {
    this.#isMakingOffer = true;
    try {
      await this.#connection.setLocalDescription();
      this.#postDescription();
    } catch (error) {
      if (!this.#isClosed) this.#options.onBroken(error);
    } finally {
      this.#isMakingOffer = false;
    }
  }

  async #takeDescription(description: RTCSessionDescriptionInit): Promise<void> {
    const connection = this.#connection;
    const isReady = !this.#isMakingOffer && (connection.signalingState === 'stable' || this.#isTakingAnswer);
    const collides = description.type === 'offer' && !isReady;
    this.#isIgnoringOffer = collides && !this.#options.isPolite;
    if (this.#isIgnoringOffer) return;
    // An answer to an offer that was taken back.
    if (description.type === 'answer' && connection.signalingState === 'stable') return;
    if (description.type === 'offer') this.#begin({ isOffering: false });
    this.#isTakingAnswer = description.type === 'answer';
    try {
      await connection.setRemoteDescription(description);
    } finally {
      this.#isTakingAnswer = false;
    }
    for (const candidate of this.#earlyCandidates.splice(0)) await this.#takeCandidate(candidate);
    if (description.type !== 'offer') return;
    await connection.setLocalDescription();
    this.#postDescription();
  }

  async #takeCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    if (this.#connection.remoteDescription === null) {
      if (!this.#isIgnoringOffer) this.#earlyCandidates.push(candidate);
      return;
    }
    // One that belongs to an older offer, or is of a kind this browser does not know, is one way less; others remain.
    await this.#connection.addIceCandidate(candidate).catch(() => {});
  }

  #postDescription(): void {
    const description = this.#connection.localDescription;
    if (description === null || this.#isClosed) return;
    const { type, sdp } = description;
    if (type === 'offer' || type === 'answer') this.#post({ description: { type, sdp } });
  }

  /** Descriptions one after the other, candidates after the description they belong to. */
  #post(signal: CallSignal): void {
    const sent = this.#outbox.then(() => {
      if (!this.#isClosed) return this.#options.send(signal);
    });
    // Without the server nothing gets through to the other; the call itself sees that, and joins again.
    const settled = sent.catch(() => {});
    if ('description' in signal) this.#outbox = settled;
  }

  async #follow(): Promise<void> {
    switch (this.#connection.connectionState) {
      case 'connected': {
        this.#attempts = 0;
        clearTimeout(this.#timer);
        this.#state.set({ name: 'connected', relayed: false });
        const relayed = await this.#isRelayed();
        if (this.#state.get().name === 'connected') this.#state.set({ name: 'connected', relayed });
        return;
      }
      case 'disconnected':
        this.#state.set({ name: 'reconnecting' });
        this.#after(disturbedMs, () => this.#tryAgain());
        return;
      case 'failed':
        this.#tryAgain();
        return;
      default:
    }
  }

  #tryAgain(): void {
    if (this.#isClosed || this.#state.get().name === 'failed') return;
    if (this.#connection.connectionState === 'connected') void this.#follow();
    else if (++this.#attempts < attemptsMax) void this.restart();
    else {
      clearTimeout(this.#timer);
      this.#state.set({ name: 'failed' });
    }
  }

  async #isRelayed(): Promise<boolean> {
    const report = await this.statistics();
    const all = [...(report as unknown as Map<string, Record<string, unknown>>).values()];
    const transport = all.find(({ type }) => type === 'transport');
    const pair = all.find(({ id }) => id === transport?.selectedCandidatePairId);
    return all.some(
      ({ id, candidateType }) =>
        (id === pair?.localCandidateId || id === pair?.remoteCandidateId) && candidateType === 'relay',
    );
  }

  #after(ms: number, act: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, ms);
  }
}
