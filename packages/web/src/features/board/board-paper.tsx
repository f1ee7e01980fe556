/** What is drawn on, with everything that lies over it. */
import { useEffect, useMemo, useRef, useState } from 'react';
import { useStore } from '../../store.ts';
import type { OpenRoom } from '../rooms/open-room.ts';
import type { BoardDesk } from './board-desk.ts';
import { BoardSurface } from './board-surface.ts';
import { describeBoard } from './element-name.ts';
import { OtherPointers } from './other-pointers.tsx';
import { TextBox } from './text-box.tsx';
import { ZoomButtons } from './zoom-buttons.tsx';

export interface BoardPaperProps {
  room: OpenRoom;
  desk: BoardDesk;
  canChange: boolean;
  isNarrow: boolean;
}

export function BoardPaper({ room, desk, canChange, isNarrow }: BoardPaperProps) {
  const host = useRef<HTMLDivElement>(null);
  const base = useRef<HTMLCanvasElement>(null);
  const top = useRef<HTMLCanvasElement>(null);
  const [surface, setSurface] = useState<BoardSurface | null>(null);
  const hasSynced = useStore(room.collab.hasSynced);
  const tool = useStore(desk.tool);
  const camera = useStore(desk.camera);
  const isSeen = useStore(desk.view).width > 0;

  useEffect(() => {
    if (host.current === null || base.current === null || top.current === null) return;
    const { awareness } = room;
    const created = new BoardSurface({ host: host.current, base: base.current, top: top.current, desk, awareness });
    setSurface(created);
    return () => created.destroy();
  }, [room, desk]);

  // Who comes to a board on which something is drawn sees it.
  useEffect(() => {
    if (hasSynced && isSeen && desk.elements.list.length > 0) desk.fitAll();
  }, [desk, hasSynced, isSeen]);

  const holdToPan = (isDown: boolean) => {
    if (surface === null || host.current === null) return;
    surface.pointer.isPanKeyDown = isDown;
    host.current.toggleAttribute('data-panning', isDown);
  };
  return (
    <div className="board-space">
      <div
        ref={host}
        className="board-paper"
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it is drawn on, and takes keys
        tabIndex={0}
        aria-label={canChange ? 'Drawing area' : 'Drawing area, to be looked at only'}
        aria-describedby="board-keys board-content"
        data-tool={tool}
        style={gridOf(camera)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') surface?.pointer.abandon();
          if (event.key !== ' ') return;
          event.preventDefault();
          holdToPan(true);
        }}
        onKeyUp={(event) => event.key === ' ' && holdToPan(false)}
        onBlur={() => holdToPan(false)}
      >
        <canvas ref={base} />
        <canvas ref={top} />
      </div>
      {surface !== null && <OtherPointers desk={desk} surface={surface} />}
      {canChange && <TextBox desk={desk} paper={host} />}
      {hasSynced && <EmptyBoard desk={desk} canChange={canChange} isNarrow={isNarrow} />}
      <ZoomButtons desk={desk} isNarrow={isNarrow} />
      <p id="board-keys" className="sr-only">
        {canChange
          ? 'Letters choose tools: P pen, E eraser, L line, A arrow, R rectangle, O ellipse, T text, V select. Enter puts a shape in the middle. Comma and full stop select one after the other, arrow keys move it, Delete removes it.'
          : 'Arrow keys move the view, plus and minus change its size.'}
      </p>
      <BoardContent desk={desk} />
    </div>
  );
}

const gridStep = 28;

/** Dots that move with the paper; farther apart on the board the smaller it is shown. */
function gridOf({ x, y, zoom }: { x: number; y: number; zoom: number }) {
  const step = gridStep * zoom * 4 ** Math.max(0, Math.ceil(Math.log(0.55 / zoom) / Math.log(4)));
  return { backgroundSize: `${step}px ${step}px`, backgroundPosition: `${-x * zoom}px ${-y * zoom}px` };
}

function EmptyBoard({ desk, canChange, isNarrow }: { desk: BoardDesk; canChange: boolean; isNarrow: boolean }) {
  const count = useStore(desk.elements.count);
  const preview = useStore(desk.preview);
  const editing = useStore(desk.editing);
  if (count > 0 || preview.kind !== 'nothing' || editing !== null) return null;
  return (
    <div className="board-empty">
      {canChange ? (
        <>
          <p>Draw anything: everybody in the room sees it as you do.</p>
          <p className="board-empty-note">
            {isNarrow ? 'Two fingers move and zoom the paper.' : 'Hold the space bar and drag to move the paper.'}
          </p>
        </>
      ) : (
        <p>Nothing has been drawn here yet.</p>
      )}
    </div>
  );
}

/** The board in words. */
function BoardContent({ desk }: { desk: BoardDesk }) {
  const [changes, setChanges] = useState(0);
  useEffect(() => desk.elements.onChange(() => setChanges((count) => count + 1)), [desk]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the count stands for what is in the list
  const { summary, texts } = useMemo(() => describeBoard(desk.elements.list), [desk, changes]);
  return (
    <div id="board-content" className="sr-only">
      <p>{summary}</p>
      {texts.map((text, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: texts may be the same, and have no state
        <p key={index}>{text}</p>
      ))}
    </div>
  );
}
