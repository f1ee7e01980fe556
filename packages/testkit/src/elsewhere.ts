import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { WebsocketProvider } from 'y-websocket';

type Provider = typeof WebsocketProvider;

const folder = fileURLToPath(new URL('../elsewhere/', import.meta.url));

/**
 * Providers of y-websocket by their version: the project's own and older ones. Those are installed when first asked for,
 * into a folder beside, without the server that came with them; they use the project's Yjs.
 */
export async function providersFromElsewhere(): Promise<Record<string, Provider>> {
  if (!existsSync(`${folder}node_modules`)) {
    const flags = ['--omit=optional', '--legacy-peer-deps', '--ignore-scripts', '--no-audit', '--no-fund'];
    execFileSync('npm', ['ci', '--loglevel=error', ...flags], { cwd: folder, stdio: 'ignore' });
  }
  const require = createRequire(import.meta.url);
  const providers: Record<string, Provider> = {};
  for (const name of ['y-websocket-1', 'y-websocket-2']) {
    const { version } = require(`${folder}node_modules/${name}/package.json`) as { version: string };
    const module = (await import(`${folder}node_modules/${name}/src/y-websocket.js`)) as {
      WebsocketProvider: Provider;
    };
    providers[version] = module.WebsocketProvider;
  }
  const { version } = require('y-websocket/package.json') as { version: string };
  return { ...providers, [version]: WebsocketProvider };
}
