/**
 * Being in a room, from joining to leaving: the document, the events, the token, and what becomes of all that when
 * the server says no. Knows no React.
 */
import { type ErrorCode, mayEdit, type Room, type RoomEntry } from '@coderoom/protocol';
import { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { ApiProblem, callApi } from '../../api.ts';
import { createStore, type ReadableStore, type Store } from '../../store.ts';
import type { CursorPlace } from '../editor/code-editor.ts';
import { CollabClient } from '../editor/collab-client.ts';
import { guardUnsaved } from '../editor/unsaved-guard.ts';
import { RoomFiles } from '../files/room-files.ts';
import { rememberOwnName } from '../members/own-name.ts';
import { showMember } from '../members/show-member.ts';
import { announce } from '../notices/announcer.ts';
import { showToast } from '../notices/toasts.ts';
import { RoomRuns } from '../runs/room-runs.ts';
import { announcementOf } from './announcements.ts';
import { joinRoom, takeJoin } from './join-room.ts';
import { languageName } from './languages.ts';
import type { RoomEvent, RoomEventsState } from './room-events.ts';
import { RoomEventsClient } from './room-events-client.ts';
import { forgetToken, rememberRoom } from './visited-rooms.ts';

export type RoomFailure =
  | 'not-found'
  | 'full'
  | 'membership-ended'
  | 'deleted'
  | 'unreachable'
  | 'rate-limited'
  | 'refused'
  | 'unexpected';

export type RoomPhase =
  | { name: 'joining' }
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
  changeTitle(title: string): Promise<void>;
  changeLanguage(language: string): Promise<void>;
  renameSelf(name: string): Promise<void>;
  changeRole(memberId: string, role: 'editor' | 'viewer'): Promise<void>;
  removeMember(memberId: string): Promise<void>;
  /** Ends the room for good; it can be read from then on. */
  end(): Promise<void>;
  delete(): Promise<void>;
}

/** The token is renewed when it is this near to its end. */
const renewBeforeMs = 24 * 60 * 60_000;
const renewCheckMs = 60 * 60_000;

export class RoomSession {
  readonly phase: ReadableStore<RoomPhase>;
  readonly #phase = createStore<RoomPhase>({ name: 'joining' });
  readonly #code: string;
  #entry: RoomEntry | undefined;
  #open: OpenRoom | undefined;
  #isRejoining = false;
  #hasLeft = false;
  #renewTimer: ReturnType<typeof setInterval> | undefined;
  #stopGuarding: () => void = () => {};
  /** What this person chose last: they need not be told. */
  #chosenLanguage: string | undefined;

  constructor(code: string) {
    this.#code = code;
    this.phase = this.#phase;
    void this.#start(takeJoin(code));
  }

  /** Tries again after a failure; as somebody new when the old membership is over. */
  retry(): void {
    const phase = this.#phase.get();
    if (phase.name !== 'failed') return;
    if (phase.failure === 'membership-ended') forgetToken(this.#code);
    this.#phase.set({ name: 'joining' });
    void this.#start(joinRoom(this.#code));
  }

  /** Goes away; edits that are not saved yet are still sent, also when the connection is back only later. */
  leave(): void {
    this.#hasLeft = true;
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

  async #start(joining: Promise<RoomEntry>): Promise<void> {
    try {
      const entry = await joining;
      if (this.#hasLeft) return;
      this.#entry = entry;
      this.#open = this.#openRoom(entry);
      this.#phase.set({ name: 'open', room: this.#open });
    } catch (error) {
      this.#fail(error);
    }
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
      changeTitle: async (title) => void (await events.ask('room:update', { title })),
      changeLanguage: async (language) => {
        this.#chosenLanguage = language;
        await events.ask('room:update', { language });
      },
      renameSelf: async (name) => {
        await events.ask('member:update', { memberId: entry.member.id, name });
        rememberOwnName(name);
      },
      changeRole: async (memberId, role) => void (await events.ask('member:update', { memberId, role })),
      removeMember: (memberId) => this.#ask(`/members/${memberId}`, 'DELETE'),
      end: () => this.#ask('/end', 'POST'),
      delete: () => this.#ask('', 'DELETE'),
    };
  }

  async #ask(path: string, method: 'POST' | 'DELETE'): Promise<void> {
    await callApi(`rooms/${this.#entry?.room.id}${path}`, { method, token: this.#token() });
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
    if (!['token_missing', 'token_invalid', 'token_expired', 'membership_ended'].includes(code)) return;
    this.#isRejoining = true;
    try {
      const before = this.#entry?.member.id;
      const entry = await joinRoom(this.#code);
      if (entry.member.id !== before) {
        // Somebody new: the room is opened afresh for them.
        this.#close();
        await this.#start(Promise.resolve(entry));
        return;
      }
      this.#keep(entry);
      this.#open.collab.reconnect();
      this.#open.events.reconnect();
    } catch (error) {
      // While the server is away there is nothing to conclude; the sockets go on trying.
      if (error instanceof ApiProblem && error.code === 'unreachable') this.#open?.collab.reconnect();
      else this.#fail(error);
    } finally {
      this.#isRejoining = false;
    }
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

function failureOf(problem: ApiProblem | undefined): RoomFailure {
  switch (problem?.code) {
    case 'room_not_found':
      return 'not-found';
    case 'room_full':
      return 'full';
    case 'membership_ended':
      return 'membership-ended';
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
export function mayChange({ room, members, memberId }: RoomEventsState): boolean {
  const self = members.find(({ id }) => id === memberId);
  return room.status !== 'ended' && self !== undefined && mayEdit(self.role);
}
