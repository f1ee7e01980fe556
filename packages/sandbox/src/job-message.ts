import type { SourceFile } from '@coderoom/protocol';

/** What a waiting sandbox is told to become. */
export interface JobMessage {
  files: readonly SourceFile[];
  /** For the launcher of compiled programs these are the whole command. */
  args: readonly string[];
  entry?: string;
}

/**
 * A job as the agents read it from descriptor 6, up to its end: records of "kind length", a line feed, and that many
 * bytes. A `path` names the file whose `text` follows. The lengths make every byte of names and texts harmless, and a
 * shell can read it without a parser.
 */
export function encodeJob({ files, args, entry }: JobMessage): Buffer {
  const records = [
    ...files.flatMap(({ path, text }) => [record('path', path), record('text', text)]),
    ...args.map((arg) => record('arg', arg)),
    ...(entry === undefined ? [] : [record('entry', entry)]),
  ];
  return Buffer.from(records.join(''));
}

function record(kind: string, value: string): string {
  return `${kind} ${Buffer.byteLength(value)}\n${value}`;
}
