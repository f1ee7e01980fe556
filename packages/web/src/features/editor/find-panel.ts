/** Finding and replacing within a file, in the words of the rest. Loaded when it is first wanted. */
import { openSearchPanel, search, searchKeymap, selectNextOccurrence } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import { keymap } from '@codemirror/view';

const panel: Extension = [
  search({ top: true }),
  keymap.of(searchKeymap),
  EditorState.phrases.of({
    next: 'Next',
    previous: 'Previous',
    all: 'Select all',
    'match case': 'Match case',
    regexp: 'Regex',
    'by word': 'Whole words',
    replace: 'Replace',
    'replace all': 'Replace all',
    close: 'Close',
    Replace: 'Replace with',
  }),
];

export const finding = { panel, open: openSearchPanel, selectNext: selectNextOccurrence };

export type Finding = typeof finding;
