import type { PlacedCursor, TextPlace } from '@coderoom/collab';
import { limits } from '@coderoom/protocol';
import { isNestedDeeper } from '../../nesting.ts';
import { isPayload } from './payload.ts';

/** Cursors as CodeChill's clients tell them: lines and columns from 1, and a selection of whatever form. */
export interface CursorPosition extends TextPlace {
  selection?: unknown;
}

/** Where a cursor is; what else comes with it is passed on, as long as it is little. */
export function isPosition(value: unknown): value is CursorPosition {
  if (!isPlace(value) || isNestedDeeper(value, limits.passedOnNestingMax)) return false;
  return JSON.stringify(value).length <= limits.codechillCursorMaxLength;
}

function isPlace(value: unknown): value is TextPlace {
  return isPayload(value) && Number.isInteger(value.line) && Number.isInteger(value.column);
}

/** A selection in the form that we send ours in; others are known to their clients alone. */
export function toPlacedCursor({ line, column, selection }: CursorPosition): PlacedCursor {
  const head = { line, column };
  const { start, end } = isPayload(selection) ? selection : {};
  if (!isPlace(start) || !isPlace(end)) return { anchor: head, head };
  return { anchor: start.line === line && start.column === column ? end : start, head };
}

/** One of an editor, in the same form. */
export function toPosition({ anchor, head }: PlacedCursor): CursorPosition {
  const isSelection = anchor.line !== head.line || anchor.column !== head.column;
  return { ...head, ...(isSelection ? { selection: { start: anchor, end: head } } : {}) };
}
