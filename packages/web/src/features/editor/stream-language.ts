/** For languages without a grammar of their own: a parser that reads line by line. Loaded with the first of them. */
import { StreamLanguage, type StreamParser } from '@codemirror/language';
import type { Extension } from '@codemirror/state';

export function streamLanguage(parser: StreamParser<unknown>): Extension {
  return StreamLanguage.define(parser);
}
