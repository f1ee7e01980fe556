/** Shows problems in the editor: marks in the margin, underlined text, their words beneath the pointer; F8 goes to the next. */
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import type { Extension } from '@codemirror/state';
import { EditorView, keymap, type PluginValue, ViewPlugin, type ViewUpdate } from '@codemirror/view';
import { rangeOf } from './problem-place.ts';
import type { RoomProblems } from './room-problems.ts';

export function problemMarks(problems: RoomProblems, path: string): Extension {
  class ProblemMarks implements PluginValue {
    #frame: number | undefined;
    #hasAny = false;
    readonly #view: EditorView;
    readonly #stop: () => void;

    constructor(view: EditorView) {
      this.#view = view;
      this.#stop = problems.onChange(() => this.#later());
      this.#later();
    }

    update({ docChanged }: ViewUpdate): void {
      if (docChanged && this.#hasAny) this.#later();
    }

    destroy(): void {
      this.#stop();
      if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    }

    /** Never amid an update, where the shared text may be a step behind the editor's. */
    #later(): void {
      this.#frame ??= requestAnimationFrame(() => {
        this.#frame = undefined;
        this.#show();
      });
    }

    #show(): void {
      const { state } = this.#view;
      const diagnostics = problems.of(path).map((problem): Diagnostic => {
        const { from, to } = rangeOf(problem);
        const { severity, message } = problem;
        return { from: Math.min(from, state.doc.length), to: Math.min(to, state.doc.length), severity, message };
      });
      if (diagnostics.length === 0 && !this.#hasAny) return;
      this.#hasAny = diagnostics.length > 0;
      this.#view.dispatch(setDiagnostics(state, diagnostics));
    }
  }
  return [ViewPlugin.fromClass(ProblemMarks), lintGutter(), keymap.of(lintKeymap), theme];
}

const theme = EditorView.theme({
  // In the space that the line numbers leave free: nothing moves when the first mark comes.
  '.cm-gutter-lint': { width: '0', overflow: 'visible', zIndex: '1' },
  '.cm-gutter-lint .cm-gutterElement': { width: '0', padding: '0', overflow: 'visible' },
  '.cm-lint-marker': {
    width: '9px',
    height: '9px',
    margin: '0.5em 0 0 5px',
    borderRadius: '50%',
  },
  '.cm-lint-marker-error': { background: 'var(--danger)', content: 'normal' },
  '.cm-lint-marker-warning': { background: 'var(--warn-text)', content: 'normal' },
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--danger)',
    textDecorationSkipInk: 'none',
  },
  '.cm-lintRange-warning': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--warn-text)',
    textDecorationSkipInk: 'none',
  },
  '.cm-diagnostic': {
    padding: '7px 12px',
    borderLeftWidth: '3px',
    fontFamily: 'var(--font-ui)',
    fontSize: '13.5px',
    maxWidth: '60ch',
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
  },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--danger)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--warn-text)' },
  '.cm-panel.cm-panel-lint ul [aria-selected]': { backgroundColor: 'var(--accent-soft)', color: 'var(--text)' },
  '.cm-panel.cm-panel-lint ul': { maxHeight: '130px' },
});
