/** Tells the others where this person's selection is: relative to the text, so that it holds while others type. */
import { type EditorView, type PluginValue, ViewPlugin, type ViewUpdate } from '@codemirror/view';
import type { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';

/** An awareness state's fields of ours; `cursor` has the shape that y-codemirror's clients use. */
export interface PresenceFields {
  cursor?: { anchor: unknown; head: unknown } | null;
  /** The path that the member has open. */
  file?: string | null;
}

export function ownCursor(options: { text: Y.Text; path: string; awareness: Awareness }) {
  const { text, path, awareness } = options;

  class OwnCursor implements PluginValue {
    #frame: number | undefined;
    readonly #view: EditorView;

    constructor(view: EditorView) {
      this.#view = view;
      this.#later();
    }

    update(update: ViewUpdate): void {
      if (update.selectionSet || update.docChanged || update.focusChanged) this.#later();
    }

    destroy(): void {
      if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    }

    /** Once a frame at most, and never amid an update of the editor. */
    #later(): void {
      this.#frame ??= requestAnimationFrame(() => {
        this.#frame = undefined;
        this.#tell();
      });
    }

    #tell(): void {
      const state = awareness.getLocalState() as PresenceFields | null;
      if (state === null) return;
      // Who has not touched the editor yet has no place in it; who left it for a moment keeps theirs.
      const isSame = state.file === path;
      const cursor = this.#view.hasFocus ? this.#cursor() : isSame ? (state.cursor ?? null) : null;
      if (isSame && JSON.stringify(cursor) === JSON.stringify(state.cursor ?? null)) return;
      awareness.setLocalState({ ...state, file: path, cursor });
    }

    #cursor(): NonNullable<PresenceFields['cursor']> {
      const { anchor, head } = this.#view.state.selection.main;
      const place = (index: number) => Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(text, index));
      return { anchor: place(anchor), head: place(head) };
    }
  }

  return ViewPlugin.fromClass(OwnCursor);
}
