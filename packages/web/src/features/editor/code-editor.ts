/** The CodeMirror view of a room: shows one of its files at a time, and keeps each one's undo history and place. */
import { defaultKeymap, indentWithTab } from '@codemirror/commands';
import { bracketMatching, indentOnInput, indentUnit } from '@codemirror/language';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import {
  crosshairCursor,
  drawSelection,
  dropCursor,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  rectangularSelection,
} from '@codemirror/view';
import { limits } from '@coderoom/protocol';
import { yCollab, ySyncAnnotation, yUndoManagerKeymap } from 'y-codemirror.next';
import type { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import type { Store } from '../../store.ts';
import { codeLanguageOf } from './code-language.ts';
import { isWrapping, textStep } from './editor-looks.ts';
import { editorTheme } from './editor-theme.ts';
import type { Finding } from './find-panel.ts';
import { ownCursor } from './own-cursor.ts';
import { remoteCursors } from './remote-cursors.ts';
import type { Reveal } from './reveals.ts';

export interface CursorPlace {
  line: number;
  column: number;
  /** Characters selected. */
  selected: number;
}

export interface CodeEditorOptions {
  parent: HTMLElement;
  awareness: Awareness;
  cursor: Store<CursorPlace>;
  onTooLarge: () => void;
  /** Loads what marks the problems of a file. */
  loadProblemMarks: () => Promise<(path: string) => Extension>;
}

/** Of a place that is followed, at least so much is seen around. */
const nearMarginPx = 90;

export class CodeEditor {
  readonly #view: EditorView;
  readonly #options: CodeEditorOptions;
  readonly #editable = new Compartment();
  readonly #language = new Compartment();
  readonly #assistance = new Compartment();
  readonly #search = new Compartment();
  readonly #wrapping = new Compartment();
  readonly #problems = new Compartment();
  readonly #undoManagers = new Map<Y.Text, Y.UndoManager>();
  readonly #places = new Map<Y.Text, { anchor: number; head: number; scroll: number }>();
  #text: Y.Text | undefined;
  #isReadOnly = true;
  #isDestroyed = false;
  #assistanceExtension: Extension = [];
  #searchExtension: Extension = [];
  #problemMarks: (path: string) => Extension = () => [];

  readonly #stops: (() => void)[];

  constructor(options: CodeEditorOptions) {
    this.#options = options;
    this.#view = new EditorView({ parent: options.parent });
    this.#stops = [
      isWrapping.subscribe(() => this.#view.dispatch({ effects: this.#wrapping.reconfigure(wrapping()) })),
      textStep.subscribe(() => this.#view.requestMeasure()),
    ];
  }

  /** Whether a file has been shown. */
  get hasText(): boolean {
    return this.#text !== undefined;
  }

  /** Shows a file; its text is the editor's only source. */
  show(path: string, text: Y.Text): void {
    if (this.#text === text) return;
    this.#leave();
    this.#text = text;
    this.#view.setState(EditorState.create({ doc: text.toString(), extensions: this.#extensions(path, text) }));
    this.#restorePlace(text);
    this.#countCursor();
    void this.#loadComforts(path, text);
  }

  setReadOnly(isReadOnly: boolean): void {
    if (this.#isReadOnly === isReadOnly) return;
    this.#isReadOnly = isReadOnly;
    this.#view.dispatch({ effects: this.#editable.reconfigure(this.#editability()) });
  }

  focus(): void {
    this.#view.focus();
  }

  find(): boolean {
    return this.#withFinding(({ open }) => open(this.#view));
  }

  selectedText(): string {
    const { from, to } = this.#view.state.selection.main;
    return this.#view.state.sliceDoc(from, to);
  }

  /** Puts text where the caret is, in place of what is selected; false where nothing may be changed. */
  insert(text: string): boolean {
    if (this.#isReadOnly || this.#text === undefined) return false;
    this.#view.dispatch(this.#view.state.replaceSelection(text), { scrollIntoView: true, userEvent: 'input.paste' });
    this.#view.focus();
    return true;
  }

  /** Shows a place of the shown file; one that is no longer there, as near as can be. */
  reveal(place: Reveal): void {
    const { doc } = this.#view.state;
    if (place.name === 'look') {
      const at = Math.min(place.position, doc.length);
      const how =
        place.isNear === true ? ({ y: 'nearest', yMargin: nearMarginPx } as const) : ({ y: 'center' } as const);
      this.#view.dispatch({ effects: EditorView.scrollIntoView(at, how) });
      return;
    }
    const line = doc.line(Math.min(Math.max(1, place.line), doc.lines));
    const at = Math.min(line.from + Math.max(0, place.column - 1), line.to);
    this.#view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) });
    this.#view.focus();
  }

  destroy(): void {
    this.#isDestroyed = true;
    for (const stop of this.#stops) stop();
    this.#view.destroy();
    for (const manager of this.#undoManagers.values()) manager.destroy();
  }

  #extensions(path: string, text: Y.Text): Extension {
    const { awareness } = this.#options;
    const { indent } = codeLanguageOf(path);
    return [
      this.#editable.of(this.#editability()),
      this.#wrapping.of(wrapping()),
      this.#language.of([]),
      this.#search.of(this.#searchExtension),
      this.#assistance.of(this.#assistanceExtension),
      this.#problems.of(this.#problemMarks(path)),
      indentUnit.of(' '.repeat(indent)),
      EditorState.tabSize.of(4),
      EditorState.allowMultipleSelections.of(true),
      lineNumbers(),
      highlightSpecialChars(),
      drawSelection(),
      dropCursor(),
      indentOnInput(),
      bracketMatching(),
      rectangularSelection(),
      crosshairCursor(),
      highlightActiveLine(),
      highlightActiveLineGutter(),
      editorTheme,
      EditorView.contentAttributes.of({
        'aria-label': 'Code editor',
        'aria-describedby': 'editor-hint',
        tabindex: '0',
      }),
      // Without awareness: cursors are told and drawn by our own extensions.
      yCollab(text, null, { undoManager: this.#undoManager(text) }),
      ownCursor({ text, path, awareness }),
      remoteCursors(text, awareness),
      this.#sizeLimit(),
      EditorView.updateListener.of(({ docChanged, selectionSet }) => {
        if (docChanged || selectionSet) this.#countCursor();
      }),
      keymap.of([
        { key: 'Mod-f', run: () => this.find(), preventDefault: true },
        {
          key: 'Mod-d',
          run: () => this.#withFinding(({ selectNext }) => selectNext(this.#view)),
          preventDefault: true,
        },
        ...yUndoManagerKeymap,
        ...defaultKeymap,
        indentWithTab,
      ]),
    ];
  }

  #editability(): Extension {
    // Read-only content stays focusable, so that it can be read, selected and copied by keyboard.
    return [
      EditorState.readOnly.of(this.#isReadOnly),
      EditorView.contentAttributes.of({ 'aria-readonly': String(this.#isReadOnly) }),
      this.#isReadOnly ? EditorView.editorAttributes.of({ class: 'cm-readOnly' }) : [],
    ];
  }

  /** What one person undoes is what they did: only the editor's own changes are tracked. */
  #undoManager(text: Y.Text): Y.UndoManager {
    const known = this.#undoManagers.get(text);
    if (known !== undefined) return known;
    const manager = new Y.UndoManager(text, { trackedOrigins: new Set() });
    this.#undoManagers.set(text, manager);
    return manager;
  }

  #sizeLimit(): Extension {
    return EditorState.transactionFilter.of((transaction) => {
      const isOwn = transaction.annotation(ySyncAnnotation) === undefined;
      const { newDoc, startState } = transaction;
      const isTooLarge = newDoc.length > limits.fileTextMaxBytes && newDoc.length > startState.doc.length;
      if (!transaction.docChanged || !isOwn || !isTooLarge) return transaction;
      this.#options.onTooLarge();
      return [];
    });
  }

  /** What is not needed to begin typing. */
  async #loadComforts(path: string, text: Y.Text): Promise<void> {
    await drawn();
    const [assistance, language, problemMarks] = await Promise.all([
      loadAssistance(),
      codeLanguageOf(path).load?.() ?? [],
      this.#options.loadProblemMarks(),
    ]);
    if (this.#isDestroyed) return;
    this.#assistanceExtension = assistance;
    this.#problemMarks = problemMarks;
    if (this.#text !== text) return;
    this.#view.dispatch({
      effects: [
        this.#assistance.reconfigure(assistance),
        this.#language.reconfigure(language),
        this.#problems.reconfigure(problemMarks(path)),
      ],
    });
  }

  /** Loads finding with its keys, and does the first thing with it. */
  #withFinding(act: (finding: Finding) => void): boolean {
    void import('./find-panel.ts').then(({ finding }) => {
      this.#searchExtension = finding.panel;
      this.#view.dispatch({ effects: this.#search.reconfigure(finding.panel) });
      act(finding);
    });
    return true;
  }

  #leave(): void {
    if (this.#text === undefined) return;
    const { anchor, head } = this.#view.state.selection.main;
    this.#places.set(this.#text, { anchor, head, scroll: this.#view.scrollDOM.scrollTop });
  }

  #restorePlace(text: Y.Text): void {
    const place = this.#places.get(text);
    if (place === undefined) return;
    const max = this.#view.state.doc.length;
    this.#view.dispatch({ selection: { anchor: Math.min(place.anchor, max), head: Math.min(place.head, max) } });
    const scroll = () => {
      this.#view.scrollDOM.scrollTop = place.scroll;
    };
    this.#view.requestMeasure({ read: () => null, write: scroll });
  }

  #countCursor(): void {
    const { doc, selection } = this.#view.state;
    const { head, from, to } = selection.main;
    const line = doc.lineAt(head);
    this.#options.cursor.set({ line: line.number, column: head - line.from + 1, selected: to - from });
  }
}

function wrapping(): Extension {
  return isWrapping.get() ? EditorView.lineWrapping : [];
}

/** Resolves when the browser has drawn what is there now; what comes after does not hold that up. */
function drawn(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}

/** Completion and closing of brackets: one can type before they are there. */
async function loadAssistance(): Promise<Extension> {
  const { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } = await import(
    '@codemirror/autocomplete'
  );
  return [closeBrackets(), autocompletion({ icons: false }), keymap.of([...closeBracketsKeymap, ...completionKeymap])];
}
