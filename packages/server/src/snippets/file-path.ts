import { isFilePath, limits } from '@coderoom/protocol';

/**
 * The file of a room that a snippet of this name goes into: the name itself where it may be a path; else the nearest one
 * that may. Of an absolute path only the last part counts: the rest says where it was on somebody's own machine.
 */
export function filePathFor(name: string): string {
  const isAbsolute = /^(?:[a-z]:)?[\\/]/i.test(name);
  if (isFilePath(name) && !isAbsolute) return name;
  const parts = name
    .toWellFormed()
    .replace(/^[a-z]:(?=[\\/])/i, '')
    .split(/[\\/]/)
    .map((part) => part.replace(/\p{Cc}/gu, '_').trim())
    .filter((part) => part !== '' && part !== '.' && part !== '..');
  const path = (isAbsolute ? parts.slice(-1) : parts).join('/');
  if (path === '') return namelessPath;
  return path.length <= limits.filePathMaxLength ? path : shorten(parts.at(-1) ?? '');
}

const namelessPath = 'snippet.txt';
const endingMaxLength = 20;

/** A shorter name with the same ending, by which its language is known. */
function shorten(name: string): string {
  const dot = name.lastIndexOf('.');
  const ending = dot > 0 && name.length - dot <= endingMaxLength ? name.slice(dot) : '';
  const stem = name.slice(0, name.length - ending.length);
  return (stem.slice(0, limits.filePathMaxLength - ending.length) + ending).toWellFormed();
}
