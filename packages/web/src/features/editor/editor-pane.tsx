/** The room's files and the editor of the one in view. */
import { useEffect, useRef, useState } from 'react';
import { useStore } from '../../store.ts';
import { FileTabs } from '../files/file-tabs.tsx';
import { showToast } from '../notices/toasts.ts';
import type { OpenRoom } from '../rooms/open-room.ts';
import { CodeEditor } from './code-editor.ts';
import './editor.css';

export interface EditorPaneProps {
  room: OpenRoom;
  canChange: boolean;
  isNarrow: boolean;
}

export function EditorPane({ room, canChange, isNarrow }: EditorPaneProps) {
  const parent = useRef<HTMLDivElement>(null);
  const [editor, setEditor] = useState<CodeEditor | null>(null);
  const active = useStore(room.files.active);
  const hasSynced = useStore(room.collab.hasSynced);

  useEffect(() => {
    if (parent.current === null) return;
    const { awareness, cursor } = room;
    const onTooLarge = () => showToast('That would make the file larger than it may be.', { tone: 'bad' });
    const loadProblemMarks = () => loadMarks(room);
    const created = new CodeEditor({ parent: parent.current, awareness, cursor, onTooLarge, loadProblemMarks });
    const stop = room.reveals.onReveal((place) => created.reveal(place));
    setEditor(created);
    room.editor.set(created);
    return () => {
      room.editor.set(null);
      stop();
      created.destroy();
    };
  }, [room]);

  // Read-only until the room's text is there: what was typed before would not be in its place.
  useEffect(() => editor?.setReadOnly(!canChange || !hasSynced), [editor, canChange, hasSynced]);

  useEffect(() => {
    const text = active === null ? undefined : room.files.text(active);
    if (editor === null || active === null || text === undefined || !hasSynced) return;
    const isFirst = !editor.hasText;
    editor.show(active, text);
    // On a phone the focus would bring up the keyboard before anything was read.
    if (isFirst && matchMedia('(pointer: fine)').matches && document.activeElement === document.body) editor.focus();
  }, [editor, active, hasSynced, room]);

  return (
    <section className="editor-pane" aria-label="Code" data-pane>
      <FileTabs room={room} canChange={canChange} isNarrow={isNarrow} />
      <div className="editor" ref={parent} data-ready={hasSynced} />
      <p id="editor-hint" className="sr-only">
        Tab indents. To leave the editor by keyboard press Escape, then Tab.
      </p>
      {!hasSynced && (
        <div className="editor-loading" role="presentation">
          <span />
          <span />
          <span />
        </div>
      )}
    </section>
  );
}

async function loadMarks({ problems }: OpenRoom) {
  try {
    const [{ problemMarks }, loaded] = await Promise.all([import('../problems/problem-marks.ts'), problems.get()]);
    return (path: string) => problemMarks(loaded, path);
  } catch {
    return () => []; // the connection broke off; what the run said stands in the output
  }
}
