/** How the web client is built: modern browsers, hashed names, a head start for the room page, compressed twins. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { runnerFrame } from './vite-runner.ts';

/** Names the room page's files in index.html, so that boot.js can ask for them before the entry has been read. */
function roomModules(): Plugin {
  return {
    name: 'room-modules',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle }) {
        if (bundle === undefined) return html;
        const chunks = Object.values(bundle).filter((output) => output.type === 'chunk');
        const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
        const wanted = new Set<string>();
        const add = (fileName: string) => {
          const chunk = byName.get(fileName);
          if (chunk === undefined || wanted.has(fileName)) return;
          wanted.add(fileName);
          for (const style of chunk.viteMetadata?.importedCss ?? []) wanted.add(style);
          for (const imported of chunk.imports) add(imported);
        };
        for (const chunk of chunks) {
          if (chunk.facadeModuleId?.endsWith('/rooms/room-page.tsx')) add(chunk.fileName);
        }
        const inHtml = (fileName: string) => html.includes(fileName);
        const content = [...wanted].filter((fileName) => !inHtml(fileName)).map((fileName) => `/${fileName}`);
        const meta = `<meta name="room-modules" content="${content.join(' ')}" />\n    `;
        return html.replace('<script src="/boot.js">', `${meta}<script src="/boot.js">`);
      },
    },
  };
}

/** Larger ones are compressed a little less, in a tenth of the time. */
const largeBytes = 1_000_000;
const largeQuality = 9;

/** Writes .br and .gz next to each text file and WebAssembly, so that the server compresses nothing. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    writeBundle({ dir = 'dist' }) {
      for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !/\.(m?js|css|html|svg|json|wasm)$/.test(entry.name)) continue;
        const path = join(entry.parentPath, entry.name);
        if (isNewer(`${path}.br`, path)) continue;
        const bytes = readFileSync(path);
        if (bytes.length < 512 || path.includes('.vite')) continue;
        const level = bytes.length > largeBytes ? largeQuality : constants.BROTLI_MAX_QUALITY;
        const quality = { [constants.BROTLI_PARAM_QUALITY]: level };
        writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: quality }));
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
      }
    },
  };
}

function isNewer(path: string, than: string): boolean {
  const time = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return time !== undefined && time > statSync(than).mtimeMs;
}

export default defineConfig({
  plugins: [react(), roomModules(), compressed(), runnerFrame(compressed)],
  build: {
    target: 'baseline-widely-available',
    manifest: true,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // How long plugins take is nothing for the start message.
      checks: { pluginTimings: false },
      // What the first page needs stays together, though other pages share pieces of it: one request instead of a dozen.
      output: { codeSplitting: { groups: [{ name: 'start', tags: ['$initial'] }] } },
      // The schemas of the protocol are made by pure calls; the client needs none of them.
      treeshake: { manualPureFunctions: ['Type', 'Nullable', 'serviceStats'] },
    },
  },
});
