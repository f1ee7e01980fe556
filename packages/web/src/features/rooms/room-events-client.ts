/** The Socket.IO connection of a room: keeps RoomEventsState level with the server, and asks it for things. */
import {
  type ClientEvents,
  type ErrorCode,
  errorRow,
  type Knock,
  type OwnerEvents,
  type PassingEvents,
  type RoomEntry,
  type ServerEvents,
} from '@coderoom/protocol';
import type { Socket } from 'socket.io-client';
import { ApiProblem } from '../../api.ts';
import { createStore, type ReadableStore } from '../../store.ts';
import {
  applyOwnerEvent,
  applyRoomEvent,
  type OwnerEvent,
  type RoomEvent,
  type RoomEventsState,
  stateOfEntry,
  stateOfWelcome,
} from './room-events.ts';

export type EventsConnection = 'connecting' | 'live' | 'lost';

export interface RoomEventsClientOptions {
  entry: RoomEntry;
  /** Asked anew for each connection. */
  token: () => string;
  /** Called with what each broadcast says, after the state has taken it in. */
  onEvent: (event: RoomEvent, state: RoomEventsState) => void;
  /** The same for what only the owner is told. */
  onOwnerEvent: (event: OwnerEvent, state: RoomEventsState) => void;
  /** The server will not have us with this token. */
  onRefused: (code: ErrorCode) => void;
}

const answerTimeoutMs = 10_000;
const retryMinMs = 250;
const retryMaxMs = 10_000;
const ownerEvents: readonly OwnerEvent['name'][] = ['knock:created', 'knock:withdrawn', 'knock:settled'];

type RoomSocket = Socket<ServerEvents & OwnerEvents & PassingEvents, ClientEvents>;

export class RoomEventsClient {
  readonly state: ReadableStore<RoomEventsState>;
  readonly connection: ReadableStore<EventsConnection>;
  readonly #state;
  readonly #connection = createStore<EventsConnection>('connecting');
  #socket: RoomSocket | undefined;
  #isDestroyed = false;
  readonly #followers = new Set<(event: RoomEvent) => void>();
  readonly #listeners = new Set<{ name: string; listener: (event: unknown) => void }>();
  /** Refusals since the last welcome. */
  #refusals = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #options: RoomEventsClientOptions;

  constructor(options: RoomEventsClientOptions) {
    this.#options = options;
    this.#state = createStore(stateOfEntry(options.entry));
    this.state = this.#state;
    this.connection = this.#connection;
    void this.#connect();
  }

  /** The editor can be typed in without it, so its code comes beside the rest. */
  async #connect(): Promise<void> {
    const { io } = await import('socket.io-client');
    if (this.#isDestroyed) return;
    this.#socket = io({
      auth: (send) => send({ token: this.#options.token() }),
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      forceNew: true,
      reconnectionDelay: retryMinMs,
      reconnectionDelayMax: retryMaxMs,
    });
    this.#listen(this.#socket);
  }

  /** Asks for something and resolves with the answer; fails with the ApiProblem that the server names. */
  async ask<Name extends keyof ClientEvents>(
    name: Name,
    request: Parameters<ClientEvents[Name]>[0],
  ): Promise<Extract<Parameters<Parameters<ClientEvents[Name]>[1]>[0], { ok: true }>> {
    type Reply = Parameters<Parameters<ClientEvents[Name]>[1]>[0];
    if (this.#socket?.connected !== true) throw new ApiProblem('unreachable', 'You are not connected right now.');
    let reply: Reply;
    try {
      // Socket.IO's types cannot follow a name that is a type parameter.
      const socket = this.#socket.timeout(answerTimeoutMs) as unknown as {
        emitWithAck(name: string, request: unknown): Promise<Reply>;
      };
      reply = await socket.emitWithAck(name, request);
    } catch {
      throw new ApiProblem('unreachable', 'The server did not answer.');
    }
    if (reply.ok) return reply as Extract<Reply, { ok: true }>;
    const { code, message, retryAfterSeconds } = reply.error;
    throw new ApiProblem(code, message, { retryAfterSeconds });
  }

  /** Each numbered event once, after the state has taken it in. Returns how to stop. */
  follow(follower: (event: RoomEvent) => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  /** An event that carries no number, since it is worth nothing a moment later. Returns how to stop. */
  on<Name extends keyof PassingEvents>(name: Name, listener: PassingEvents[Name]): () => void {
    const entry = { name, listener: listener as (event: unknown) => void };
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  /** Who waits at the door, as it was asked for. */
  setKnocks(knocks: Knock[]): void {
    this.#state.update((state) => ({ ...state, knocks }));
  }

  /** Connects at once if it is not connected: the network is back, or the token is a new one. */
  reconnect(): void {
    clearTimeout(this.#retryTimer);
    if (!this.#isDestroyed && this.#socket?.connected === false) this.#socket.disconnect().connect();
  }

  destroy(): void {
    this.#isDestroyed = true;
    clearTimeout(this.#retryTimer);
    this.#socket?.removeAllListeners().offAny();
    this.#socket?.disconnect();
  }

  /** Socket.IO comes back by itself from a lost connection, but not from a refusal, which may be over in a moment. */
  #retryLater(): void {
    const ceiling = Math.min(retryMaxMs, retryMinMs * 2 ** this.#refusals++);
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.reconnect(), ceiling / 2 + (ceiling / 2) * Math.random());
  }

  #listen(socket: RoomSocket): void {
    socket.on('room:welcome', (welcome) => {
      this.#refusals = 0;
      this.#state.set(stateOfWelcome(welcome));
      this.#connection.set('live');
    });
    // Numbered ones are taken by their number, also those that a newer server tells and this page knows nothing of.
    socket.onAny((name: string, event: { seq?: unknown } | undefined) => {
      if (name !== 'room:welcome' && typeof event?.seq === 'number') this.#take({ ...event, name } as RoomEvent);
      for (const { name: wanted, listener } of this.#listeners) if (wanted === name) listener(event);
    });
    for (const name of ownerEvents) {
      socket.on(name, (event: object) => this.#takeOwnerEvent({ name, ...event } as OwnerEvent));
    }
    socket.on('disconnect', (reason) => {
      this.#connection.set('lost');
      // Socket.IO does not come back by itself when the server hung up.
      if (reason === 'io server disconnect') socket.connect();
    });
    socket.on('connect_error', (error) => {
      this.#connection.set('lost');
      if (!socket.active) this.#retryLater();
      const code = refusalCode(error);
      if (code !== undefined) this.#options.onRefused(code);
    });
  }

  #take(event: RoomEvent): void {
    const next = applyRoomEvent(this.#state.get(), event);
    if (next === 'gap') {
      // A fresh welcome brings everything.
      this.#socket?.disconnect().connect();
      return;
    }
    const isNew = next !== this.#state.get();
    this.#state.set(next);
    if (!isNew) return;
    this.#options.onEvent(event, next);
    for (const listener of this.#followers) listener(event);
  }

  #takeOwnerEvent(event: OwnerEvent): void {
    const next = applyOwnerEvent(this.#state.get(), event);
    this.#state.set(next);
    this.#options.onOwnerEvent(event, next);
  }
}

/** The code by which the server refused the handshake; undefined for a network failure. */
function refusalCode(error: Error & { data?: { code?: unknown } }): ErrorCode | undefined {
  const code = error.data?.code ?? error.message;
  if (typeof code !== 'string') return undefined;
  try {
    return errorRow(code as ErrorCode).code === code ? (code as ErrorCode) : undefined;
  } catch {
    return undefined;
  }
}
