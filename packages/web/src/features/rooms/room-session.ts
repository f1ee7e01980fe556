/**
 * Being in a room, from joining to leaving: the document, the events, the token, and what becomes of all that when
 * the server says no. Knows no React.
 */
import {
  type ErrorCode,
  type Knock,
  type Member,
  mayEdit,
  type Room,
  type RoomEntry,
  type RoomPatch,
} from '@coderoom/protocol';
import { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { type ApiCall, ApiProblem, callApi } from '../../api.ts';
import { createStore, type ReadableStore, type Store } from '../../store.ts';
import type { CursorPlace } from '../editor/code-editor.ts';
import { CollabClient } from '../editor/collab-client.ts';
import { guardUnsaved } from '../editor/unsaved-guard.ts';
import { RoomFiles } from '../files/room-files.ts';
import { rememberOwnName } from '../members/own-name.ts';
import { showMember } from '../members/show-member.ts';
import { announce } from '../notices/announcer.ts';
import { dismissToast, showProblem, showToast } from '../notices/toasts.ts';
import { RoomRuns } from '../runs/room-runs.ts';
import { session as signIn } from '../session/browser-session.ts';
import { announcementOf } from './announcements.ts';
import { keepJoin, takeJoin } from './join-room.ts';
import { languageName } from './languages.ts';
import { type DoorState, RoomDoor } from './room-door.ts';
import { type OwnerEvent, ownRole, type RoomEvent, type RoomEventsState } from './room-events.ts';
import { RoomEventsClient } from './room-events-client.ts';
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

/** What the room's page works with. */
export interface OpenRoom {
  code: string;
  doc: Y.Doc;
  awareness: Awareness;
  collab: CollabClient;
  events: RoomEventsClient;
  files: RoomFiles;
  runs: RoomRuns;
  /** Opens the file where a member's caret is and brings it into view; false when they have none. */
  showMember(memberId: string): boolean;
  /** Told when a place of the file in view is to be shown. Returns how to stop listening. */
  onReveal(listener: (position: number) => void): () => void;
  /** Where the caret is in the file in view. */
  cursor: Store<CursorPlace>;
  change(patch: RoomPatch): Promise<void>;
  changeLanguage(language: string): Promise<void>;
  renameSelf(name: string): Promise<void>;
  changeRole(memberId: string, role: 'editor' | 'viewer'): Promise<void>;
  /** Asks the server about this room, by a path beneath it such as `/members`. */
  ask<T>(path: string, call?: ApiCall): Promise<T>;
}

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
  #role: Member['role'] | undefined;
  /** What says that somebody knocks, by knock. */
  readonly #knockToasts = new Map<string, number>();
  #renewTimer: ReturnType<typeof setInterval> | undefined;
  #stopGuarding: () => void = () => {};
  /** What this person chose last: they need not be told. */
  #chosenLanguage: string | undefined;

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
    this.#role = entry.member.role;
    this.#open = this.#openRoom(entry);
    this.#phase.set({ name: 'open', room: this.#open });
  }

  #openRoom(entry: RoomEntry): OpenRoom {
    const doc = new Y.Doc();
    const awareness = new Awareness(doc);
    awareness.setLocalStateField('user', userOf(entry));
    const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
    const address = () =>
      `${scheme}//${location.host}/collab/${entry.room.id}?token=${encodeURIComponent(this.#token())}&acks=1`;
    const collab = new CollabClient({ doc, awareness, address });
    const events = new RoomEventsClient({
      entry,
      token: () => this.#token(),
      onEvent: (event, state) => this.#tell(event, state),
      onOwnerEvent: (event) => this.#tellOwner(event),
      onRefused: (code) => void this.#refused(code),
    });
    const files = new RoomFiles(doc);
    const runs = new RoomRuns(events, collab);
    const revealListeners = new Set<(position: number) => void>();
    const reveal = (position: number) => {
      for (const listener of revealListeners) listener(position);
    };
    collab.state.subscribe(() => {
      const state = collab.state.get();
      if (state.name !== 'closed') return;
      if (state.reason === 'unauthorized') void this.#refused('token_invalid');
      else if (state.reason === 'gone') this.#failWith('deleted', 'The room is no longer there.');
      else if (state.reason === 'refused') this.#failWith('refused', 'The server could not take in the last edits.');
    });
    addEventListener('online', this.#check);
    addEventListener('offline', this.#check);
    document.addEventListener('visibilitychange', this.#check);
    this.#renewTimer = setInterval(() => void this.#renewToken(), renewCheckMs);
    this.#stopGuarding = guardUnsaved(collab.unsavedEdits);
    collab.connect();
    return {
      code: entry.room.code,
      doc,
      awareness,
      collab,
      events,
      files,
      runs,
      cursor: createStore<CursorPlace>({ line: 1, column: 1, selected: 0 }),
      showMember: (memberId) => showMember({ memberId, awareness, files, reveal }),
      onReveal(listener) {
        revealListeners.add(listener);
        return () => revealListeners.delete(listener);
      },
      change: async (patch) => void (await events.ask('room:update', patch)),
      changeLanguage: async (language) => {
        this.#chosenLanguage = language;
        await events.ask('room:update', { language });
      },
      renameSelf: async (name) => {
        await events.ask('member:update', { memberId: entry.member.id, name });
        rememberOwnName(name);
      },
      changeRole: async (memberId, role) => void (await events.ask('member:update', { memberId, role })),
      ask: (path, call = {}) => callApi(`rooms/${entry.room.id}${path}`, { ...call, token: this.#token() }),
    };
  }

  #token(): string {
    return this.#entry?.token ?? '';
  }

  #keep(entry: RoomEntry): void {
    this.#entry = entry;
    rememberRoom(entry);
  }

  #tell(event: RoomEvent, state: RoomEventsState): void {
    const text = announcementOf(event, state);
    if (text !== undefined) announce(text);
    if (event.name === 'room:deleted') this.#failWith('deleted', 'Its owner has deleted this room.');
    if (event.name === 'room:updated') this.#roomUpdated(event.room);
    if (event.name === 'member:updated') this.#roleUpdated(ownRole(state));
  }

  #tellOwner(event: OwnerEvent): void {
    switch (event.name) {
      case 'knock:created': {
        const { id, name, reason } = event.knock;
        if (reason === 'waiting') announce(`${name} waits for the room to start`);
        else {
          const action = { label: 'Let in', act: () => void this.#admit(id) };
          this.#knockToasts.set(id, showToast(`${name} asks to join`, { action }));
        }
        return;
      }
      case 'knock:withdrawn':
        this.#dismissKnock(event.knockId);
        return;
      case 'knock:settled':
        this.#dismissKnock(event.knock.id);
        return;
      default:
        event satisfies never;
    }
  }

  #dismissKnock(knockId: string): void {
    const toast = this.#knockToasts.get(knockId);
    if (toast !== undefined) dismissToast(toast);
    this.#knockToasts.delete(knockId);
  }

  async #admit(knockId: string): Promise<void> {
    await this.#open?.ask(`/knocks/${knockId}/admit`, { body: {} }).catch(showProblem);
  }

  #roleUpdated(role: Member['role'] | undefined): void {
    if (role === undefined || role === this.#role) return;
    this.#role = role;
    if (role === 'viewer') showToast('You are a viewer now: you see everything, and cannot edit');
    if (role === 'editor') showToast('You can edit now');
    if (role !== 'owner') return;
    showToast('This room is yours now');
    const knocks = this.#open?.ask<{ items: Knock[] }>('/knocks');
    knocks?.then(
      ({ items }) => this.#open?.events.setKnocks(items),
      () => {}, // the next connection brings them
    );
  }

  #roomUpdated(room: Room): void {
    const before = this.#entry?.room;
    if (this.#entry === undefined || before === undefined) return;
    this.#keep({ ...this.#entry, room });
    if (room.language === before.language) return;
    if (room.language !== this.#chosenLanguage) showToast(`The language is now ${languageName(room.language)}`);
    this.#chosenLanguage = undefined;
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

  /** The network has come or gone, or somebody looks at the page again after who knows how long. */
  readonly #check = (): void => {
    if (document.visibilityState !== 'visible' || this.#open === undefined) return;
    this.#open.collab.check();
    if (navigator.onLine) this.#open.events.reconnect();
  };

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
    for (const knockId of [...this.#knockToasts.keys()]) this.#dismissKnock(knockId);
    removeEventListener('online', this.#check);
    removeEventListener('offline', this.#check);
    document.removeEventListener('visibilitychange', this.#check);
    clearInterval(this.#renewTimer);
    const open = this.#open;
    this.#open = undefined;
    this.#stopGuarding();
    open?.collab.destroy();
    open?.events.destroy();
    open?.doc.destroy();
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
    case 'shutting_down':
    case 'storage_unavailable':
      return 'unreachable';
    default:
      return 'unexpected';
  }
}

/** What others see before the server has put its own word there. */
function userOf({ member }: RoomEntry): object {
  return { id: member.id, name: member.name, color: member.color, colorLight: `${member.color}33` };
}

/** Whether this person may change the room right now. */
export function mayChange(state: RoomEventsState): boolean {
  const role = ownRole(state);
  return state.room.status !== 'ended' && role !== undefined && mayEdit(role);
}
