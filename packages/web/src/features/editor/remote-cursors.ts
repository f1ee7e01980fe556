/**
 * The others' carets, name flags and selections, drawn in layers beside the text: the editable DOM holds nothing of
 * them, so they cannot disturb this person's caret, not even on an empty last line.
 */
import { Annotation, EditorSelection, type Extension } from '@codemirror/state';
import {
  type EditorView,
  type LayerMarker,
  layer,
  type PluginValue,
  RectangleMarker,
  ViewPlugin,
  type ViewUpdate,
} from '@codemirror/view';
import type { Awareness } from 'y-protocols/awareness';
import type * as Y from 'yjs';
import { cursorOf } from './cursor-of.ts';
import type { PresenceFields } from './own-cursor.ts';

interface RemoteCursor {
  client: number;
  name: string;
  color: string;
  colorLight: string;
  anchor: number;
  head: number;
}

const presenceChanged = Annotation.define<boolean>();

export function remoteCursors(text: Y.Text, awareness: Awareness): Extension {
  const cursors = () => readCursors(text, awareness);
  const update = (change: ViewUpdate) =>
    change.docChanged ||
    change.viewportChanged ||
    change.geometryChanged ||
    change.transactions.some((transaction) => transaction.annotation(presenceChanged) === true);

  class Watcher implements PluginValue {
    readonly #stop: () => void;

    constructor(view: EditorView) {
      const listener = (_: unknown, origin: unknown) => {
        if (origin !== 'local') view.dispatch({ annotations: presenceChanged.of(true) });
      };
      awareness.on('change', listener);
      this.#stop = () => awareness.off('change', listener);
    }

    destroy(): void {
      this.#stop();
    }
  }

  return [
    ViewPlugin.fromClass(Watcher),
    layer({
      above: false,
      class: 'cm-ySelections',
      update,
      markers: (view) => cursors().flatMap((cursor) => selectionMarkers(view, cursor)),
    }),
    layer({
      above: true,
      class: 'cm-yCarets',
      update,
      markers: (view) => cursors().flatMap((cursor) => caretMarkers(view, cursor)),
    }),
  ];
}

function readCursors(text: Y.Text, awareness: Awareness): RemoteCursor[] {
  const cursors: RemoteCursor[] = [];
  for (const [client, state] of awareness.getStates()) {
    if (client === awareness.clientID) continue;
    const place = cursorOf(state as PresenceFields, text);
    if (place === null) continue;
    const user = (state.user ?? {}) as Partial<Record<'name' | 'color' | 'colorLight', string>>;
    const { name = 'Somebody', color = '#57606a' } = user;
    cursors.push({ client, name, color, colorLight: user.colorLight ?? `${color}33`, ...place });
  }
  return cursors;
}

function selectionMarkers(view: EditorView, cursor: RemoteCursor): LayerMarker[] {
  if (cursor.anchor === cursor.head) return [];
  const max = view.state.doc.length;
  const range = EditorSelection.range(Math.min(cursor.anchor, max), Math.min(cursor.head, max));
  return RectangleMarker.forRange(view, '', range).map(
    ({ left, top, width, height }) => new SelectionMarker(cursor.colorLight, { left, top, width: width ?? 0, height }),
  );
}

function caretMarkers(view: EditorView, cursor: RemoteCursor): LayerMarker[] {
  const head = EditorSelection.cursor(Math.min(cursor.head, view.state.doc.length));
  const [place] = RectangleMarker.forRange(view, '', head);
  return place === undefined ? [] : [new CaretMarker(cursor, place, view.contentDOM.clientWidth)];
}

interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

class SelectionMarker implements LayerMarker {
  readonly #color: string;
  readonly #box: Box;

  constructor(color: string, box: Box) {
    this.#color = color;
    this.#box = box;
  }

  eq(other: LayerMarker): boolean {
    return other instanceof SelectionMarker && other.#color === this.#color && isSameBox(other.#box, this.#box);
  }

  draw(): HTMLElement {
    const element = document.createElement('div');
    element.className = 'cm-ySelection';
    this.#place(element);
    return element;
  }

  update(element: HTMLElement): boolean {
    this.#place(element);
    return true;
  }

  #place(element: HTMLElement): void {
    const { left, top, width, height } = this.#box;
    element.style.cssText = `left:${left}px;top:${top}px;width:${width}px;height:${height}px`;
    element.style.backgroundColor = this.#color;
  }
}

function isSameBox(a: Box, b: Box): boolean {
  return a.left === b.left && a.top === b.top && a.width === b.width && a.height === b.height;
}

/** Nearer than this to the right edge the flag opens to the left. */
const flagRoomPx = 160;
const flagHeightPx = 17;

class CaretMarker implements LayerMarker {
  readonly #cursor: RemoteCursor;
  readonly #left: number;
  readonly #top: number;
  readonly #height: number;
  readonly #opensLeft: boolean;

  constructor(cursor: RemoteCursor, place: { left: number; top: number; height: number }, width: number) {
    this.#cursor = cursor;
    this.#left = place.left;
    this.#top = place.top;
    this.#height = place.height;
    this.#opensLeft = place.left > width - flagRoomPx;
  }

  eq(other: LayerMarker): boolean {
    if (!(other instanceof CaretMarker) || !this.#isOfSame(other)) return false;
    const isThere = other.#left === this.#left && other.#top === this.#top && other.#height === this.#height;
    return isThere && other.#cursor.head === this.#cursor.head && other.#opensLeft === this.#opensLeft;
  }

  draw(): HTMLElement {
    const caret = document.createElement('div');
    const flag = document.createElement('div');
    flag.className = 'cm-ySelectionInfo';
    flag.textContent = this.#cursor.name;
    caret.append(flag);
    caret.className = 'cm-ySelectionCaret';
    this.#place(caret);
    return caret;
  }

  /** The element of the same person moves, and its flag shows again. */
  update(caret: HTMLElement, previous: LayerMarker): boolean {
    if (!(previous instanceof CaretMarker) || !this.#isOfSame(previous)) return false;
    this.#place(caret);
    // Two equal animations by two names: changing the name starts it anew.
    if (previous.#cursor.head !== this.#cursor.head) caret.toggleAttribute('data-moved');
    return true;
  }

  #isOfSame(other: CaretMarker): boolean {
    const { client, name, color } = this.#cursor;
    return other.#cursor.client === client && other.#cursor.name === name && other.#cursor.color === color;
  }

  #place(caret: HTMLElement): void {
    caret.style.cssText = `transform:translate(${this.#left}px,${this.#top}px);height:${this.#height}px`;
    caret.style.setProperty('--member', this.#cursor.color);
    // Above the first line there is no room for a flag.
    caret.toggleAttribute('data-below', this.#top < flagHeightPx);
    caret.toggleAttribute('data-left', this.#opensLeft);
  }
}
