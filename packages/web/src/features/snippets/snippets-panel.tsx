/** The panel of the room's snippets: pushing what is selected or a whole file, and what was pushed, newest first. */
import type { Snippet, SnippetSummary } from '@coderoom/protocol';
import { useCallback, useEffect, useState } from 'react';
import { createIdempotencyKey } from '../../api.ts';
import type { Page } from '../../paged-list.ts';
import { useStore } from '../../store.ts';
import { usePagedList } from '../../use-paged-list.ts';
import { Icon } from '../layout/icon.tsx';
import { PagedItems } from '../layout/paged-items.tsx';
import { useFocused } from '../layout/use-focused.ts';
import { showProblem, showToast } from '../notices/toasts.ts';
import type { PanelProps } from '../panels/room-panels.ts';
import type { OpenRoom } from '../rooms/open-room.ts';
import { formatAgo } from '../rooms/time-ago.ts';
import { useNow } from '../rooms/use-now.ts';
import { formatBytes } from '../runs/verdict.ts';
import { SnippetDetail } from './snippet-detail.tsx';
import { selectionName } from './snippet-name.ts';
import './snippets.css';

const keyOf = ({ id }: SnippetSummary) => id;

export default function SnippetsPanel({ room, canChange, isNarrow, close }: PanelProps) {
  const load = useCallback(
    (cursor: string | null) =>
      room.ask<Page<SnippetSummary>>(cursor === null ? '/snippets' : `/snippets?before=${encodeURIComponent(cursor)}`),
    [room],
  );
  const { list, state } = usePagedList({ load, keyOf });
  const [opened, setOpened] = useState<SnippetSummary | null>(null);
  /** The one that was looked at last: the focus goes back to it. */
  const [returnedId, setReturnedId] = useState<string | null>(null);
  useEffect(
    () =>
      room.events.follow((event) => {
        if (event.name !== 'snippet:pushed') return;
        const { snippet } = event;
        list.change((snippets) => [snippet, ...snippets.filter(({ id }) => id !== snippet.id)]);
      }),
    [room, list],
  );
  if (opened !== null) {
    return (
      <SnippetDetail
        room={room}
        snippet={opened}
        canChange={canChange}
        onBack={() => {
          setReturnedId(opened.id);
          setOpened(null);
        }}
        onJump={isNarrow ? close : () => {}}
      />
    );
  }
  return (
    <div className="snippets">
      {canChange && <Push room={room} />}
      <div className="panel-scroll panel-list">
        <PagedItems
          what="Snippets"
          list={list}
          state={state}
          className="snippet-rows"
          byScrolling
          empty={
            <div className="panel-empty">
              <Icon name="snippet" size={30} />
              <p>No snippets yet.</p>
              <p className="panel-empty-note">
                A snippet keeps a piece of code as it is now, shows it to everybody, and puts it into a file of its
                name.
              </p>
            </div>
          }
        >
          {(snippet) => (
            <SnippetRow
              key={snippet.id}
              snippet={snippet}
              isReturned={snippet.id === returnedId}
              onOpen={() => setOpened(snippet)}
            />
          )}
        </PagedItems>
      </div>
    </div>
  );
}

function Push({ room }: { room: OpenRoom }) {
  const path = useStore(room.files.active);
  const { paths } = useStore(room.files.list);
  const { selected } = useStore(room.cursor);
  const [isBusy, setBusy] = useState(false);
  if (path === null) return null;

  const push = async (fileName: string, content: string) => {
    if (isBusy) return;
    setBusy(true);
    try {
      const body = { fileName, content };
      await room.ask<Snippet>('/snippets', { body, idempotencyKey: createIdempotencyKey() });
      showToast(`Pushed ${fileName}`);
    } catch (error) {
      showProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const pushSelection = () => {
    const text = room.editor.get()?.selectedText() ?? '';
    if (text !== '') void push(selectionName(path, paths), text);
  };
  const pushFile = async () => {
    // What is seen is what is pushed, also what is still on its way.
    await room.collab.whenSaved(saveWaitMs);
    await push(path, room.files.text(path)?.toString() ?? '');
  };
  return (
    <div className="snippet-push">
      <button
        type="button"
        className="button small"
        aria-disabled={isBusy}
        disabled={selected === 0}
        title={selected === 0 ? 'Select something in the editor first' : undefined}
        onClick={pushSelection}
      >
        Push the selection
      </button>
      <button type="button" className="button small" aria-disabled={isBusy} onClick={() => void pushFile()}>
        <span className="snippet-file">Push {path}</span>
      </button>
    </div>
  );
}

const saveWaitMs = 2_000;

interface SnippetRowProps {
  snippet: SnippetSummary;
  isReturned: boolean;
  onOpen: () => void;
}

function SnippetRow({ snippet, isReturned, onOpen }: SnippetRowProps) {
  const button = useFocused(isReturned);
  const { fileName, memberName, bytes, pushedAt } = snippet;
  const now = useNow();
  return (
    <li>
      <button ref={button} type="button" className="panel-row" onClick={onOpen}>
        <Icon name="snippet" size={20} />
        <span className="panel-row-words">
          <strong>{fileName}</strong>
          <small>
            <span className="panel-row-who">{memberName}</span>
            <time dateTime={pushedAt} title={new Date(pushedAt).toLocaleString()}>
              {formatAgo(Date.parse(pushedAt), now)}
            </time>
          </small>
        </span>
        <span className="panel-row-end">{bytes < 1024 ? `${bytes} B` : formatBytes(bytes)}</span>
      </button>
    </li>
  );
}
