import { createHash, type Hash } from 'node:crypto';
import { chmodSync, closeSync, linkSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { limits, type SourceFile } from '@coderoom/protocol';

/** What compilers made, by what they made it from. It lives as long as this process. */
export interface CompileCache {
  find(key: string): CompiledProgram | undefined;
  put(key: string, program: readonly Buffer[], compileOutput: string): CompiledProgram;
}

export interface CompiledProgram {
  /** What the compiler said of it, warnings for instance. */
  compileOutput: string;
  /** Puts it in a sandbox's folder. */
  install(programFolder: string): void;
}

/** All that a compiler's result depends on. */
export function compileKey(of: {
  compiler: string;
  command: readonly string[];
  sources: readonly SourceFile[];
}): string {
  const hash = createHash('sha256');
  addParts(hash, [of.compiler, ...of.command]);
  addParts(
    hash,
    of.sources.flatMap(({ path, text }) => [path, text]),
  );
  return hash.digest('hex');
}

/** With their lengths, so that no two lists look alike. */
function addParts(hash: Hash, parts: readonly string[]): void {
  hash.update(`${parts.length}\n`);
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}\n`).update(part);
}

/**
 * Programs lie in files that nobody may write, not even this process once they are there, and reach a sandbox as a
 * second name in a folder that it sees read-only. Past `maxBytes` those go that were not asked for the longest.
 */
export function createCompileCache(folder: string, maxBytes: number = limits.compileCacheMaxBytes): CompileCache {
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  /** A Map keeps the order of insertion: the first is the one that was not asked for the longest. */
  const entries = new Map<string, { bytes: number; compileOutput: string }>();
  let bytes = 0;

  const describe = (key: string, { compileOutput }: { compileOutput: string }): CompiledProgram => ({
    compileOutput,
    install: (programFolder) => linkSync(join(folder, key), join(programFolder, 'program')),
  });

  return {
    find(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return describe(key, entry);
    },
    put(key, program, compileOutput) {
      const known = entries.get(key);
      if (known !== undefined) return describe(key, known);
      const path = join(folder, key);
      const unfinished = `${path}.new`;
      // All at once and without giving way: a child that is started meanwhile would inherit the descriptor for a
      // moment, and nobody can start a program that somebody else has open for writing (ETXTBSY).
      const file = openSync(unfinished, 'wx', 0o555);
      try {
        for (const part of program) {
          for (let written = 0; written < part.length; ) written += writeSync(file, part, written);
        }
      } finally {
        closeSync(file);
      }
      chmodSync(unfinished, 0o555);
      renameSync(unfinished, path);
      const size = program.reduce((sum, part) => sum + part.length, 0);
      const entry = { bytes: size, compileOutput };
      entries.set(key, entry);
      bytes += size;
      for (const [oldest, { bytes: oldBytes }] of entries) {
        if (bytes <= maxBytes || oldest === key) break;
        entries.delete(oldest);
        bytes -= oldBytes;
        rmSync(join(folder, oldest), { force: true });
      }
      return describe(key, entry);
    },
  };
}
