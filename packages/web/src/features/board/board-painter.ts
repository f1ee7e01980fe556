/**
 * Paints the board on two canvases: beneath, all that is drawn, of which as much as can be is left as it was painted last;
 * above, what changes with every movement.
 */
import type { BoardBox, BoardElement } from '@coderoom/protocol';
import { type Camera, overlaps, type Point, type Size, toScreen, viewOf } from './board-camera.ts';
import type { Drawing } from './board-elements.ts';
import { boxAround } from './element-box.ts';
import { keptShapes, paintShapes, papers, shapesFor } from './painted-shapes.ts';

export interface BoardScene {
  /** From below to above. */
  elements: readonly BoardElement[];
  /** Not painted beneath: they are being moved, erased or written. */
  lifted: ReadonlySet<string>;
  camera: Camera;
  isDark: boolean;
  /** Painted above: as they would be, if the gesture ended now. */
  drafts: readonly BoardDraft[];
  /** Painted above, faintly. */
  faint: readonly BoardElement[];
  selected: readonly BoardBox[];
  handles: readonly Point[];
  frame: BoardBox | null;
}

/** What is there already may be in another place. */
export type BoardDraft = { drawing: Drawing } | { element: BoardElement; at: Point };

type Painted = Pick<BoardScene, 'elements' | 'lifted' | 'camera' | 'isDark'>;

const accents = { light: '#0f7a55', dark: '#3ecf8e' } as const;
const faintness = 0.22;
const handleSize = 9;

export class BoardPainter {
  readonly #base: CanvasRenderingContext2D;
  readonly #top: CanvasRenderingContext2D;
  #size: Size = { width: 0, height: 0 };
  #ratio = 1;
  #painted: Painted | undefined;

  constructor(base: HTMLCanvasElement, top: HTMLCanvasElement) {
    this.#base = contextOf(base);
    this.#top = contextOf(top);
  }

  /** In pixels of the page; `ratio` of the device's to these. */
  resize(size: Size, ratio: number): void {
    this.#size = size;
    this.#ratio = ratio;
    this.#painted = undefined;
    for (const { canvas } of [this.#base, this.#top]) {
      canvas.width = Math.max(1, Math.round(size.width * ratio));
      canvas.height = Math.max(1, Math.round(size.height * ratio));
      canvas.style.width = `${size.width}px`;
      canvas.style.height = `${size.height}px`;
    }
  }

  paint(scene: BoardScene): void {
    this.#paintBase(scene);
    this.#paintTop(scene);
  }

  // --- Beneath ------------------------------------------------------------------------------------------------------

  #paintBase(scene: BoardScene): void {
    const before = this.#painted;
    const { elements, lifted, camera, isDark } = scene;
    this.#painted = { elements, lifted, camera, isDark };
    const view = viewOf(camera, this.#size);
    if (before === undefined || before.isDark !== isDark || before.camera.zoom !== camera.zoom) {
      this.#paintAll(scene, view);
      return;
    }
    const isMoved = before.camera !== camera;
    const added = before.lifted === lifted ? addedTo(before.elements, elements) : undefined;
    const changed = added === undefined && !isMoved ? changedBetween(before, scene) : undefined;
    if (added !== undefined && isMoved) this.#shift(before.camera, scene, added);
    else if (added !== undefined) this.#paintElements(this.#base, added, scene, view);
    else if (changed !== undefined) for (const element of changed) this.#paintAround(element, scene);
    else this.#paintAll(scene, view);
  }

  #paintAll(scene: BoardScene, view: BoardBox): void {
    const context = this.#base;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    this.#paintElements(context, scene.elements, scene, view);
  }

  /** What stays in view is moved as it is; only what comes into view is painted. */
  #shift(from: Camera, scene: BoardScene, added: readonly BoardElement[]): void {
    const { canvas } = this.#base;
    const { camera } = scene;
    const scale = camera.zoom * this.#ratio;
    const [dx, dy] = [(from.x - camera.x) * scale, (from.y - camera.y) * scale];
    const [stepX, stepY] = [Math.round(dx), Math.round(dy)];
    const isExact = Math.abs(dx - stepX) < 0.02 && Math.abs(dy - stepY) < 0.02;
    if (!isExact || Math.abs(stepX) >= canvas.width || Math.abs(stepY) >= canvas.height) {
      this.#paintAll(scene, viewOf(camera, this.#size));
      return;
    }
    const context = this.#base;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalCompositeOperation = 'copy';
    context.drawImage(canvas, stepX, stepY);
    context.globalCompositeOperation = 'source-over';
    const { width, height } = canvas;
    if (stepX !== 0) this.#paintStrip(scene, stepX > 0 ? 0 : width + stepX, 0, Math.abs(stepX), height);
    if (stepY !== 0) this.#paintStrip(scene, 0, stepY > 0 ? 0 : height + stepY, width, Math.abs(stepY));
    this.#paintElements(context, added, scene, viewOf(camera, this.#size));
  }

  /** Where an element is, or was. */
  #paintAround(element: BoardElement, scene: BoardScene): void {
    const box = boxAround(element);
    if (box === undefined) return;
    const start = toScreen(scene.camera, { x: box.left, y: box.top });
    const end = toScreen(scene.camera, { x: box.right, y: box.bottom });
    const [left, top] = [Math.floor(start.x * this.#ratio) - 1, Math.floor(start.y * this.#ratio) - 1];
    const [right, bottom] = [Math.ceil(end.x * this.#ratio) + 1, Math.ceil(end.y * this.#ratio) + 1];
    this.#paintStrip(scene, left, top, right - left, bottom - top);
  }

  /** In pixels of the device. */
  #paintStrip(scene: BoardScene, left: number, top: number, width: number, height: number): void {
    const context = this.#base;
    const { camera } = scene;
    const scale = camera.zoom * this.#ratio;
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    context.clearRect(left, top, width, height);
    this.#paintElements(context, scene.elements, scene, {
      left: camera.x + left / scale,
      top: camera.y + top / scale,
      right: camera.x + (left + width) / scale,
      bottom: camera.y + (top + height) / scale,
    });
    context.restore();
  }

  #paintElements(
    context: CanvasRenderingContext2D,
    elements: readonly BoardElement[],
    scene: Pick<BoardScene, 'lifted' | 'camera' | 'isDark'>,
    view: BoardBox,
  ): void {
    for (const element of elements) {
      const box = boxAround(element);
      if (box === undefined || !overlaps(box, view) || scene.lifted.has(element.id)) continue;
      this.#place(context, scene.camera, element);
      paintShapes(context, keptShapes(element), scene.isDark);
    }
  }

  #place(context: CanvasRenderingContext2D, camera: Camera, { x, y }: Point): void {
    const scale = camera.zoom * this.#ratio;
    context.setTransform(scale, 0, 0, scale, (x - camera.x) * scale, (y - camera.y) * scale);
  }

  // --- Above --------------------------------------------------------------------------------------------------------

  #paintTop({ camera, isDark, drafts, faint, selected, handles, frame }: BoardScene): void {
    const context = this.#top;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    context.globalAlpha = faintness;
    for (const element of faint) {
      this.#place(context, camera, element);
      paintShapes(context, keptShapes(element), isDark);
    }
    context.globalAlpha = 1;
    for (const draft of drafts) {
      this.#place(context, camera, 'drawing' in draft ? draft.drawing : draft.at);
      paintShapes(context, 'drawing' in draft ? shapesFor(draft.drawing) : keptShapes(draft.element), isDark);
    }
    context.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    context.strokeStyle = isDark ? accents.dark : accents.light;
    context.fillStyle = isDark ? papers.dark : papers.light;
    context.lineWidth = 1.5;
    for (const box of selected) this.#strokeBox(box, camera, 4);
    for (const handle of handles) {
      const { x, y } = toScreen(camera, handle);
      context.beginPath();
      context.rect(x - handleSize / 2, y - handleSize / 2, handleSize, handleSize);
      context.fill();
      context.stroke();
    }
    context.setLineDash([5, 4]);
    if (frame !== null) this.#strokeBox(frame, camera, 0);
    context.setLineDash([]);
  }

  #strokeBox(box: BoardBox, camera: Camera, margin: number): void {
    const start = toScreen(camera, { x: box.left, y: box.top });
    const end = toScreen(camera, { x: box.right, y: box.bottom });
    this.#top.strokeRect(
      start.x - margin,
      start.y - margin,
      end.x - start.x + 2 * margin,
      end.y - start.y + 2 * margin,
    );
  }
}

/** What is there more than before, if it all lies on top. */
function addedTo(before: readonly BoardElement[], now: readonly BoardElement[]): readonly BoardElement[] | undefined {
  if (now === before) return [];
  if (now.length < before.length || before.some((element, index) => now[index] !== element)) return undefined;
  return now.slice(before.length);
}

/** More than these are painted with all others. */
const changedMax = 40;

/** What has gone, come or been lifted; undefined if that is too much to be painted one by one. */
function changedBetween(before: Painted, now: Painted): BoardElement[] | undefined {
  const isShown = ({ elements, lifted }: Painted) => new Set(elements.filter(({ id }) => !lifted.has(id)));
  const [old, shown] = [isShown(before), isShown(now)];
  const changed = [...old].filter((element) => !shown.has(element));
  for (const element of shown) if (!old.has(element)) changed.push(element);
  return changed.length > changedMax ? undefined : changed;
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this browser gives no canvas to paint on');
  return context;
}
