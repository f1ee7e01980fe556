import { limits } from '@coderoom/protocol';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { RoomFiles } from './room-files.ts';

/** Two people in a room with main.py, level with each other at all times. */
function setUp() {
  const docs = [new Y.Doc(), new Y.Doc()] as const;
  for (const [index, doc] of docs.entries()) {
    const other = docs[1 - index];
    doc.on('update', (update, origin) => {
      if (origin !== 'other' && other !== undefined) Y.applyUpdate(other, update, 'other');
    });
  }
  docs[0].transact(() => {
    docs[0].getMap('files').set('main.py', new Y.Text('print(1)\n'));
    docs[0].getMap('room').set('entry', 'main.py');
  });
  return { ana: new RoomFiles(docs[0]), ben: new RoomFiles(docs[1]), doc: docs[0] };
}

describe('the list of files', () => {
  it('begins with the entry, which is also what one sees first', () => {
    const { ana } = setUp();
    ana.add('a.py');
    expect(ana.list.get()).toEqual({ paths: ['main.py', 'a.py'], entry: 'main.py' });
    expect(ana.active.get()).toBe('a.py');
  });

  it('opens for oneself alone', () => {
    const { ana, ben } = setUp();
    ana.add('a.py');
    expect(ben.active.get()).toBe('main.py');
    expect(ben.list.get().paths).toEqual(['main.py', 'a.py']);
  });

  it('refuses names that cannot be', () => {
    const { ana, doc } = setUp();
    for (const path of ['', '/etc/passwd', '../x', 'main.py']) expect(ana.refusalOf(path)).toBeDefined();
    expect(ana.refusalOf('src/a.py')).toBeUndefined();
    doc.transact(() => {
      for (let index = 1; index < limits.filesMax; index++) doc.getMap('files').set(`${index}.txt`, new Y.Text());
    });
    expect(ana.refusalOf('one-more.txt')).toContain(String(limits.filesMax));
  });
});

describe('renaming', () => {
  it('WEB-10 takes along whoever has the file open, and the entry', () => {
    const { ana, ben } = setUp();
    ana.rename('main.py', 'app.py');
    expect(ana.list.get()).toEqual({ paths: ['app.py'], entry: 'app.py' });
    expect(ana.active.get()).toBe('app.py');
    expect(ben.active.get()).toBe('app.py');
    expect(ben.text('app.py')?.toString()).toBe('print(1)\n');
  });
});

describe('deleting', () => {
  it('WEB-10 can be undone, text and all', () => {
    const { ana, ben } = setUp();
    ana.add('a.py', 'x = 1\r\n');
    const undo = ana.remove('main.py');
    expect(ben.list.get()).toEqual({ paths: ['a.py'], entry: 'a.py' });
    expect(ben.active.get()).toBe('a.py');
    undo?.();
    expect(ben.list.get()).toEqual({ paths: ['main.py', 'a.py'], entry: 'main.py' });
    expect(ben.text('main.py')?.toString()).toBe('print(1)\n');
    expect(ben.text('a.py')?.toString()).toBe('x = 1\n');
  });

  it('leaves the last file', () => {
    const { ana } = setUp();
    expect(ana.remove('main.py')).toBeUndefined();
    expect(ana.list.get().paths).toEqual(['main.py']);
  });
});

it('follows the entry when another language brings another main file', () => {
  const { ben, doc } = setUp();
  doc.transact(() => {
    doc.getMap('files').set('main.js', new Y.Text('1\n'));
    doc.getMap('room').set('entry', 'main.js');
  });
  expect(ben.active.get()).toBe('main.js');
});

it('survives a document that is not as it should be', () => {
  const { ana, doc } = setUp();
  doc.getMap('files').set('odd', 42);
  doc.getMap('room').set('entry', 7);
  expect(ana.text('odd')).toBeUndefined();
  ana.open('odd');
  expect(ana.active.get()).toBe('main.py');
  expect(ana.list.get().entry).toBeNull();
});
