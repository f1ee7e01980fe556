/**
 * Who is where in a room: checks what sockets say about their clients, stamps the server's identity on it, and collects
 * what others are to be told. Speaks the wire format of y-protocols' awareness, but needs no Yjs document for it.
 */
import type { CollabLimits, CollabMember } from './contract.ts';
import { type AwarenessEntry, decodeAwareness } from './messages.ts';
import { isNestedWithin } from './nesting.ts';

/** What this needs of a session. */
export interface AwarenessSpeaker {
  readonly member: CollabMember;
  /** Sessions of a room in the order of their opening. */
  readonly order: number;
  /** The client ids it speaks for. */
  readonly clients: ReadonlySet<number>;
  speakFor(client: number): void;
  fallSilent(client: number): void;
  /** Whether it has sent an awareness message before. */
  hasSpoken: boolean;
}

interface Presence<Speaker> {
  speaker: Speaker;
  /** By the client's count. */
  clock: number;
  /** By our count, which also grows when identity is stamped anew; what others were told. */
  sentClock: number;
  state: Record<string, unknown>;
  /** The stamped state as JSON. */
  text: string;
}

export class RoomAwareness<Speaker extends AwarenessSpeaker> {
  readonly #limits: CollabLimits;
  readonly #present = new Map<number, Presence<Speaker>>();
  /** Oldest first. Kept so that a returning client's clock is above what others saw, and for its member alone. */
  readonly #departed = new Map<number, { memberId: string; sentClock: number }>();
  readonly #changed = new Set<number>();

  constructor(limits: CollabLimits) {
    this.#limits = limits;
  }

  get hasChanges(): boolean {
    return this.#changed.size > 0;
  }

  /**
   * Takes an awareness message of a session. What it says about clients of others is ignored, since stock clients
   * repeat all that they hear; so is a message above the bound. Throws on junk.
   */
  receive(speaker: Speaker, states: Uint8Array): void {
    if (states.length > this.#limits.collabAwarenessMaxBytes) return;
    const isFirst = !speaker.hasSpoken;
    speaker.hasSpoken = true;
    for (const { client, clock, text } of decodeAwareness(states)) {
      const state: unknown = JSON.parse(text);
      if (!isNestedWithin(state, this.#limits.collabNestingMax)) throw new Error('an awareness state nests too deeply');
      if (state === null) this.#leave(speaker, client, clock);
      else if (typeof state === 'object' && !Array.isArray(state)) {
        this.#enter(speaker, client, clock, state as Record<string, unknown>, isFirst ? text : undefined);
      }
    }
  }

  /** Forgets a session's clients; others are told. */
  depart(speaker: Speaker): void {
    for (const client of [...speaker.clients]) {
      speaker.fallSilent(client);
      this.#remove(client);
    }
  }

  /** Stamps a session's clients with its member's present identity; others are told. */
  restamp(speaker: Speaker): void {
    for (const client of speaker.clients) {
      const presence = this.#present.get(client);
      if (presence !== undefined) this.#tell(client, presence);
    }
  }

  /** All who are present, for a newcomer. */
  entries(): AwarenessEntry[] {
    return Array.from(this.#present, ([client, { sentClock, text }]) => ({ client, clock: sentClock, text }));
  }

  /** What changed since the last call, in its latest state. */
  takeChanges(): AwarenessEntry[] {
    const entries = Array.from(this.#changed, (client) => this.#entry(client)).filter((entry) => entry !== undefined);
    this.#changed.clear();
    return entries;
  }

  #entry(client: number): AwarenessEntry | undefined {
    const presence = this.#present.get(client);
    if (presence !== undefined) return { client, clock: presence.sentClock, text: presence.text };
    const departed = this.#departed.get(client);
    return departed === undefined ? undefined : { client, clock: departed.sentClock, text: 'null' };
  }

  /** `firstText` is the raw state when it comes in the socket's first awareness message. */
  #enter(
    speaker: Speaker,
    client: number,
    clock: number,
    state: Record<string, unknown>,
    firstText: string | undefined,
  ): void {
    const presence = this.#present.get(client);
    if (presence === undefined) {
      const departed = this.#departed.get(client);
      if (departed !== undefined && departed.memberId !== speaker.member.id) return;
      if (speaker.clients.size >= this.#limits.collabClientsPerSocket) return;
      this.#departed.delete(client);
      speaker.speakFor(client);
      this.#put(client, { speaker, clock, sentClock: departed?.sentClock ?? 0, state, text: '' });
      return;
    }
    if (presence.speaker !== speaker) {
      if (!mayTakeOver(speaker, presence, clock, firstText)) return;
      presence.speaker.fallSilent(client);
      speaker.speakFor(client);
    } else if (clock <= presence.clock) return;
    this.#put(client, { ...presence, speaker, clock, state });
  }

  #leave(speaker: Speaker, client: number, clock: number): void {
    const presence = this.#present.get(client);
    if (presence?.speaker !== speaker || clock < presence.clock) return;
    speaker.fallSilent(client);
    this.#remove(client);
  }

  #put(client: number, presence: Presence<Speaker>): void {
    this.#present.set(client, presence);
    this.#tell(client, presence);
  }

  #tell(client: number, presence: Presence<Speaker>): void {
    const { id, name, color, light } = presence.speaker.member;
    presence.text = JSON.stringify({ ...presence.state, user: { id, name, color, colorLight: light } });
    // At least 1: y-protocols takes a state for news only when its clock is above 0.
    presence.sentClock = Math.max(presence.clock, presence.sentClock + 1);
    this.#changed.add(client);
  }

  #remove(client: number): void {
    const presence = this.#present.get(client);
    if (presence === undefined) return;
    this.#present.delete(client);
    this.#departed.set(client, { memberId: presence.speaker.member.id, sentClock: presence.sentClock + 1 });
    this.#changed.add(client);
    for (const oldest of this.#departed.keys()) {
      if (this.#departed.size <= this.#limits.collabDepartedClientsMax) break;
      this.#departed.delete(oldest);
    }
  }
}

/**
 * A client that reconnects while its old socket is half-open keeps its client id: the same member's newer socket takes
 * it over. Only with its first awareness message, in which a client speaks of itself; later ones also repeat what was
 * heard of the member's other tabs. A repetition of what we sent is no claim either.
 */
function mayTakeOver<Speaker extends AwarenessSpeaker>(
  speaker: Speaker,
  presence: Presence<Speaker>,
  clock: number,
  firstText: string | undefined,
): boolean {
  return (
    firstText !== undefined &&
    speaker.member.id === presence.speaker.member.id &&
    speaker.order > presence.speaker.order &&
    clock >= presence.clock &&
    (clock > presence.sentClock || firstText !== presence.text)
  );
}
