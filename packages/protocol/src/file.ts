import { type Static, Type } from 'typebox';
import { limits } from './limits.ts';

/** A file without its text. */
export const FileSummary = Type.Object(
  {
    path: Type.String(),
    bytes: Type.Integer({ description: 'length of the text in UTF-8' }),
    entry: Type.Boolean({ description: 'whether a run starts here' }),
  },
  { $id: 'FileSummary', additionalProperties: false },
);
export type FileSummary = Static<typeof FileSummary>;

/** A file with its text; `version` is also the ETag of the answer. */
export const FileContent = Type.Object(
  {
    path: Type.String(),
    text: Type.String(),
    version: Type.String({ description: 'changes with the text; send it as If-Match to write only over this version' }),
  },
  { $id: 'FileContent', additionalProperties: false },
);
export type FileContent = Static<typeof FileContent>;

export const FilePut = Type.Object(
  { text: Type.String({ maxLength: limits.fileTextMaxBytes }) },
  { additionalProperties: false },
);
export type FilePut = Static<typeof FilePut>;
