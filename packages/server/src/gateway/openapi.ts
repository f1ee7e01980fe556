import { readFileSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, errorRow } from '@coderoom/protocol';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { type TSchema, Type } from 'typebox';
import type { Http } from './http.ts';
import { problemMediaType } from './problems.ts';

/** One OpenAPI document made from the routes' schemas, with Swagger UI and ReDoc over it; all files are our own. */
export async function registerOpenApi(
  http: Http,
  { version, dialects }: { version: string; dialects: { name: string; description: string }[] },
): Promise<void> {
  await http.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Coderoom',
        version,
        description:
          'Live coding together. Documents travel beside this API at `/collab/<room id>` (y-websocket protocol), ' +
          'events by Socket.IO at `/socket.io`.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: {
          roomToken: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description:
              'The token that creating or joining a room answers; it makes its holder one member of that room.',
          },
          accountToken: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description:
              'The access token that signing in answers; in rooms it is as good as a room token of one’s own.',
          },
          knockToken: {
            type: 'http',
            scheme: 'bearer',
            description: 'The token that joining answers to who has to wait; it is for that knock alone.',
          },
          refreshCookie: {
            type: 'apiKey',
            in: 'cookie',
            name: 'coderoom_refresh',
            description: 'What signing in with `cookie: true` sets; taken from pages of this server only.',
          },
          codeCastCreatorToken: {
            type: 'apiKey',
            in: 'header',
            name: 'Authorization',
            description: 'What the maker of a CodeCast session chose as its `creator_token`, as it is.',
          },
          codeCallToken: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description: 'The access token that CodeCall’s sign-in answers; for its operations and its sockets alone.',
          },
          codechillToken: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description:
              'For clients of CodeChill: what its login answers, or a token of this server’s OpenID Connect provider.',
          },
          metricsToken: { type: 'http', scheme: 'bearer', description: 'What METRICS_TOKEN is set to.' },
        },
      },
      tags: [
        { name: 'sign-in', description: 'Accounts and tokens: getting them, keeping them, giving them back' },
        { name: 'accounts', description: 'One’s own account' },
        { name: 'rooms', description: 'Where people meet' },
        { name: 'members', description: 'Who is in a room' },
        { name: 'knocks', description: 'Asking to join' },
        { name: 'friends', description: 'People one knows' },
        { name: 'invitations', description: 'Friends into rooms' },
        { name: 'chat', description: 'What is said in a room' },
        { name: 'snippets', description: 'Pieces of code, shown to a room' },
        { name: 'files', description: 'The shared document, file by file' },
        { name: 'board', description: 'What is drawn beside the code' },
        { name: 'runs', description: 'Running a room’s files, or anything' },
        { name: 'calls', description: 'Hearing and seeing each other' },
        { name: 'languages', description: 'What can be run' },
        { name: 'server', description: 'How the server is' },
        ...dialects,
      ],
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, index) => String(json.$id ?? `schema${index}`) },
    transformObject: (document) =>
      describeSuccess('openapiObject' in document ? document.openapiObject : document.swaggerObject),
    transform: ({ schema, url, ...rest }) => ({ ...rest, ...nameWildcard(schema as RouteSchema, url) }),
  });
  await http.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { docExpansion: 'list', tryItOutEnabled: true, persistAuthorization: false },
    // Its page sets images as data: and styles inline; nothing comes from elsewhere.
    staticCSP:
      "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
      "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'self'",
  });

  const hide = { schema: { hide: true } };
  http.get('/openapi.json', hide, (_request, reply) => reply.send(http.swagger()));
  // ReDoc searches in a worker that it makes from a blob, and its styles are made as it runs.
  const directives = {
    defaultSrc: ["'self'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:', 'blob:'],
    fontSrc: ["'self'", 'data:'],
    workerSrc: ["'self'", 'blob:'],
    objectSrc: ["'none'"],
    baseUri: ["'none'"],
    frameAncestors: ["'self'"],
  };
  http.get(
    '/redoc',
    { ...hide, helmet: { contentSecurityPolicy: { useDefaults: false, directives } } },
    (_request, reply) => reply.type('text/html; charset=utf-8').send(redocPage),
  );
  http.get('/redoc/redoc.js', hide, (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').header('cache-control', 'public, max-age=86400').send(redocScript()),
  );
}

/** The security of a route that anybody may use. */
export const withoutToken: [] = [];

/** The security of a route that is for members of a room. */
export const withRoomToken: { [scheme: string]: string[] }[] = [{ roomToken: [] }, { accountToken: [] }];

/** The security of a route that is for those who are signed in. */
export const withAccountToken = [{ accountToken: [] }];

/** The failures of a route as its documented answers, by status; those that any route may have come with it. */
export function problems(...codes: ErrorCode[]): Record<number, object> {
  const byStatus = new Map<number, string[]>();
  const common: ErrorCode[] = [
    'invalid_request',
    'rate_limited',
    'internal',
    'storage_unavailable',
    'shutting_down',
    'timed_out',
  ];
  for (const code of [...codes, ...common]) {
    const { status, message } = errorRow(code);
    byStatus.set(status, [...(byStatus.get(status) ?? []), `\`${code}\`: ${message}`]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, lines]) => [
      status,
      { description: lines.join('\n\n'), content: { [problemMediaType]: { schema: Type.Ref('Problem') } } },
    ]),
  );
}

/** What can go wrong wherever a room token is asked for. */
export const accessErrors = [
  'token_missing',
  'token_invalid',
  'token_expired',
  'membership_ended',
  'session_ended',
  'sign_in_required',
  'room_not_found',
] as const satisfies ErrorCode[];

/** What can go wrong wherever an account token is asked for. */
export const signedInErrors = [
  'sign_in_required',
  'token_invalid',
  'token_expired',
  'session_ended',
] as const satisfies ErrorCode[];

/** What can go wrong wherever something may be sent along. */
export const bodyErrors = ['invalid_json', 'unsupported_media_type', 'too_large'] as const satisfies ErrorCode[];

interface RouteSchema {
  params?: { properties?: Record<string, TSchema>; required?: string[] };
  [part: string]: unknown;
}

/** Fastify's `*` is a parameter without a name, which OpenAPI does not know; here it is a file's path. */
function nameWildcard(schema: RouteSchema | undefined, url: string) {
  if (schema?.params?.properties?.['*'] === undefined) return { schema: schema ?? {}, url };
  const { '*': path, ...properties } = schema.params.properties;
  const params = Type.Object({ ...properties, path } as Record<string, TSchema>);
  return { schema: { ...schema, params }, url: url.replace('/*', '/:path') };
}

/** Answers that need no explanation are described by what their status means. */
function describeSuccess<Document extends { paths?: object }>(document: Document): Document {
  for (const path of Object.values(document.paths ?? {})) {
    for (const operation of Object.values(path ?? {}) as { responses?: Record<string, { description: string }> }[]) {
      for (const [status, response] of Object.entries(operation.responses ?? {})) {
        if (response.description === 'Default Response') response.description = STATUS_CODES[status] ?? status;
      }
    }
  }
  return document;
}

const redocPage = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Coderoom API</title></head>
<body style="margin:0"><redoc spec-url="/openapi.json"></redoc><script src="/redoc/redoc.js"></script></body>
</html>
`;

/** The bundle's only picture is a badge from elsewhere, which the policy above would refuse aloud. */
const redocBadge = 'https://cdn.redoc.ly/redoc/logo-mini.svg';
const noPicture = 'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22/%3E';
let redocText: string | undefined;

function redocScript(): string {
  redocText ??= readFileSync(
    fileURLToPath(import.meta.resolve('redoc/bundles/redoc.standalone.js')),
    'utf8',
  ).replaceAll(redocBadge, noPicture);
  return redocText;
}
