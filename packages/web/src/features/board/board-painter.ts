/**
 * Paints the board on two canvases: beneath, all that is drawn, of which as much as can be is left as it was painted last;
 * above, what changes with every movement.
 */
import {
  type BoardBox,
  type BoardElement,
  type BoardElementOf,
  boardBaseline,
  boardFont,
  boardLineHeight,
  shapesOf,
} from '@coderoom/protocol';
import { type Camera, overlaps, type Point, type Size, toScreen, viewOf } from './board-camera.ts';
import { shownColor } from './board-desk.ts';
import type { Drawing } from './board-elements.ts';
import { boxAround } from './element-box.ts';
import { outlineOf } from './freehand.ts';

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

type PaintedShape =
  | { kind: 'filled'; path: Path2D; color: string }
  | { kind: 'drawn'; path: Path2D; color: string | null; width: number }
  | { kind: 'text'; lines: readonly string[]; color: string; size: number };

const papers = { light: '#ffffff', dark: '#191a18' } as const;
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
    const isSame = before !== undefined && before.isDark === isDark && before.lifted === lifted;
    if (!isSame || before.camera.zoom !== camera.zoom) {
      this.#paintAll(scene, viewOf(camera, this.#size));
      return;
    }
    const added = addedTo(before.elements, elements);
    if (added === undefined) this.#paintAll(scene, viewOf(camera, this.#size));
    else if (before.camera === camera) this.#paintElements(this.#base, added, scene, viewOf(camera, this.#size));
    else this.#shift(before.camera, scene);
  }

  #paintAll(scene: BoardScene, view: BoardBox): void {
    const context = this.#base;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    this.#paintElements(context, scene.elements, scene, view);
  }

  /** What stays in view is moved as it is; only what comes into view is painted. */
  #shift(from: Camera, scene: BoardScene): void {
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

/** Paints elements as they are, on white paper; for pictures. */
export function paintPicture(
  context: CanvasRenderingContext2D,
  elements: readonly BoardElement[],
  { left, top, scale }: { left: number; top: number; scale: number },
): void {
  context.fillStyle = papers.light;
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  for (const element of elements) {
    context.setTransform(scale, 0, 0, scale, (element.x - left) * scale, (element.y - top) * scale);
    paintShapes(context, keptShapes(element), false);
  }
}

/** What is there more than before, if it all lies on top. */
function addedTo(before: readonly BoardElement[], now: readonly BoardElement[]): readonly BoardElement[] | undefined {
  if (now === before) return [];
  if (now.length < before.length || before.some((element, index) => now[index] !== element)) return undefined;
  return now.slice(before.length);
}

const shapes = new WeakMap<BoardElement, PaintedShape[]>();

function keptShapes(element: BoardElement): PaintedShape[] {
  const known = shapes.get(element);
  if (known !== undefined) return known;
  const made = shapesFor(element);
  shapes.set(element, made);
  return made;
}

function shapesFor(drawing: Drawing | BoardElement): PaintedShape[] {
  const element = { id: '', by: null, z: 0, ...drawing } as BoardElement;
  if (element.kind === 'stroke') return [{ kind: 'filled', path: outlinePath(element), color: element.color }];
  return shapesOf(element).map((shape) => (shape.kind === 'text' ? shape : { ...shape, path: new Path2D(shape.path) }));
}

/** By their points, which stay the same when a stroke is moved or gets another colour. */
const outlines = new WeakMap<BoardElementOf<'stroke'>['points'], { size: number; path: Path2D }>();

function outlinePath(stroke: BoardElementOf<'stroke'>): Path2D {
  const known = outlines.get(stroke.points);
  if (known?.size === stroke.size) return known.path;
  const path = new Path2D(outlineOf(stroke));
  outlines.set(stroke.points, { size: stroke.size, path });
  return path;
}

function paintShapes(context: CanvasRenderingContext2D, painted: readonly PaintedShape[], isDark: boolean): void {
  for (const shape of painted) {
    switch (shape.kind) {
      case 'filled':
        context.fillStyle = shownColor(shape.color, isDark);
        context.fill(shape.path);
        break;
      case 'drawn':
        context.strokeStyle =
          shape.color === null ? (isDark ? papers.dark : papers.light) : shownColor(shape.color, isDark);
        context.lineWidth = shape.width;
        context.lineCap = 'round';
        context.lineJoin = 'round';
        context.stroke(shape.path);
        break;
      case 'text':
        context.fillStyle = shownColor(shape.color, isDark);
        context.font = `${shape.size}px ${boardFont}`;
        for (const [index, line] of shape.lines.entries()) {
          context.fillText(line, 0, (index * boardLineHeight + boardBaseline) * shape.size);
        }
        break;
      default:
        shape satisfies never;
    }
  }
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this browser gives no canvas to paint on');
  return context;
}
