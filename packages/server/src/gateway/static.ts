import { existsSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { Http } from './http.ts';

/** Where `npm run build` puts the web client. */
export const webClientFolder = fileURLToPath(new URL('../../../web/dist', import.meta.url));

/**
 * Serves the built web client: its page for every address that is a view of it, its files as they are. At `/` whoever does
 * not ask for a page gets `rootForPrograms`, if there is one; who asks for a page where nothing is gets the client's, which
 * says so.
 */
export async function registerStatic(
  http: Http,
  { folder, rootForPrograms }: { folder: string; rootForPrograms: object | undefined },
): Promise<void> {
  const isBuilt = existsSync(join(folder, 'index.html'));
  if (isBuilt) {
    await http.register(fastifyStatic, {
      root: folder,
      index: false,
      redirect: false,
      dotfiles: 'ignore',
      preCompressed: true,
      cacheControl: false,
      setHeaders(reply, path) {
        const isAsset = path.slice(folder.length).startsWith(`${sep}assets${sep}`);
        // Names under assets/ carry a hash of their content, or a version.
        reply.header('cache-control', isAsset ? 'public, max-age=31536000, immutable' : 'no-cache');
        // The frame in which programs run has no origin, and is to everything a stranger.
        if (isAsset) reply.header('access-control-allow-origin', '*');
      },
      schemaHide: true,
    });
    http.addHook('preHandler', async (request, reply) => {
      if (!request.is404 || request.method !== 'GET' || request.url.startsWith('/api/') || !wantsPage(request)) return;
      // Without validators: a browser that still has it would be told "not modified" with a 404, and show nothing.
      return reply.status(404).header('vary', 'accept').sendFile('index.html', { etag: false, lastModified: false });
    });
  }
  if (existsSync(join(folder, runnerPage))) {
    http.get(`/${runnerPage}`, { schema: { hide: true } }, (request, reply) =>
      reply.header('content-security-policy', runnerSecurity(request.headers.host)).sendFile(runnerPage),
    );
  }
  for (const view of ['/', '/r/*', '/app', '/app/*']) {
    http.get(view, { schema: { hide: true } }, (request, reply) => {
      const isPage = view !== '/' || wantsPage(request);
      if (!isPage && rootForPrograms !== undefined) return reply.header('vary', 'accept').send(rootForPrograms);
      return isBuilt
        ? reply.sendFile('index.html')
        : reply.status(503).type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(notBuiltPage);
    });
  }
}

function wantsPage({ headers }: { headers: IncomingHttpHeaders }): boolean {
  return (headers.accept ?? '').includes('text/html');
}

/** The frame in which programs run, where they run in browsers. */
const runnerPage = 'runner.html';

/**
 * What that frame may do, and every worker in it: run scripts and WebAssembly that come from here, and reach nothing else,
 * neither this server's interfaces nor the rest of the world. `sandbox` gives it an origin of its own, without cookies and
 * storage.
 */
function runnerSecurity(host: string | undefined): string {
  const isNamed = host !== undefined && /^[\w.-]+(:\d+)?$/.test(host);
  const first = [
    'sandbox allow-scripts',
    "default-src 'none'",
    reach(isNamed ? `${host}/assets/` : "'self'"),
    'worker-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ].join('; ');
  // CSP has no words for an IPv6 address with a path. Of two policies both must allow: our origin, and these paths.
  return isNamed ? first : `${first}, ${reach('*:*/assets/')}`;
}

function reach(source: string): string {
  return `script-src ${source} blob: 'wasm-unsafe-eval'; connect-src ${source}`;
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
