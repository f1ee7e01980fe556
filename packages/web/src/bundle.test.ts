import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';

const web = fileURLToPath(new URL('..', import.meta.url));
const dist = join(web, 'dist');
const maxGzipBytes = 250_000;

interface ManifestChunk {
  file: string;
  isEntry?: boolean;
  imports?: string[];
  css?: string[];
}
type Manifest = Record<string, ManifestChunk>;

function newestSource(): number {
  const times = ['src', 'public'].flatMap((folder) =>
    readdirSync(join(web, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );
  const single = ['index.html', 'vite.config.ts', 'package.json'].map((name) => statSync(join(web, name)).mtimeMs);
  return Math.max(...times, ...single);
}

/** As `npm run build` does, in a process of its own: under NODE_ENV=test React would be its development build. */
function build(): void {
  const vite = fileURLToPath(new URL('../../../node_modules/vite/bin/vite.js', import.meta.url));
  const env = { ...process.env, NODE_ENV: 'production' };
  execFileSync(process.execPath, [vite, 'build', '--logLevel', 'error'], { cwd: web, env, stdio: 'inherit' });
}

/** A chunk and all that it imports statically. */
function closure(manifest: Manifest, name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  for (const imported of manifest[name]?.imports ?? []) closure(manifest, imported, found);
  return found;
}

const gzipBytes = (file: string) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;

describe('what is built', () => {
  let manifest: Manifest;
  let entry: string;
  const roomPage = 'src/features/rooms/room-page.tsx';

  beforeAll(() => {
    const path = join(dist, '.vite', 'manifest.json');
    if (!existsSync(path) || statSync(path).mtimeMs < newestSource()) build();
    manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
    entry = Object.keys(manifest).find((name) => manifest[name]?.isEntry === true) ?? '';
  }, 120_000);

  it('WEB-12 a room can be typed in after less than 250 KB of JavaScript, gzipped', () => {
    const chunks = [...closure(manifest, entry), ...closure(manifest, roomPage)];
    const files = new Set([...chunks.map((name) => manifest[name]?.file ?? ''), 'boot.js']);
    const total = [...files].reduce((sum, file) => sum + gzipBytes(file), 0);
    expect(files.size).toBeGreaterThan(2);
    expect(total).toBeGreaterThan(50_000); // it measured something
    expect(total).toBeLessThan(maxGzipBytes);
    console.log(`JavaScript until a room can be typed in: ${total} bytes gzipped, in ${files.size} files`);
  });

  it('names in the page what a room needs, so that it is asked for at once', () => {
    const html = readFileSync(join(dist, 'index.html'), 'utf8');
    for (const name of [...closure(manifest, entry), ...closure(manifest, roomPage)]) {
      expect(html).toContain(`/${manifest[name]?.file}`);
    }
  });

  it('has no script of its own in the page, as the content security policy demands', () => {
    const html = readFileSync(join(dist, 'index.html'), 'utf8');
    for (const [script] of html.matchAll(/<script[^>]*>[\s\S]*?<\/script>/g)) {
      expect(script).toMatch(/^<script[^>]* src="[^"]+"[^>]*><\/script>$/);
    }
  });

  it('lies there compressed, too', () => {
    const file = manifest[entry]?.file ?? '';
    for (const ending of ['br', 'gz']) {
      expect(statSync(join(dist, `${file}.${ending}`)).size).toBeLessThan(statSync(join(dist, file)).size);
    }
  });
});
