/**
 * Being in a room, from joining to leaving: the token, and what becomes of the open room when the server says no.
 * Knows no React.
 */
import type { ErrorCode, RoomEntry } from '@coderoom/protocol';
import { ApiProblem } from '../../api.ts';
import { createStore, type ReadableStore } from '../../store.ts';
import { session as signIn } from '../session/browser-session.ts';
import { keepJoin, takeJoin } from './join-room.ts';
import { type OpenRoom, openRoom } from './open-room.ts';
import { type DoorState, RoomDoor } from './room-door.ts';
import type { RoomEvent } from './room-events.ts';
import { forgetToken, rememberRoom } from './visited-rooms.ts';

export type RoomFailure =
  | 'not-found'
  | 'full'
  | 'membership-ended'
  | 'signed-out'
  | 'replaced'
  | 'banned'
  | 'private'
  | 'not-admitted'
  | 'waited-too-long'
  | 'ended'
  | 'deleted'
  | 'unreachable'
  | 'unavailable'
  | 'rate-limited'
  | 'refused'
  | 'unexpected';

export type RoomPhase =
  /** At the door: the states of it that are shown. */
  | Extract<DoorState, { name: 'joining' | 'password' | 'waiting' }>
  /** The room's page is under another code than the one it was asked for by. */
  | { name: 'elsewhere'; code: string }
  | { name: 'open'; room: OpenRoom }
  /** `unsavedText`: what only this browser has, when there is such a thing. */
  | { name: 'failed'; failure: RoomFailure; message: string; unsavedText: string | null };

/** The token is renewed when it is this near to its end. */
const renewBeforeMs = 24 * 60 * 60_000;
const renewCheckMs = 60 * 60_000;

export class RoomSession {
  readonly phase: ReadableStore<RoomPhase>;
  readonly door: RoomDoor;
  readonly #phase = createStore<RoomPhase>({ name: 'joining' });
  readonly #code: string;
  #entry: RoomEntry | undefined;
  #open: OpenRoom | undefined;
  #isRejoining = false;
  #stopAwaitingSignIn: () => void = () => {};
  #renewTimer: ReturnType<typeof setInterval> | undefined;

  constructor(code: string) {
    this.#code = code;
    this.phase = this.#phase;
    this.door = new RoomDoor(code);
    this.door.state.subscribe(() => this.#followDoor());
    void this.door.open(takeJoin(code));
  }

  /** Tries again after a failure; as somebody new when the old membership is over. */
  retry(): void {
    const phase = this.#phase.get();
    if (phase.name !== 'failed') return;
    if (phase.failure === 'membership-ended') forgetToken(this.#code);
    void this.door.open();
  }

  /** Goes away; edits that are not saved yet are still sent, also when the connection is back only later. */
  leave(): void {
    this.door.leave();
    const unsavedEdits = this.#open?.collab.unsavedEdits;
    if (this.#open === undefined || unsavedEdits === undefined || unsavedEdits.get() === 0) {
      this.#close();
      return;
    }
    this.#open.awareness.setLocalState(null);
    this.#open.events.destroy();
    const stop = unsavedEdits.subscribe(() => {
      if (unsavedEdits.get() > 0) return;
      stop();
      this.#close();
    });
  }

  #followDoor(): void {
    const state = this.door.state.get();
    switch (state.name) {
      case 'joining':
      case 'password':
      case 'waiting':
        this.#phase.set(state);
        return;
      case 'entered':
        this.#enter(state.entry);
        return;
      case 'turned-away':
        this.#failWith(state.reason, '');
        return;
      case 'failed':
        this.#fail(state.error);
        return;
      default:
        state satisfies never;
    }
  }

  #enter(entry: RoomEntry): void {
    if (entry.room.code !== this.#code) {
      keepJoin(entry);
      this.#phase.set({ name: 'elsewhere', code: entry.room.code });
      return;
    }
    this.#entry = entry;
    this.#open = this.#openRoom(entry);
    this.#phase.set({ name: 'open', room: this.#open });
  }

  #openRoom(entry: RoomEntry): OpenRoom {
    this.#renewTimer = setInterval(() => void this.#renewToken(), renewCheckMs);
    return openRoom({
      entry,
      token: () => this.#entry?.token ?? '',
      onEvent: (event) => this.#follow(event),
      onRefused: (code) => void this.#refused(code),
      onClosed: (reason) => {
        if (reason === 'unauthorized') void this.#refused('token_invalid');
        else if (reason === 'gone') this.#failWith('deleted', 'The room is no longer there.');
        else if (reason === 'refused') this.#failWith('refused', 'The server could not take in the last edits.');
      },
    });
  }

  #keep(entry: RoomEntry): void {
    this.#entry = entry;
    rememberRoom(entry);
  }

  #follow(event: RoomEvent): void {
    if (event.name === 'room:deleted') this.#failWith('deleted', 'Its owner has deleted this room.');
    if (event.name === 'room:updated' && this.#entry !== undefined) this.#keep({ ...this.#entry, room: event.room });
  }

  /** A socket was turned away: join again once with the token we have, which tells whether we still belong here. */
  async #refused(code: ErrorCode): Promise<void> {
    if (this.#isRejoining || this.#open === undefined) return;
    if (code === 'room_not_found') {
      this.#failWith('deleted', 'The room is no longer there.');
      return;
    }
    if (!rejoinAfter.includes(code)) return;
    // As a guest one would be somebody else: that is for them to decide.
    if (this.#entry?.member.accountId != null && signIn.state.get().name === 'signed-out') {
      this.#failWith('signed-out', '');
      return;
    }
    this.#isRejoining = true;
    try {
      const before = this.#entry?.member.id;
      const answer = await this.door.join();
      if ('knock' in answer || answer.member.id !== before) {
        // Somebody new: the room is opened afresh for them, once what only this page has has been taken along.
        if (this.#open.collab.unsavedEdits.get() > 0) {
          this.#failWith('replaced', '');
          return;
        }
        this.#close();
        await this.door.open(Promise.resolve(answer));
        return;
      }
      const entry = answer;
      this.#keep(entry);
      this.#open.collab.reconnect();
      this.#open.events.reconnect();
    } catch (error) {
      // While the server is away there is nothing to conclude; the sockets go on trying.
      if (error instanceof ApiProblem && error.code === 'unreachable') this.#open?.collab.reconnect();
      else if (signIn.state.get().name === 'lost') this.#awaitSignIn();
      else this.#fail(error);
    } finally {
      this.#isRejoining = false;
    }
  }

  /** The account's session has ended: the room stays as it is, with all edits, while one is asked to sign in again. */
  #awaitSignIn(): void {
    this.#stopAwaitingSignIn();
    this.#stopAwaitingSignIn = signIn.state.subscribe(() => {
      if (signIn.state.get().name === 'lost') return;
      this.#stopAwaitingSignIn();
      void this.#refused('session_ended');
    });
  }

  async #renewToken(): Promise<void> {
    const entry = this.#entry;
    if (entry === undefined || Date.parse(entry.tokenExpiresAt) - Date.now() > renewBeforeMs) return;
    try {
      const { token, tokenExpiresAt } = await this.#open!.events.ask('token:renew', {});
      this.#keep({ ...entry, token, tokenExpiresAt });
    } catch {
      // It is tried again at the next check, and joining again remains.
    }
  }

  #fail(error: unknown): void {
    const problem = error instanceof ApiProblem ? error : undefined;
    const message = problem?.message ?? 'Something unexpected happened.';
    this.#failWith(failureOf(problem), message);
    if (problem === undefined) console.error(error);
  }

  #failWith(failure: RoomFailure, message: string): void {
    const open = this.#open;
    const unsavedText = open !== undefined && open.collab.unsavedEdits.get() > 0 ? open.files.allText() : null;
    this.#close();
    this.#phase.set({ name: 'failed', failure, message, unsavedText });
  }

  #close(): void {
    this.#stopAwaitingSignIn();
    clearInterval(this.#renewTimer);
    const open = this.#open;
    this.#open = undefined;
    open?.close();
  }
}

/** Refusals of a socket after which joining again tells what is true. */
const rejoinAfter: readonly ErrorCode[] = [
  'token_missing',
  'token_invalid',
  'token_expired',
  'session_ended',
  'sign_in_required',
  'membership_ended',
];

function failureOf(problem: ApiProblem | undefined): RoomFailure {
  switch (problem?.code) {
    case 'room_not_found':
      return 'not-found';
    case 'room_full':
      return 'full';
    case 'membership_ended':
      return 'membership-ended';
    case 'banned':
      return 'banned';
    case 'room_private':
      return 'private';
    case 'room_ended':
      return 'ended';
    case 'session_ended':
      return 'signed-out';
    case 'rate_limited':
      return 'rate-limited';
    case 'unreachable':
      return 'unreachable';
    case 'shutting_down':
    case 'storage_unavailable':
      return 'unavailable';
    default:
      return 'unexpected';
  }
}
