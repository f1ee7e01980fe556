import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceFile } from '@coderoom/protocol';
import { checkJob } from '@coderoom/sandbox';
import { temporaryFolder } from '@coderoom/testkit';
import { describe, expect, it } from 'vitest';
import { zipFiles } from './archive.ts';

/** What Python's zipfile reads: path, size, text, whether it is a plain file, and what its checksums say. */
const reader = `
import json, stat, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    assert archive.testzip() is None
    print(json.dumps([[i.filename, i.file_size, i.compress_size, archive.read(i).decode(),
                       stat.S_ISREG(i.external_attr >> 16)] for i in archive.infolist()]))
`;

function readBack(files: readonly SourceFile[]): unknown {
  using folder = temporaryFolder();
  const path = join(folder.path, 'files.zip');
  writeFileSync(path, zipFiles(files));
  return JSON.parse(execFileSync('/usr/bin/python3', ['-c', reader, path], { encoding: 'utf8' }));
}

const nobodyMisses = () => undefined;

describe('EXEC-56 an archive that is made here (case 39)', () => {
  it('holds plain files under their own names, as long as they say', () => {
    const files = [
      { path: 'main.py', text: 'print(1)\n' },
      { path: 'a/b/ü.txt', text: '→'.repeat(1_000) },
      { path: 'archive.zip', text: 'PK\x03\x04 but only text' },
      { path: 'empty', text: '' },
    ];
    const rows = files.map(({ path, text }) => {
      const bytes = Buffer.byteLength(text);
      return [path, bytes, bytes, text, true];
    });
    expect(readBack(files)).toEqual(rows);
  });

  it('is made of checked paths only: none leads upwards, is absolute, or is a folder and a file', () => {
    const hostile = ['../x', 'a/../../x', '/etc/passwd', 'a//b', './x', 'a/', 'C:\\x', 'a\\..\\x', 'x\0y', '..', ''];
    for (const path of hostile) {
      const files = [{ path, text: '' }];
      const refuse = () => checkJob({ language: 'python', files }, nobodyMisses);
      expect(refuse, path).toThrow(expect.objectContaining({ code: 'invalid_path' }));
    }
  });
});
