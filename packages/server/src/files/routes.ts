import { type FileContent, FilePut } from '@coderoom/protocol';
import { Type } from 'typebox';
import type { Access } from '../gateway/authorize.ts';
import type { Http } from '../gateway/http.ts';
import { accessErrors, bodyErrors, problems, withRoomToken } from '../gateway/openapi.ts';
import type { FileService } from './service.ts';

export function registerFileRoutes(http: Http, access: Access, files: FileService): void {
  const common = { tags: ['files'], security: withRoomToken };
  const oneFile = Type.Object({
    room: Type.String(),
    '*': Type.String({ description: 'the file’s path; its slashes may stand as they are' }),
  });
  const ifMatch = Type.Object({
    'if-match': Type.Optional(Type.String({ description: 'an ETag: write only over this version' })),
  });

  http.get(
    '/api/v2/rooms/:room/files',
    {
      schema: {
        ...common,
        operationId: 'listFiles',
        summary: 'The files of a room, by path',
        params: Type.Object({ room: Type.String() }),
        response: { 200: Type.Object({ items: Type.Array(Type.Ref('FileSummary')) }), ...problems(...accessErrors) },
      },
    },
    async ({ headers, params }) => ({
      items: await files.list(await access.byHeader(headers.authorization, params.room)),
    }),
  );

  http.get(
    '/api/v2/rooms/:room/files/*',
    {
      schema: {
        ...common,
        operationId: 'readFile',
        summary: 'A file with its text',
        params: oneFile,
        response: { 200: Type.Ref('FileContent'), ...problems(...accessErrors, 'invalid_path', 'file_not_found') },
      },
    },
    async ({ headers, params }, reply) => {
      const file = await files.read(await access.byHeader(headers.authorization, params.room), params['*']);
      return reply.header('etag', `"${file.version}"`).send(file);
    },
  );

  http.put(
    '/api/v2/rooms/:room/files/*',
    {
      schema: {
        ...common,
        operationId: 'writeFile',
        summary: 'Make a file, or change its text by the smallest edits that lead to it',
        params: oneFile,
        headers: ifMatch,
        body: FilePut,
        response: {
          200: Type.Ref('FileContent'),
          201: Type.Ref('FileContent'),
          ...problems(
            ...bodyErrors,
            ...accessErrors,
            'forbidden',
            'room_ended',
            'invalid_path',
            'file_changed',
            'too_many_files',
            'document_too_large',
          ),
        },
      },
    },
    async ({ headers, params, body }, reply) => {
      const caller = await access.byHeader(headers.authorization, params.room);
      const version = await readVersion(headers['if-match'], () => files.read(caller, params['*']));
      const { file, created } = await files.write(caller, params['*'], body.text, version);
      return reply
        .status(created ? 201 : 200)
        .header('etag', `"${file.version}"`)
        .send(file);
    },
  );

  http.delete(
    '/api/v2/rooms/:room/files/*',
    {
      schema: {
        ...common,
        operationId: 'deleteFile',
        summary: 'Delete a file',
        params: oneFile,
        headers: ifMatch,
        response: {
          204: Type.Null({ description: 'deleted' }),
          ...problems(
            ...bodyErrors,
            ...accessErrors,
            'forbidden',
            'room_ended',
            'invalid_path',
            'file_not_found',
            'file_changed',
          ),
        },
      },
    },
    async ({ headers, params }, reply) => {
      const caller = await access.byHeader(headers.authorization, params.room);
      const version = await readVersion(headers['if-match'], () => files.read(caller, params['*']));
      await files.delete(caller, params['*'], version);
      return reply.status(204).send(null);
    },
  );
}

/** The version that an If-Match header names: `"v"`, also weak or bare, or `*` for whichever there is. */
async function readVersion(header: string | undefined, read: () => Promise<FileContent>): Promise<string | undefined> {
  if (header?.trim() === '*') return (await read()).version;
  return header?.trim().replace(/^(?:W\/)?"(.*)"$/, '$1');
}
