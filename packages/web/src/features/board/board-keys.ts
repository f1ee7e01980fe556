/** What keys do at the board; the browser's and the room's own stay what they are. */
import { announce } from '../notices/announcer.ts';
import type { BoardDesk, BoardTool, ShapeTool } from './board-desk.ts';
import { nameOf } from './element-name.ts';

export const toolKeys: Record<BoardTool, string> = {
  select: 'V',
  hand: 'H',
  pen: 'P',
  eraser: 'E',
  line: 'L',
  arrow: 'A',
  rectangle: 'R',
  ellipse: 'O',
  text: 'T',
};

const toolOfKey = new Map(Object.entries(toolKeys).map(([tool, key]) => [key.toLowerCase(), tool as BoardTool]));
const shapeTools: readonly BoardTool[] = ['line', 'arrow', 'rectangle', 'ellipse'];
const stepPx = 1;
const longStepPx = 10;
const panStepPx = 60;
const zoomStep = 1.25;

const arrows: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** True if the key meant something here. */
export function pressKey(desk: BoardDesk, event: KeyboardEvent): boolean {
  if (event.altKey) return false;
  return event.ctrlKey || event.metaKey ? pressCommand(desk, event) : pressPlain(desk, event);
}

function pressCommand(desk: BoardDesk, { key, shiftKey }: KeyboardEvent): boolean {
  switch (key.toLowerCase()) {
    case 'z':
      if (desk.canChange) step(desk, shiftKey ? 'redo' : 'undo');
      return true;
    case 'y':
      if (desk.canChange) step(desk, 'redo');
      return true;
    case 'a':
      desk.selectAll();
      return true;
    case 'd':
      desk.duplicateSelected();
      return true;
    case '0':
      desk.resetZoom();
      return true;
    case '+':
    case '=':
      desk.zoomBy(zoomStep);
      return true;
    case '-':
      desk.zoomBy(1 / zoomStep);
      return true;
    default:
      return false;
  }
}

function pressPlain(desk: BoardDesk, { key, shiftKey, code }: KeyboardEvent): boolean {
  const arrow = arrows[key];
  if (arrow !== undefined) {
    moveBy(desk, arrow, shiftKey);
    return true;
  }
  if (shiftKey && code === 'Digit1') {
    desk.fitAll();
    return true;
  }
  switch (key) {
    case 'Delete':
    case 'Backspace': {
      const removed = desk.removeSelected();
      if (removed > 0) announce(removed === 1 ? 'Deleted' : `${removed} deleted`);
      return removed > 0;
    }
    case 'Escape':
      if (desk.selection.get().size === 0) return false;
      desk.selection.set(new Set());
      return true;
    case 'Enter':
      return pressEnter(desk);
    case '.':
    case ',':
      selectNext(desk, key === '.' ? 1 : -1);
      return true;
    case '+':
    case '=':
      desk.zoomBy(zoomStep);
      return true;
    case '-':
      desk.zoomBy(1 / zoomStep);
      return true;
    default: {
      const tool = toolOfKey.get(key.toLowerCase());
      if (tool === undefined || shiftKey || !desk.canChange) return false;
      desk.choose(tool);
      return true;
    }
  }
}

/** Puts a shape or text in the middle of the view, or opens the text that is selected. */
function pressEnter(desk: BoardDesk): boolean {
  const tool = desk.tool.get();
  if (shapeTools.includes(tool)) {
    desk.placeShape(tool as ShapeTool);
    announce('Added in the middle; the arrow keys move it');
    return true;
  }
  if (tool === 'text') {
    desk.writeText(desk.middle());
    return true;
  }
  const [only, ...others] = desk.selected();
  if (only?.kind !== 'text' || others.length > 0) return false;
  desk.editText(only);
  return true;
}

function moveBy(desk: BoardDesk, [x, y]: [number, number], isLong: boolean): void {
  if (desk.selection.get().size === 0) {
    desk.camera.update((camera) => ({
      ...camera,
      x: camera.x + (x * panStepPx) / camera.zoom,
      y: camera.y + (y * panStepPx) / camera.zoom,
    }));
    return;
  }
  const far = isLong ? longStepPx : stepPx;
  desk.moveSelected(x * far, y * far);
}

function selectNext(desk: BoardDesk, direction: 1 | -1): void {
  const element = desk.selectNext(direction);
  if (element === undefined) return;
  const { list } = desk.elements;
  announce(`${nameOf(element)}, ${list.indexOf(element) + 1} of ${list.length}`);
}

function step(desk: BoardDesk, direction: 'undo' | 'redo'): void {
  const { canUndo, canRedo } = desk.elements.history.get();
  if (direction === 'undo') desk.elements.undo();
  else desk.elements.redo();
  if (direction === 'undo') announce(canUndo ? 'Undone' : 'Nothing to undo');
  else announce(canRedo ? 'Redone' : 'Nothing to redo');
}
