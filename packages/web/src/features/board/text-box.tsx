/** The text that is being written, where it will stand and as large. */
import { boardFont, boardLineHeight, limits } from '@coderoom/protocol';
import { type RefObject, useEffect, useRef } from 'react';
import { useStore } from '../../store.ts';
import { theme } from '../theme/theme.ts';
import { toScreen } from './board-camera.ts';
import { type BoardDesk, shownColor } from './board-desk.ts';
import { measureText } from './element-box.ts';

export function TextBox({ desk, paper }: { desk: BoardDesk; paper: RefObject<HTMLElement | null> }) {
  const editing = useStore(desk.editing);
  const camera = useStore(desk.camera);
  const isDark = useStore(theme) === 'dark';
  const field = useRef<HTMLTextAreaElement>(null);
  const isOpen = editing !== null;
  useEffect(() => {
    if (!isOpen || field.current === null) return;
    field.current.focus({ preventScroll: true });
    field.current.select();
  }, [isOpen]);
  if (editing === null) return null;

  const { x, y } = toScreen(camera, editing);
  const lines = editing.text.split('\n');
  const size = editing.size * camera.zoom;
  const width = Math.max(...lines.map((line) => measureText(line, size))) + size;
  return (
    <textarea
      ref={field}
      className="board-text"
      aria-label="Text on the board"
      value={editing.text}
      maxLength={limits.boardTextMaxLength}
      spellCheck={false}
      wrap="off"
      style={{
        transform: `translate(${x}px, ${y}px)`,
        width,
        height: lines.length * size * boardLineHeight + 2,
        color: shownColor(editing.color, isDark),
        font: `${size}px/${boardLineHeight} ${boardFont}`,
      }}
      onChange={(event) => desk.editing.set({ ...editing, text: event.target.value })}
      onBlur={() => desk.finishText()}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.preventDefault();
        desk.finishText();
        paper.current?.focus({ preventScroll: true });
      }}
    />
  );
}
