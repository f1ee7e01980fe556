/**
 * The way into a room: joining, the password, waiting at the door. It ends with an entry, or with why there is none.
 * What is in the room is room-session.ts's business.
 */
import type { Knock, KnockEntry, RoomEntry } from '@coderoom/protocol';
import { ApiProblem, callApi } from '../../api.ts';
import { createStore, type ReadableStore } from '../../store.ts';
import { rememberOwnName } from '../members/own-name.ts';
import { type JoinAnswer, joinRoom } from './join-room.ts';
import { type KnockOutcome, type KnockWatch, watchKnock } from './knock-watch.ts';
import { rememberRoom } from './visited-rooms.ts';

export type DoorState =
  | { name: 'joining' }
  /** The room asks for a password. */
  | { name: 'password' }
  /** Somebody has to let us in, or to start the room. */
  | { name: 'waiting'; knock: Knock; isReachable: boolean }
  | { name: 'entered'; entry: RoomEntry }
  | { name: 'turned-away'; reason: 'not-admitted' | 'waited-too-long' }
  | { name: 'failed'; error: unknown };

/** What is said beside the field in which a password was tried. */
const staysAtPassword: readonly string[] = ['password_wrong', 'rate_limited', 'unreachable'];

export class RoomDoor {
  readonly state: ReadableStore<DoorState>;
  readonly #state = createStore<DoorState>({ name: 'joining' });
  readonly #code: string;
  #password: string | undefined;
  #watch: KnockWatch | undefined;
  #hasLeft = false;

  constructor(code: string) {
    this.#code = code;
    this.state = this.#state;
  }

  /** Follows a join that was begun, or begins one. */
  async open(joining: Promise<JoinAnswer> = this.join()): Promise<void> {
    this.#state.set({ name: 'joining' });
    await this.#follow(joining);
  }

  /** Asks to be let in, with the password that was given here before, if any. */
  join(options: { name?: string } = {}): Promise<JoinAnswer> {
    return joinRoom(this.#code, { ...options, ...(this.#password === undefined ? {} : { password: this.#password }) });
  }

  /** Fails with what is wrong with the password; whatever else comes of it is the next state. */
  async enterPassword(password: string): Promise<void> {
    const joining = joinRoom(this.#code, { password });
    try {
      await joining;
    } catch (error) {
      if (error instanceof ApiProblem && staysAtPassword.includes(error.code)) throw error;
    }
    this.#password = password;
    await this.#follow(joining);
  }

  /** Knocks again under another name. */
  async knockAs(name: string): Promise<void> {
    rememberOwnName(name);
    this.#stopWaiting();
    await this.#follow(this.join({ name }));
  }

  leave(): void {
    this.#hasLeft = true;
    this.#stopWaiting();
  }

  async #follow(joining: Promise<JoinAnswer>): Promise<void> {
    try {
      const answer = await joining;
      if ('knock' in answer) this.#wait(answer);
      else this.#set({ name: 'entered', entry: answer });
    } catch (error) {
      const asksForPassword = error instanceof ApiProblem && error.code === 'password_required';
      this.#set(asksForPassword ? { name: 'password' } : { name: 'failed', error });
    }
  }

  #set(state: DoorState): void {
    if (!this.#hasLeft) this.#state.set(state);
  }

  #wait(answer: KnockEntry): void {
    const { knock } = answer;
    this.#watch = watchKnock({
      roomCode: this.#code,
      knock: answer,
      call: callApi,
      onOutcome: (outcome) => this.#answered(outcome),
      onReachable: (isReachable) => this.#set({ name: 'waiting', knock, isReachable }),
    });
    addEventListener('pagehide', this.#stopWaiting);
    this.#set({ name: 'waiting', knock, isReachable: true });
    // Left while the answer was on its way: nobody waits.
    if (this.#hasLeft) this.#stopWaiting();
  }

  readonly #stopWaiting = (): void => {
    removeEventListener('pagehide', this.#stopWaiting);
    this.#watch?.withdraw();
  };

  #answered(outcome: KnockOutcome): void {
    removeEventListener('pagehide', this.#stopWaiting);
    switch (outcome.name) {
      case 'admitted':
        rememberRoom(outcome.entry);
        this.#set({ name: 'entered', entry: outcome.entry });
        return;
      case 'refused':
        this.#set({ name: 'turned-away', reason: 'not-admitted' });
        return;
      case 'gone':
        this.#set({ name: 'turned-away', reason: 'waited-too-long' });
        return;
      default:
        outcome satisfies never;
    }
  }
}
