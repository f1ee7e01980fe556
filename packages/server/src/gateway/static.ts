import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { Http } from './http.ts';

/** Where `npm run build` puts the web client. */
export const webClientFolder = fileURLToPath(new URL('../../../web/dist', import.meta.url));

/** Serves the built web client: its page for every address that is a view of it, its files as they are. */
export async function registerStatic(http: Http, folder: string): Promise<void> {
  const isBuilt = existsSync(join(folder, 'index.html'));
  if (isBuilt) {
    await http.register(fastifyStatic, {
      root: folder,
      index: false,
      redirect: false,
      dotfiles: 'ignore',
      preCompressed: true,
      cacheControl: false,
      setHeaders: (reply, path) => reply.header('cache-control', cacheControl(path.slice(folder.length))),
      schemaHide: true,
    });
  }
  for (const view of ['/', '/r/*', '/app', '/app/*']) {
    http.get(view, { schema: { hide: true } }, (_request, reply) =>
      isBuilt
        ? reply.sendFile('index.html')
        : reply.status(503).type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(notBuiltPage),
    );
  }
}

/** Names under assets/ carry a hash of their content. */
function cacheControl(path: string): string {
  return path.startsWith(`${sep}assets${sep}`) ? 'public, max-age=31536000, immutable' : 'no-cache';
}

const notBuiltPage = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Coderoom</title></head>
<body>
<h1>The web client is not built yet</h1>
<p>Run <code>npm run build</code> and start the server again; <code>npm start</code> does both.</p>
<p>The API is here: <a href="/docs">/docs</a></p>
</body>
</html>
`;
