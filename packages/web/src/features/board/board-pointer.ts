/** Pointers on the board: mouse, pen, fingers and wheel, as one gesture at a time, and what each does to the desk. */
import { type BoardElement, roundToTenths } from '@coderoom/protocol';
import { type Point, panBy, pinch, toBoard, toScreen } from './board-camera.ts';
import { type BoardDesk, movesOf, type ShapeTool } from './board-desk.ts';
import type { Drawing } from './board-elements.ts';
import { shapeBetween, straighten } from './drawn-shape.ts';
import { StrokeRecorder } from './freehand.ts';
import { boxBetween, dragHandle, handlesOf, hitAlong, topmostAt, within } from './hit-test.ts';

type Gesture =
  | { kind: 'idle' }
  | { kind: 'drawing'; pointer: number; recorder: StrokeRecorder; startedAt: number }
  | { kind: 'shaping'; pointer: number; tool: ShapeTool; start: Point; end: Point }
  | { kind: 'moving'; pointer: number; start: Point; elements: readonly BoardElement[]; dx: number; dy: number }
  | { kind: 'resizing'; pointer: number; element: BoardElement; handle: number; to: Point }
  | { kind: 'framing'; pointer: number; start: Point; kept: ReadonlySet<string> }
  | { kind: 'erasing'; pointer: number; ids: Set<string>; last: Point }
  | { kind: 'panning'; pointer: number; last: Point }
  | { kind: 'pinching'; pointers: Map<number, Point> };

/** How far from something, on the screen, it is still hit. */
const reachPx = { mouse: 5, touch: 12 } as const;
const handleReachPx = { mouse: 9, touch: 20 } as const;
/** A shape that is drawn no further than this was a slip of the hand. */
const slipPx = 4;
/** A second finger so soon means that the first did not want to draw. */
const pinchWithinMs = 350;
const wheelZoomPerPixel = 0.0022;
const wheelLinePx = 20;

export interface BoardPointerOptions {
  host: HTMLElement;
  desk: BoardDesk;
  /** Where the pointer is, on the board; null: elsewhere. */
  onPoint: (point: Point | null) => void;
}

export class BoardPointer {
  readonly #host: HTMLElement;
  readonly #desk: BoardDesk;
  readonly #onPoint: BoardPointerOptions['onPoint'];
  readonly #listening = new AbortController();
  #gesture: Gesture = { kind: 'idle' };
  /** While the space bar is held, everything pans. */
  isPanKeyDown = false;
  /** Who has a pen draws with it: fingers, and the palm, then only move the paper. */
  #hasPen = false;

  constructor({ host, desk, onPoint }: BoardPointerOptions) {
    this.#host = host;
    this.#desk = desk;
    this.#onPoint = onPoint;
    const { signal } = this.#listening;
    host.addEventListener('pointerdown', (event) => this.#down(event), { signal });
    host.addEventListener('pointermove', (event) => this.#move(event), { signal });
    host.addEventListener('pointerup', (event) => this.#up(event), { signal });
    // The focus of a text that has just begun stays in it; a press elsewhere takes it, which finishes the text.
    host.addEventListener('mousedown', (event) => this.#isText && event.preventDefault(), { signal });
    host.addEventListener('pointercancel', (event) => this.#cancel(event.pointerId), { signal });
    host.addEventListener('blur', () => host.toggleAttribute('data-by-pointer', false), { signal });
    host.addEventListener('pointerleave', () => this.#onPoint(null), { signal });
    host.addEventListener('dblclick', (event) => this.#doubleClick(event), { signal });
    host.addEventListener('wheel', (event) => this.#wheel(event), { signal, passive: false });
    // A long press is no wish for the browser's menu.
    host.addEventListener('contextmenu', (event) => event.preventDefault(), { signal });
  }

  /** Where each finger was last. */
  readonly #fingers = new Map<number, Point>();

  get #isText(): boolean {
    return this.#desk.tool.get() === 'text' && this.#desk.editing.get() !== null;
  }

  get isBusy(): boolean {
    return this.#gesture.kind !== 'idle';
  }

  /** Gives up what is being done, as if it had not begun. */
  abandon(): void {
    this.#gesture = { kind: 'idle' };
    this.#desk.preview.set({ kind: 'nothing' });
  }

  destroy(): void {
    this.abandon();
    this.#listening.abort();
  }

  // --- Down ---------------------------------------------------------------------------------------------------------

  #down(event: PointerEvent): void {
    const screen = this.#screen(event);
    if (event.pointerType === 'pen') this.#hasPen = true;
    if (event.pointerType === 'touch') {
      this.#fingers.set(event.pointerId, screen);
      if (this.#joinPinch(event, screen)) return;
    }
    if (this.isBusy) return;
    this.#host.setPointerCapture(event.pointerId);
    // Who draws sees where they are.
    this.#host.toggleAttribute('data-by-pointer', true);
    if (this.#desk.tool.get() !== 'text') this.#host.focus({ preventScroll: true });
    const isPalm = this.#hasPen && event.pointerType === 'touch';
    const { tool } = this.#desk;
    if (this.isPanKeyDown || isPalm || event.button === 1 || event.button === 2 || tool.get() === 'hand') {
      this.#gesture = { kind: 'panning', pointer: event.pointerId, last: screen };
      return;
    }
    if (event.button !== 0 || !this.#desk.canChange) return;
    this.#begin(event, toBoard(this.#desk.camera.get(), screen));
  }

  #begin(event: PointerEvent, place: Point): void {
    const desk = this.#desk;
    const pointer = event.pointerId;
    const tool = desk.tool.get();
    switch (tool) {
      case 'pen': {
        const hasPressure = event.pointerType === 'pen';
        const recorder = new StrokeRecorder({ size: desk.penSize, zoom: desk.camera.get().zoom, hasPressure });
        recorder.add(place.x, place.y, event.pressure);
        this.#gesture = { kind: 'drawing', pointer, recorder, startedAt: event.timeStamp };
        this.#showStroke(recorder);
        return;
      }
      case 'eraser':
        this.#gesture = { kind: 'erasing', pointer, ids: new Set(), last: place };
        this.#erase(this.#gesture, place, event);
        return;
      case 'line':
      case 'arrow':
      case 'rectangle':
      case 'ellipse':
        this.#gesture = { kind: 'shaping', pointer, tool, start: place, end: place };
        return;
      case 'text':
        // Beside a text that is being written, a press finishes it.
        if (desk.editing.get() === null) desk.writeText(place);
        else desk.finishText();
        return;
      case 'select':
        this.#select(event, place);
        return;
      case 'hand':
        return;
      default:
        tool satisfies never;
    }
  }

  #select(event: PointerEvent, place: Point): void {
    const desk = this.#desk;
    const pointer = event.pointerId;
    const [only, ...others] = desk.selected();
    if (only !== undefined && others.length === 0) {
      const reach = handleReachPx[kindOf(event)] / desk.camera.get().zoom;
      const handle = handlesOf(only).findIndex(({ x, y }) => Math.hypot(x - place.x, y - place.y) <= reach);
      if (handle !== -1) {
        this.#gesture = { kind: 'resizing', pointer, element: only, handle, to: place };
        return;
      }
    }
    const hit = topmostAt(desk.elements.list, place, this.#reach(event));
    const before = desk.selection.get();
    if (hit === undefined) {
      const kept = event.shiftKey ? before : new Set<string>();
      desk.selection.set(kept);
      this.#gesture = { kind: 'framing', pointer, start: place, kept };
      return;
    }
    if (event.shiftKey) {
      const selection = new Set(before);
      if (!selection.delete(hit.id)) selection.add(hit.id);
      desk.selection.set(selection);
    } else if (!before.has(hit.id)) desk.selection.set(new Set([hit.id]));
    this.#gesture = { kind: 'moving', pointer, start: place, elements: desk.selected(), dx: 0, dy: 0 };
  }

  // --- Move ---------------------------------------------------------------------------------------------------------

  #move(event: PointerEvent): void {
    const screen = this.#screen(event);
    const camera = this.#desk.camera.get();
    const place = toBoard(camera, screen);
    this.#onPoint(place);
    if (this.#fingers.has(event.pointerId)) this.#fingers.set(event.pointerId, screen);
    const gesture = this.#gesture;
    if (gesture.kind === 'pinching') {
      this.#pinch(gesture, event.pointerId, screen);
      return;
    }
    if (gesture.kind === 'idle' || gesture.pointer !== event.pointerId) return;
    switch (gesture.kind) {
      case 'drawing':
        this.#draw(gesture, event);
        return;
      case 'shaping':
        gesture.end = event.shiftKey ? straighten(gesture.tool, gesture.start, place) : place;
        this.#desk.preview.set({ kind: 'draft', drawing: this.#shape(gesture) });
        return;
      case 'moving':
        gesture.dx = roundToTenths(place.x - gesture.start.x);
        gesture.dy = roundToTenths(place.y - gesture.start.y);
        if (!this.#isSlip(gesture.start, place) || this.#desk.preview.get().kind === 'changed') {
          this.#desk.preview.set({ kind: 'changed', changes: movesOf(gesture.elements, gesture.dx, gesture.dy) });
        }
        return;
      case 'resizing': {
        gesture.to = { x: roundToTenths(place.x), y: roundToTenths(place.y) };
        const change = dragHandle(gesture.element, gesture.handle, gesture.to);
        this.#desk.preview.set({ kind: 'changed', changes: new Map([[gesture.element.id, change]]) });
        return;
      }
      case 'framing': {
        const { x, y, w, h } = boxBetween(gesture.start, place);
        const box = { left: x, top: y, right: x + w, bottom: y + h };
        this.#desk.preview.set({ kind: 'frame', box });
        const inside = within(this.#desk.elements.list, box).map(({ id }) => id);
        this.#desk.selection.set(new Set([...gesture.kept, ...inside]));
        return;
      }
      case 'erasing':
        this.#erase(gesture, place, event);
        return;
      case 'panning':
        this.#desk.camera.set(panBy(camera, gesture.last.x - screen.x, gesture.last.y - screen.y));
        gesture.last = screen;
        return;
      default:
        gesture satisfies never;
    }
  }

  #draw(gesture: Extract<Gesture, { kind: 'drawing' }>, event: PointerEvent): void {
    const camera = this.#desk.camera.get();
    const events = event.getCoalescedEvents?.() ?? [];
    for (const one of events.length > 0 ? events : [event]) {
      const { x, y } = toBoard(camera, this.#screen(one));
      gesture.recorder.add(x, y, one.pressure);
      if (!gesture.recorder.isFull) continue;
      // As long as a stroke may be: it ends here, and another goes on.
      this.#addStroke(gesture.recorder);
      const hasPressure = event.pointerType === 'pen';
      gesture.recorder = new StrokeRecorder({ size: this.#desk.penSize, zoom: camera.zoom, hasPressure });
      gesture.recorder.add(x, y, one.pressure);
    }
    this.#showStroke(gesture.recorder);
  }

  #showStroke(recorder: StrokeRecorder): void {
    this.#desk.preview.set({ kind: 'draft', drawing: this.#stroke(recorder) });
  }

  #stroke(recorder: StrokeRecorder): Drawing {
    return { kind: 'stroke', color: this.#desk.style.get().color, size: this.#desk.penSize, ...recorder.drawing() };
  }

  #addStroke(recorder: StrokeRecorder): void {
    this.#desk.add([this.#stroke(recorder)]);
  }

  #shape({ tool, start, end }: Extract<Gesture, { kind: 'shaping' }>): Drawing {
    return shapeBetween(tool, start, end, { color: this.#desk.style.get().color, size: this.#desk.penSize });
  }

  #erase(gesture: Extract<Gesture, { kind: 'erasing' }>, place: Point, event: PointerEvent): void {
    const left = this.#desk.elements.list.filter(({ id }) => !gesture.ids.has(id));
    const hit = hitAlong(left, gesture.last, place, this.#reach(event));
    gesture.last = place;
    if (hit.length === 0) return;
    for (const { id } of hit) gesture.ids.add(id);
    this.#desk.preview.set({ kind: 'erasing', ids: new Set(gesture.ids) });
  }

  // --- Up -----------------------------------------------------------------------------------------------------------

  #up(event: PointerEvent): void {
    this.#fingers.delete(event.pointerId);
    if (event.pointerType !== 'mouse') this.#onPoint(null);
    const gesture = this.#gesture;
    if (gesture.kind === 'pinching') {
      gesture.pointers.delete(event.pointerId);
      const [rest] = gesture.pointers;
      // One finger that is left goes on moving the paper.
      this.#gesture = rest === undefined ? { kind: 'idle' } : { kind: 'panning', pointer: rest[0], last: rest[1] };
      return;
    }
    if (gesture.kind === 'idle' || gesture.pointer !== event.pointerId) return;
    // Who may not any more has drawn nothing.
    if (!this.#desk.canChange) {
      this.abandon();
      return;
    }
    const hasMoved = this.#desk.preview.get().kind === 'changed';
    const finish = (write: () => void) => {
      // First the write, then what was shown instead of it: there is no moment without either.
      write();
      this.abandon();
    };
    switch (gesture.kind) {
      case 'drawing':
        finish(() => this.#addStroke(gesture.recorder));
        return;
      case 'shaping':
        finish(() => {
          if (this.#isSlip(gesture.start, gesture.end)) return;
          const ids = this.#desk.add([this.#shape(gesture)]);
          this.#desk.tool.set('select');
          this.#desk.selection.set(new Set(ids));
        });
        return;
      case 'moving':
        finish(() => {
          if (hasMoved) this.#desk.elements.change(movesOf(gesture.elements, gesture.dx, gesture.dy));
        });
        return;
      case 'resizing':
        finish(() => {
          const change = dragHandle(gesture.element, gesture.handle, gesture.to);
          if (hasMoved) this.#desk.elements.change(new Map([[gesture.element.id, change]]));
        });
        return;
      case 'erasing':
        finish(() => {
          if (gesture.ids.size > 0) this.#desk.elements.remove(gesture.ids);
        });
        return;
      case 'framing':
      case 'panning':
        this.abandon();
        return;
      default:
        gesture satisfies never;
    }
  }

  #cancel(pointer: number): void {
    this.#fingers.delete(pointer);
    const gesture = this.#gesture;
    if (gesture.kind === 'pinching') gesture.pointers.delete(pointer);
    if (gesture.kind === 'idle' || (gesture.kind !== 'pinching' && gesture.pointer !== pointer)) return;
    this.abandon();
  }

  // --- Two fingers, and the wheel -----------------------------------------------------------------------------------

  /** A second finger makes two of what the first has begun, unless that has gone on for long. */
  #joinPinch(event: PointerEvent, screen: Point): boolean {
    const gesture = this.#gesture;
    if (gesture.kind === 'pinching') {
      if (gesture.pointers.size < 2) gesture.pointers.set(event.pointerId, screen);
      return true;
    }
    if (gesture.kind === 'idle' || gesture.kind === 'resizing') return false;
    if (gesture.kind === 'drawing' && event.timeStamp - gesture.startedAt > pinchWithinMs) return true;
    const { pointer } = gesture;
    const first = this.#fingers.get(pointer);
    if (first === undefined) return false;
    this.abandon();
    this.#host.setPointerCapture(event.pointerId);
    this.#gesture = {
      kind: 'pinching',
      pointers: new Map([
        [pointer, first],
        [event.pointerId, screen],
      ]),
    };
    return true;
  }

  #pinch({ pointers }: Extract<Gesture, { kind: 'pinching' }>, pointer: number, screen: Point): void {
    const before = [...pointers.values()];
    if (!pointers.has(pointer)) return;
    pointers.set(pointer, screen);
    this.#desk.camera.update((camera) => pinch(camera, before, [...pointers.values()]));
  }

  /** With Ctrl, which pinching on a touchpad sends too, it zooms; otherwise it moves the paper. */
  #wheel(event: WheelEvent): void {
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? wheelLinePx : 1;
    const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
    const at = this.#screen(event);
    if (event.ctrlKey || event.metaKey) {
      const bounded = Math.min(200, Math.max(-200, dy));
      this.#desk.zoomBy(Math.exp(-bounded * wheelZoomPerPixel), at);
    } else {
      const isSideways = event.shiftKey && dx === 0;
      this.#desk.camera.update((camera) => panBy(camera, isSideways ? dy : dx, isSideways ? 0 : dy));
    }
    this.#onPoint(toBoard(this.#desk.camera.get(), at));
  }

  #doubleClick(event: MouseEvent): void {
    if (this.#desk.tool.get() !== 'select') return;
    const place = toBoard(this.#desk.camera.get(), this.#screen(event));
    const hit = topmostAt(this.#desk.elements.list, place, reachPx.mouse / this.#desk.camera.get().zoom);
    if (hit === undefined) this.#desk.writeText(place);
    else if (hit.kind === 'text') this.#desk.editText(hit);
  }

  // --- Measures -----------------------------------------------------------------------------------------------------

  #screen(event: MouseEvent): Point {
    const { left, top } = this.#host.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  #reach(event: PointerEvent): number {
    return reachPx[kindOf(event)] / this.#desk.camera.get().zoom;
  }

  #isSlip(start: Point, end: Point): boolean {
    const camera = this.#desk.camera.get();
    const [a, b] = [toScreen(camera, start), toScreen(camera, end)];
    return Math.hypot(a.x - b.x, a.y - b.y) < slipPx;
  }
}

function kindOf({ pointerType }: PointerEvent): 'mouse' | 'touch' {
  return pointerType === 'touch' ? 'touch' : 'mouse';
}
