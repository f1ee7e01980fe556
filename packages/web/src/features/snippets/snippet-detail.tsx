/** One snippet as it was pushed: to read, copy, put where the caret is, or to see the file it went into. */
import type { Snippet, SnippetSummary } from '@coderoom/protocol';
import { useCallback, useEffect, useRef, useState } from 'react';
import { copyText } from '../layout/copy-text.ts';
import { Icon } from '../layout/icon.tsx';
import { ListFailed, ListLoading } from '../layout/list-states.tsx';
import { showToast } from '../notices/toasts.ts';
import type { OpenRoom } from '../rooms/open-room.ts';

export interface SnippetDetailProps {
  room: OpenRoom;
  snippet: SnippetSummary;
  canChange: boolean;
  onBack: () => void;
  /** The editor shows something of it. */
  onJump: () => void;
}

type Content = { name: 'loading' } | { name: 'shown'; text: string } | { name: 'failed'; message: string };

export function SnippetDetail({ room, snippet, canChange, onBack, onJump }: SnippetDetailProps) {
  const { id, fileName, path, memberName, pushedAt } = snippet;
  const back = useRef<HTMLButtonElement>(null);
  const [content, setContent] = useState<Content>({ name: 'loading' });
  const load = useCallback(() => {
    setContent({ name: 'loading' });
    room.ask<Snippet>(`/snippets/${id}`).then(
      ({ content: text }) => setContent({ name: 'shown', text }),
      (error) => setContent({ name: 'failed', message: error instanceof Error ? error.message : '' }),
    );
  }, [room, id]);
  useEffect(load, [load]);
  useEffect(() => back.current?.focus(), []);

  const copy = async (text: string) =>
    showToast((await copyText(text)) ? 'Copied' : 'This browser does not let the page copy.');
  const insert = (text: string) => {
    if (room.editor.get()?.insert(text) === true) onJump();
  };
  const openFile = () => {
    if (room.files.text(path) === undefined) showToast(`${path} is no longer there.`);
    else {
      room.files.open(path);
      onJump();
    }
  };
  return (
    <div className="panel-scroll panel-detail snippet-detail">
      <button ref={back} type="button" className="button small panel-back" onClick={onBack}>
        <Icon name="back" size={16} />
        All snippets
      </button>
      <h3>{fileName}</h3>
      <p className="panel-about">
        {memberName} · {new Date(pushedAt).toLocaleString()}
      </p>
      {content.name === 'loading' && <ListLoading />}
      {content.name === 'failed' && <ListFailed what="The snippet" message={content.message} onRetry={load} />}
      {content.name === 'shown' && (
        <>
          <div className="snippet-actions">
            <button type="button" className="button small" onClick={() => void copy(content.text)}>
              Copy
            </button>
            {canChange && (
              <button type="button" className="button small" onClick={() => insert(content.text)}>
                Insert at the caret
              </button>
            )}
            <button type="button" className="button small" onClick={openFile}>
              Open the file
            </button>
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reached by keys */}
          <pre tabIndex={0}>{content.text}</pre>
        </>
      )}
    </div>
  );
}
