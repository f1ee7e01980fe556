import { limits } from './limits.ts';

/**
 * The shape of a room's shared Yjs document:
 * `doc.getMap('files')`: path → Y.Text (LF line ends);
 * `doc.getMap('room')`: `entry` (path of the main file), `language` (id);
 * `doc.getMap('board')`: element id → Y.Map.
 * Only the server seeds a new document.
 */
export const documentMaps = { files: 'files', room: 'room', board: 'board' } as const;
export const roomMapKeys = { entry: 'entry', language: 'language' } as const;

/**
 * Whether a path may name a file of a room: relative, `/` between its parts, no empty, `.` or `..` part,
 * no backslash, no control character, bounded length.
 */
export function isFilePath(path: string): boolean {
  if (path.length === 0 || path.length > limits.filePathMaxLength) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this refuses
  if (/[\u0000-\u001f\u007f\\]/.test(path) || !path.isWellFormed()) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

/** Text as the document holds it: LF line ends. */
export function normalizeText(text: string): string {
  return text.replace(/\r\n?/g, '\n');
}
