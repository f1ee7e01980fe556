/** An open room as its page works with it: the document, the events, and what can be asked of both. Knows no React. */
import type { ErrorCode, RoomEntry, RoomPatch } from '@coderoom/protocol';
import { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { type ApiCall, callApi } from '../../api.ts';
import { createLoaded, type Loaded } from '../../loaded.ts';
import { createStore, type Store } from '../../store.ts';
import type { RoomCall } from '../calls/room-call.ts';
import type { RoomChat } from '../chat/room-chat.ts';
import type { CodeEditor, CursorPlace } from '../editor/code-editor.ts';
import { CollabClient, type CollabCloseReason } from '../editor/collab-client.ts';
import { createReveals, type Reveals } from '../editor/reveals.ts';
import { guardUnsaved } from '../editor/unsaved-guard.ts';
import { RoomFiles } from '../files/room-files.ts';
import { narrowScreen } from '../layout/use-media.ts';
import { rememberOwnName } from '../members/own-name.ts';
import { showMember } from '../members/show-member.ts';
import { createPanels, type Panels } from '../panels/panels.ts';
import type { RoomProblems } from '../problems/room-problems.ts';
import { RoomRuns } from '../runs/room-runs.ts';
import { createRunsHere } from '../runs/runs-here.ts';
import type { RoomEvent, RoomEventsState } from './room-events.ts';
import { RoomEventsClient } from './room-events-client.ts';
import { RoomNotices } from './room-notices.ts';

export interface OpenRoom {
  code: string;
  doc: Y.Doc;
  awareness: Awareness;
  collab: CollabClient;
  events: RoomEventsClient;
  files: RoomFiles;
  runs: RoomRuns;
  /** What the last run complained of; of a run that began before it was loaded it knows less. */
  problems: Loaded<RoomProblems>;
  /** The call as far as one is in it; null: one is not. */
  call: Store<RoomCall | null>;
  panels: Panels;
  chat: Loaded<RoomChat>;
  /** The editor, while one is shown. */
  editor: Store<Pick<CodeEditor, 'selectedText' | 'insert' | 'find'> | null>;
  /** Where the editor is asked to go. */
  reveals: Reveals;
  /** Opens the file where a member's caret is and brings it into view; false when they have none. */
  showMember(memberId: string, options?: { isFollowed: boolean }): boolean;
  /** The member whom the editor follows. */
  followed: Store<string | null>;
  /** Whether the list of commands is open. */
  isCommanding: Store<boolean>;
  /** Where the caret is in the file in view. */
  cursor: Store<CursorPlace>;
  change(patch: RoomPatch): Promise<void>;
  changeLanguage(language: string): Promise<void>;
  renameSelf(name: string): Promise<void>;
  changeRole(memberId: string, role: 'editor' | 'viewer'): Promise<void>;
  /** Asks the server about this room, by a path beneath it such as `/members`. */
  ask<T>(path: string, call?: ApiCall): Promise<T>;
  /** Connects at once whatever is not connected. */
  check(): void;
  close(): void;
}

export interface OpenRoomOptions {
  entry: RoomEntry;
  /** Asked anew for each connection and question. */
  token: () => string;
  /** After notices have told what is to be told. */
  onEvent: (event: RoomEvent, state: RoomEventsState) => void;
  onRefused: (code: ErrorCode) => void;
  /** The document's connection has ended for good. */
  onClosed: (reason: CollabCloseReason) => void;
}

export function openRoom({ entry, token, onEvent, onRefused, onClosed }: OpenRoomOptions): OpenRoom {
  const doc = new Y.Doc();
  const awareness = new Awareness(doc);
  awareness.setLocalStateField('user', userOf(entry));
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  const address = () =>
    `${scheme}//${location.host}/collab/${entry.room.id}?token=${encodeURIComponent(token())}&acks=1`;
  const collab = new CollabClient({ doc, awareness, address });
  const ask = <T>(path: string, call: ApiCall = {}) =>
    callApi<T>(`rooms/${entry.room.id}${path}`, { ...call, token: token() });
  const notices = new RoomNotices({
    entry,
    ask,
    onKnocks: (knocks) => events.setKnocks(knocks),
    showSnippets: () => panels.show('snippets'),
    showCall: () => panels.show('call'),
  });
  const events = new RoomEventsClient({
    entry,
    token,
    onEvent(event, state) {
      notices.tell(event, state);
      onEvent(event, state);
    },
    onOwnerEvent: (event) => notices.tellOwner(event),
    onRefused,
  });
  const files = new RoomFiles(doc);
  const here = createRunsHere(events);
  const call = createStore<RoomCall | null>(null);
  const reveals = createReveals(files);
  // A panel takes the whole of a narrow screen, and there one comes for the code.
  const panels = createPanels({ isRemembered: !matchMedia(narrowScreen).matches });
  const chat = createLoaded(async () => {
    const { RoomChat } = await import('../chat/room-chat.ts');
    return { default: new RoomChat({ roomId: entry.room.id, events, panels, ask }) };
  });
  collab.state.subscribe(() => {
    const state = collab.state.get();
    if (state.name === 'closed') onClosed(state.reason);
  });

  /** The network has come or gone, or somebody looks at the page again after who knows how long. */
  const check = () => {
    if (document.visibilityState !== 'visible') return;
    collab.check();
    if (navigator.onLine) events.reconnect();
  };
  addEventListener('online', check);
  addEventListener('offline', check);
  document.addEventListener('visibilitychange', check);
  const stopGuarding = guardUnsaved(collab.unsavedEdits);
  collab.connect();
  return {
    code: entry.room.code,
    doc,
    awareness,
    collab,
    events,
    files,
    runs: new RoomRuns(events, collab, here),
    problems: createLoaded(async () => {
      const { RoomProblems } = await import('../problems/room-problems.ts');
      return { default: new RoomProblems({ events, files }) };
    }),
    call,
    panels,
    chat,
    editor: createStore<ReturnType<OpenRoom['editor']['get']>>(null),
    reveals,
    cursor: createStore<CursorPlace>({ line: 1, column: 1, selected: 0 }),
    showMember: (memberId, { isFollowed } = { isFollowed: false }) =>
      showMember({ memberId, awareness, files, reveals, isFollowed }),
    followed: createStore<string | null>(null),
    isCommanding: createStore(false),
    change: async (patch) => void (await events.ask('room:update', patch)),
    changeLanguage: async (language) => {
      notices.languageChosen(language);
      await events.ask('room:update', { language });
    },
    renameSelf: async (name) => {
      await events.ask('member:update', { memberId: entry.member.id, name });
      rememberOwnName(name);
    },
    changeRole: async (memberId, role) => void (await events.ask('member:update', { memberId, role })),
    ask,
    check,
    close() {
      removeEventListener('online', check);
      removeEventListener('offline', check);
      document.removeEventListener('visibilitychange', check);
      call.get()?.leave();
      const talk = chat.state.get();
      if (talk.name === 'loaded') talk.value.close();
      notices.close();
      stopGuarding();
      here.close();
      collab.destroy();
      events.destroy();
      doc.destroy();
    },
  };
}

/** What others see before the server has put its own word there. */
function userOf({ member }: RoomEntry): object {
  return { id: member.id, name: member.name, color: member.color, colorLight: `${member.color}33` };
}
