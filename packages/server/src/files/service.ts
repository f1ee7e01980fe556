import type { Collab } from '@coderoom/collab';
import { type FileContent, type FileSummary, isFilePath, normalizeText, ProblemError } from '@coderoom/protocol';
import { assertMayChange, type Caller } from '../caller.ts';

/** A room's files for those who read and write them whole; the shared document is the sync engine's. */
export interface FileService {
  list(caller: Caller): Promise<FileSummary[]>;
  read(caller: Caller, path: string): Promise<FileContent>;
  write(
    caller: Caller,
    path: string,
    text: string,
    ifVersion?: string,
  ): Promise<{ file: FileContent; created: boolean }>;
  delete(caller: Caller, path: string, ifVersion?: string): Promise<void>;
}

export function createFileService(
  collab: Pick<Collab, 'readFiles' | 'readFile' | 'writeFile' | 'deleteFile'>,
): FileService {
  return {
    async list({ room }) {
      const { files, entry } = await collab.readFiles(room.id);
      return files.map(({ path, text }) => ({ path, bytes: Buffer.byteLength(text), entry: path === entry }));
    },

    async read({ room }, path) {
      assertPath(path);
      return collab.readFile(room.id, path);
    },

    async write(caller, path, text, ifVersion) {
      assertMayChange(caller);
      assertPath(path);
      const options = { memberId: caller.member.id, ...(ifVersion === undefined ? {} : { ifVersion }) };
      const { created, version } = await collab.writeFile(caller.room.id, path, text, options);
      // As the document holds it, not as others may have changed it by now.
      return { file: { path, text: normalizeText(text).toWellFormed(), version }, created };
    },

    async delete(caller, path, ifVersion) {
      assertMayChange(caller);
      assertPath(path);
      const options = { memberId: caller.member.id, ...(ifVersion === undefined ? {} : { ifVersion }) };
      await collab.deleteFile(caller.room.id, path, options);
    },
  };
}

function assertPath(path: string): void {
  if (!isFilePath(path)) throw new ProblemError('invalid_path');
}
