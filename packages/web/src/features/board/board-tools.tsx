/** The board's toolbar: one stop of the Tab key, in which the arrow keys go from tool to tool. */
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react';
import { useStore } from '../../store.ts';
import { PathIcon } from '../layout/icon.tsx';
import { Popover } from '../layout/popover.tsx';
import type { BoardDesk, BoardTool } from './board-desk.ts';
import { boardIcons, toolIcons } from './board-icons.ts';
import { toolKeys } from './board-keys.ts';
import { HistoryButtons } from './history-buttons.tsx';
import { StylePicker } from './style-picker.tsx';

const toolNames: Record<BoardTool, string> = {
  select: 'Select and move',
  hand: 'Move the paper',
  pen: 'Pen',
  eraser: 'Eraser',
  line: 'Line',
  arrow: 'Arrow',
  rectangle: 'Rectangle',
  ellipse: 'Ellipse',
  text: 'Text',
};
const shapes: readonly BoardTool[] = ['line', 'arrow', 'rectangle', 'ellipse'];
/** Narrower than this, all tools do not fit beside each other. */
const roomyPx = 510;
const wideTools: readonly BoardTool[] = ['select', 'hand', 'pen', 'eraser', ...shapes, 'text'];

export interface BoardToolsProps {
  desk: BoardDesk;
  canChange: boolean;
  isNarrow: boolean;
  /** At the end of a wide bar. */
  children?: ReactNode;
}

export function BoardTools({ desk, canChange, isNarrow, children }: BoardToolsProps) {
  const toolbar = useRef<HTMLDivElement>(null);
  const current = useRef<HTMLButtonElement | null>(null);
  const { width } = useStore(desk.view);
  const isTight = isNarrow || (width > 0 && width < roomyPx);
  // Also of the buttons that menus bring along: after each rendering, exactly one is a stop.
  useEffect(() => {
    const buttons = buttonsOf(toolbar.current);
    const known = current.current;
    const stop =
      known !== null && buttons.includes(known) && !known.disabled ? known : buttons.find((b) => !b.disabled);
    for (const button of buttons) button.tabIndex = button === stop ? 0 : -1;
  });
  const press = (event: KeyboardEvent) => {
    const buttons = buttonsOf(toolbar.current).filter(({ disabled }) => !disabled);
    const at = buttons.indexOf(event.target as HTMLButtonElement);
    const to: Record<string, number> = {
      ArrowRight: at + 1,
      ArrowLeft: at - 1 + buttons.length,
      Home: 0,
      End: buttons.length - 1,
    };
    const next = to[event.key];
    if (at === -1 || next === undefined) return;
    event.preventDefault();
    buttons[next % buttons.length]?.focus();
  };
  return (
    <div
      ref={toolbar}
      className="board-tools"
      role="toolbar"
      aria-label="Drawing tools"
      onKeyDown={press}
      onFocus={(event) => {
        const button = event.target as HTMLElement as HTMLButtonElement;
        const buttons = buttonsOf(toolbar.current);
        if (!buttons.includes(button)) return;
        current.current = button;
        for (const other of buttons) other.tabIndex = other === button ? 0 : -1;
      }}
    >
      {canChange && (
        <>
          <div className="board-tool-group">
            {isTight ? (
              <NarrowTools desk={desk} isNarrow={isNarrow} />
            ) : (
              wideTools.map((tool) => <Tool key={tool} desk={desk} tool={tool} />)
            )}
          </div>
          <div className="board-tool-group">
            <StylePicker desk={desk} />
          </div>
        </>
      )}
      {!canChange && <p className="board-read-only">You can look at this board, and not draw on it.</p>}
      {!isNarrow && (
        <div className="board-tool-group board-tool-end">
          {canChange && <HistoryButtons desk={desk} />}
          {children}
        </div>
      )}
    </div>
  );
}

/** Those of the bar itself, not of panels that open from it. */
function buttonsOf(toolbar: HTMLElement | null): HTMLButtonElement[] {
  const all = [...(toolbar?.querySelectorAll('button') ?? [])];
  return all.filter((button) => button.closest('[popover]') === null);
}

function NarrowTools({ desk, isNarrow }: { desk: BoardDesk; isNarrow: boolean }) {
  const tool = useStore(desk.tool);
  const shape = shapes.includes(tool) ? tool : null;
  return (
    <>
      <Tool desk={desk} tool="select" />
      {!isNarrow && <Tool desk={desk} tool="hand" />}
      <Tool desk={desk} tool="pen" />
      <Tool desk={desk} tool="eraser" />
      <Popover
        label="Shapes"
        triggerLabel={shape === null ? 'Shapes' : `Shapes: ${toolNames[shape]}`}
        triggerClass={shape === null ? 'icon-button board-tool' : 'icon-button board-tool board-tool-chosen'}
        trigger={<PathIcon path={shape === null ? boardIcons.shapes : toolIcons[shape]} size={20} />}
      >
        {(close) => (
          <div className="menu">
            {shapes.map((one) => (
              <button
                key={one}
                type="button"
                className="menu-item"
                onClick={() => {
                  close();
                  desk.choose(one);
                }}
              >
                <PathIcon path={toolIcons[one]} size={20} />
                <span>{toolNames[one]}</span>
              </button>
            ))}
          </div>
        )}
      </Popover>
      <Tool desk={desk} tool="text" />
    </>
  );
}

function Tool({ desk, tool }: { desk: BoardDesk; tool: BoardTool }) {
  const isChosen = useStore(desk.tool) === tool;
  return (
    <button
      type="button"
      className="icon-button board-tool"
      aria-pressed={isChosen}
      aria-label={toolNames[tool]}
      aria-keyshortcuts={toolKeys[tool]}
      title={`${toolNames[tool]} (${toolKeys[tool]})`}
      onClick={() => desk.choose(tool)}
    >
      <PathIcon path={toolIcons[tool]} size={20} />
    </button>
  );
}
