/** How the web client is built: modern browsers, hashed names, a head start for the room page, compressed twins. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

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

/** Writes .br and .gz next to each text file, so that the server compresses nothing. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    writeBundle({ dir = 'dist' }) {
      for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !/\.(js|css|html|svg|json)$/.test(entry.name)) continue;
        const path = join(entry.parentPath, entry.name);
        const bytes = readFileSync(path);
        if (bytes.length < 512 || path.includes('.vite')) continue;
        const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
        writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: quality }));
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), roomModules(), compressed()],
  build: {
    target: 'baseline-widely-available',
    manifest: true,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // What the first page needs stays together, though other pages share pieces of it: one request instead of a dozen.
      output: { codeSplitting: { groups: [{ name: 'start', tags: ['$initial'] }] } },
      // The schemas of the protocol are made by pure calls; the client needs none of them.
      treeshake: { manualPureFunctions: ['Type', 'Nullable', 'serviceStats'] },
    },
  },
});
