/** The paper itself: joins the canvases, the pointers and the others' presence to a desk, and paints once a frame. */
import type { BoardBox, BoardElement } from '@coderoom/protocol';
import type { Awareness } from 'y-protocols/awareness';
import { createStore, type ReadableStore } from '../../store.ts';
import { theme } from '../theme/theme.ts';
import type { BoardDesk, Preview } from './board-desk.ts';
import { type BoardDraft, BoardPainter, type BoardScene } from './board-painter.ts';
import { BoardPointer } from './board-pointer.ts';
import { BoardPresence, type OtherAtBoard, othersAtBoard } from './board-presence.ts';
import { boxAround, boxAroundAll } from './element-box.ts';
import { handlesOf } from './hit-test.ts';

export interface BoardSurfaceOptions {
  host: HTMLElement;
  base: HTMLCanvasElement;
  top: HTMLCanvasElement;
  desk: BoardDesk;
  awareness: Awareness;
}

const nothingLifted: ReadonlySet<string> = new Set();

export class BoardSurface {
  readonly others: ReadableStore<readonly OtherAtBoard[]>;
  readonly pointer: BoardPointer;

  readonly #options: BoardSurfaceOptions;
  readonly #painter: BoardPainter;
  readonly #presence: BoardPresence;
  readonly #others = createStore<readonly OtherAtBoard[]>([]);
  readonly #stops: (() => void)[] = [];
  #lifted = nothingLifted;
  #frame: number | undefined;

  constructor(options: BoardSurfaceOptions) {
    this.#options = options;
    const { host, base, top, desk, awareness } = options;
    this.others = this.#others;
    this.#painter = new BoardPainter(base, top);
    this.#presence = new BoardPresence(awareness);
    this.pointer = new BoardPointer({ host, desk, onPoint: (point) => this.#presence.setPointer(point) });
    const repaint = () => this.#later();
    for (const store of [desk.camera, desk.selection, desk.editing, theme]) this.#stops.push(store.subscribe(repaint));
    this.#stops.push(desk.elements.onChange(repaint));
    this.#stops.push(desk.preview.subscribe(() => this.#previewed(desk.preview.get())));
    awareness.on('change', this.#onAwareness);
    this.#onAwareness();
    const sizes = new ResizeObserver(() => this.#resize());
    sizes.observe(host);
    this.#stops.push(() => sizes.disconnect());
    this.#resize();
  }

  destroy(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    for (const stop of this.#stops) stop();
    this.#options.awareness.off('change', this.#onAwareness);
    this.pointer.destroy();
    this.#presence.destroy();
  }

  #previewed(preview: Preview): void {
    this.#presence.setDraft(preview.kind === 'draft' ? preview.drawing : null);
    this.#later();
  }

  #resize(): void {
    const { host, desk } = this.#options;
    const { clientWidth: width, clientHeight: height } = host;
    // Hidden: it has no size, and nobody sees it.
    if (width === 0 || height === 0) {
      this.#presence.setPointer(null);
      return;
    }
    this.#painter.resize({ width, height }, devicePixelRatio);
    desk.view.set({ width, height });
    // At once: a canvas that was resized is empty.
    this.#paint();
  }

  readonly #onAwareness = (): void => {
    const others = othersAtBoard(this.#options.awareness);
    if (others.length === 0 && this.#others.get().length === 0) return;
    this.#others.set(others);
    this.#later();
  };

  #later(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#paint();
    });
  }

  #paint(): void {
    if (this.#options.desk.view.get().width > 0) this.#painter.paint(this.#scene());
  }

  #scene(): BoardScene {
    const { desk } = this.#options;
    const preview = desk.preview.get();
    const editing = desk.editing.get()?.id;
    const drafts: BoardDraft[] = [];
    const lifted = new Set(editing == null ? [] : [editing]);
    let faint: BoardElement[] = [];
    let selected = desk.selected().filter(({ id }) => id !== editing);
    let moved = { x: 0, y: 0 };
    if (preview.kind === 'changed') {
      const changed = desk.elements.list.filter(({ id }) => preview.changes.has(id));
      for (const element of changed) {
        lifted.add(element.id);
        const { x = element.x, y = element.y, ...others } = preview.changes.get(element.id) ?? {};
        const isMoved = Object.keys(others).length === 0;
        if (isMoved) moved = { x: x - element.x, y: y - element.y };
        drafts.push(isMoved ? { element, at: { x, y } } : { drawing: { ...element, x, y, ...others } as BoardElement });
      }
      selected = changed.map((element) => (moved.x === 0 && moved.y === 0 ? changedBy(element, preview) : element));
    }
    if (preview.kind === 'erasing') {
      faint = [...preview.ids].map((id) => desk.elements.get(id)).filter((element) => element !== undefined);
      for (const id of preview.ids) lifted.add(id);
    }
    for (const { draft } of this.#others.get()) if (draft !== null) drafts.push({ drawing: draft });
    if (preview.kind === 'draft') drafts.push({ drawing: preview.drawing });
    const [only, ...more] = selected;
    return {
      elements: desk.elements.list,
      lifted: this.#keepLifted(lifted),
      camera: desk.camera.get(),
      isDark: theme.get() === 'dark',
      drafts,
      faint,
      selected: boxesOf(selected).map((box) => moveBox(box, moved)),
      handles: only === undefined || more.length > 0 || moved.x !== 0 || moved.y !== 0 ? [] : handlesOf(only),
      frame: preview.kind === 'frame' ? preview.box : null,
    };
  }

  /** The same set as long as it holds the same: what is painted beneath stays then. */
  #keepLifted(lifted: ReadonlySet<string>): ReadonlySet<string> {
    const before = this.#lifted;
    if (before.size !== lifted.size || [...lifted].some((id) => !before.has(id))) this.#lifted = lifted;
    return this.#lifted;
  }
}

/** Of many that are selected only the frame around all is shown. */
const boxesMax = 40;

function boxesOf(elements: readonly BoardElement[]): BoardBox[] {
  const boxes = elements.length > boxesMax ? [boxAroundAll(elements)] : elements.map(boxAround);
  return boxes.filter((box) => box !== undefined);
}

function moveBox({ left, top, right, bottom }: BoardBox, { x, y }: { x: number; y: number }): BoardBox {
  return { left: left + x, top: top + y, right: right + x, bottom: bottom + y };
}

function changedBy(element: BoardElement, { changes }: Extract<Preview, { kind: 'changed' }>): BoardElement {
  return { ...element, ...changes.get(element.id) } as BoardElement;
}
