/** Builds the frame in which programs run beside the client: a page and two workers of its own, and Pyodide's files. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build, type Plugin } from 'vite';

const pyodideFolder = dirname(createRequire(import.meta.url).resolve('pyodide/package.json'));
const { version } = JSON.parse(readFileSync(join(pyodideFolder, 'package.json'), 'utf8')) as { version: string };
/** What Pyodide fetches; unchanged, as they came. */
const pyodideFiles = ['pyodide.mjs', 'pyodide.asm.mjs', 'pyodide.asm.wasm', 'python_stdlib.zip', 'pyodide-lock.json'];

/** The names of its files must not depend on the client's, nor the client wait for them: a build of its own. */
export function runnerFrame(compressed: () => Plugin): Plugin {
  let outDir = 'dist';
  return {
    name: 'runner-frame',
    apply: 'build',
    configResolved(config) {
      outDir = config.build.outDir;
    },
    async closeBundle() {
      await build({
        configFile: false,
        logLevel: 'error',
        define: { pyodideVersion: JSON.stringify(version) },
        plugins: [pyodide(), compressed()],
        publicDir: false,
        worker: { format: 'es' },
        build: {
          target: 'baseline-widely-available',
          outDir,
          emptyOutDir: false,
          modulePreload: { polyfill: false },
          rolldownOptions: {
            input: 'runner.html',
            treeshake: { manualPureFunctions: ['Type', 'Nullable', 'serviceStats'] },
          },
        },
      });
    },
  };
}

function pyodide(): Plugin {
  return {
    name: 'pyodide',
    generateBundle() {
      for (const name of pyodideFiles) {
        const source = readFileSync(join(pyodideFolder, name));
        this.emitFile({ type: 'asset', fileName: `assets/pyodide-${version}/${name}`, source });
      }
    },
  };
}
