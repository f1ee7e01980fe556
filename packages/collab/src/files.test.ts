import { until } from '@coderoom/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { Client, MemoryStore, member, silent } from '../test/fakes.ts';
import { type CollabOptions, createCollab, type DocumentSeed, encodeSeed } from './index.ts';

const openClients: Client[] = [];
afterEach(() => {
  for (const client of openClients.splice(0)) client.destroy();
});

const by = { memberId: 'writer' };

function start(seed: Partial<DocumentSeed> = {}, limits: CollabOptions['limits'] = {}) {
  const store = new MemoryStore();
  store.create('room', seed);
  const collab = createCollab({
    store,
    logger: silent,
    limits: { logCommitWindowMs: 1, collabAckDelayMs: 1, ...limits },
  });
  const join = async (id = 'a') => {
    const client = new Client({ member: member(id) });
    openClients.push(client);
    client.connect(collab);
    await until('the first sync', () => client.synced);
    return client;
  };
  const paths = async () => (await collab.readFiles('room')).files.map(({ path }) => path);
  return { store, collab, join, paths };
}

describe('files as whole texts', () => {
  it('SYNC-39 a seed is the document of a new room, with LF line ends', async () => {
    const { collab } = start({
      files: [
        { path: 'b.py', text: 'x\r\ny\rz\n' },
        { path: 'a.py', text: '' },
      ],
      entry: 'b.py',
      language: 'python',
    });
    expect(await collab.readFiles('room')).toEqual({
      files: [
        { path: 'a.py', text: '' },
        { path: 'b.py', text: 'x\ny\nz\n' },
      ],
      entry: 'b.py',
      language: 'python',
    });
    const doc = new Y.Doc();
    Y.applyUpdate(doc, encodeSeed({ files: [{ path: 'p', text: '\ud800' }], entry: 'p', language: 'c' }));
    expect((doc.getMap('files').get('p') as Y.Text).toString()).toBe('\ufffd');
  });

  it('SYNC-41 a write is durable when it resolves, logged under its member, and told to others', async () => {
    const { store, collab, join } = start();
    const other = await join();
    const written = await collab.writeFile('room', 'main.py', 'one\r\ntwo\n', by);
    expect(written).toEqual({ created: false, version: (await collab.readFile('room', 'main.py')).version });
    expect((store.replay('room').getMap('files').get('main.py') as Y.Text).toString()).toBe('one\ntwo\n');
    expect(store.log('room').at(-1)).toMatchObject({ memberId: 'writer' });
    await until('arrival', () => other.text.toString() === 'one\ntwo\n');
    const logged = store.log('room').length;
    expect(await collab.writeFile('room', 'main.py', 'one\ntwo\n', by)).toEqual(written);
    expect(store.log('room')).toHaveLength(logged);
    expect(await collab.writeFile('room', 'new.py', '', by)).toMatchObject({ created: true });
    await until('the new file', () => other.file('new.py') instanceof Y.Text);
  });

  it('SYNC-41 a write keeps others’ cursors where the text is kept, and what they type meanwhile', async () => {
    const { collab, join } = start({
      files: [{ path: 'main.py', text: 'def one():\n  pass\n\ndef two():\n  pass\n' }],
    });
    const typist = await join();
    const cursor = Y.createRelativePositionFromTypeIndex(typist.text, typist.text.toString().indexOf('two'));
    const { session } = typist;
    typist.session = undefined;
    typist.text.insert(typist.text.length, '# typed meanwhile 👍\n');
    typist.session = session;
    await collab.writeFile('room', 'main.py', '# new\ndef one():\n  return 1\n\ndef two():\n  pass\n', by);
    typist.text.insert(0, '# ');
    await until('both', async () => (await collab.readFile('room', 'main.py')).text === typist.text.toString());
    const text = typist.text.toString();
    expect(text).toContain('return 1');
    expect(text).toContain('# typed meanwhile 👍');
    const at = Y.createAbsolutePositionFromRelativePosition(cursor, typist.doc);
    expect(at?.index).toBe(text.indexOf('two'));
  });

  it('DIA-1 the main file is read and written by itself, whichever it is, and made where there is none', async () => {
    const files = [
      { path: 'a.py', text: 'a\n' },
      { path: 'main.py', text: 'one\ntwo\n' },
    ];
    const { store, collab, join } = start({ files });
    const main = { path: 'main.py', text: 'one\ntwo\n', language: 'python' };
    expect(await collab.readEntry('room')).toEqual(main);
    const bases = ['two\n'];
    const written = await collab.writeEntry('room', 'two\r\nthree\n', { memberId: 'writer', bases });
    expect(written).toEqual({ ...main, text: 'one\ntwo\nthree\n' });
    expect(store.log('room').at(-1)).toMatchObject({ memberId: 'writer' });
    expect(await collab.writeEntry('room', 'just this', by)).toEqual({ ...main, text: 'just this' });
    const other = await join();
    other.doc.getMap('room').set('entry', 'nowhere');
    await until('the first file', async () => (await collab.readEntry('room')).path === 'a.py');
    for (const { path } of files) other.doc.getMap('files').delete(path);
    await until('nothing', async () => (await collab.readEntry('room')).path === '');
    expect(await collab.writeEntry('room', 'new', by)).toEqual({ path: 'main.txt', text: 'new', language: 'python' });
    expect(await collab.readEntry('room')).toMatchObject({ path: 'main.txt', text: 'new' });
    await expect(collab.writeEntry('room', 'x'.repeat(2_000_000), by)).rejects.toMatchObject({ code: 'too_large' });
  });

  it('SYNC-42 refuses bad paths, too large texts, too many files, stale versions and missing files', async () => {
    const { collab } = start({}, { filesMax: 2, fileTextMaxBytes: 10 });
    for (const path of ['', '/etc', '../x', 'a//b', 'a\\b', 'a\nb', '\ud800']) {
      await expect(collab.writeFile('room', path, '', by)).rejects.toMatchObject({ code: 'invalid_path' });
    }
    await expect(collab.writeFile('room', 'main.py', 'é'.repeat(6), by)).rejects.toMatchObject({ code: 'too_large' });
    await collab.writeFile('room', 'main.py', 'é'.repeat(5), by);
    await collab.writeFile('room', 'two.py', '', by);
    await expect(collab.writeFile('room', 'three.py', '', by)).rejects.toMatchObject({ code: 'too_many_files' });
    const addFile = { path: 'three.py', text: '' };
    await expect(collab.configure('room', { addFile }, by)).rejects.toMatchObject({ code: 'too_many_files' });
    const { version } = await collab.readFile('room', 'main.py');
    expect(version).toMatch(/^[\w-]{16,}$/);
    await collab.writeFile('room', 'main.py', 'new', { ...by, ifVersion: version });
    const stale = { ...by, ifVersion: version };
    await expect(collab.writeFile('room', 'main.py', 'newer', stale)).rejects.toMatchObject({ code: 'file_changed' });
    await expect(collab.writeFile('room', 'four.py', '', stale)).rejects.toMatchObject({ code: 'file_changed' });
    await expect(collab.deleteFile('room', 'main.py', stale)).rejects.toMatchObject({ code: 'file_changed' });
    await expect(collab.readFile('room', 'none.py')).rejects.toMatchObject({ code: 'file_not_found' });
    await expect(collab.deleteFile('room', 'none.py', by)).rejects.toMatchObject({ code: 'file_not_found' });
    expect((await collab.readFile('room', 'main.py')).text).toBe('new');
  });

  it('SYNC-35 refuses a write that would take the document past its limit', async () => {
    const { collab } = start({}, { documentMaxBytes: 5000 });
    await collab.writeFile('room', 'main.py', 'x'.repeat(3000), by);
    const more = collab.writeFile('room', 'b.py', 'x'.repeat(3000), by);
    await expect(more).rejects.toMatchObject({ code: 'document_too_large' });
  });

  it('SYNC-42 lone surrogates, which Yjs cannot transport, are replaced', async () => {
    const { collab, join } = start();
    const other = await join();
    await collab.writeFile('room', 'main.py', 'a\ud83d b', by);
    await until('arrival', () => other.text.toString() === 'a\ufffd b');
    expect((await collab.readFile('room', 'main.py')).text).toBe('a\ufffd b');
  });

  it('SYNC-43 deleting the main file makes the first that remains the main one; the last stays', async () => {
    const { collab, join, paths } = start();
    const other = await join();
    await collab.writeFile('room', 'z.py', '', by);
    await collab.writeFile('room', 'a.py', '', by);
    await collab.deleteFile('room', 'z.py', by);
    expect((await collab.readFiles('room')).entry).toBe('main.py');
    await collab.deleteFile('room', 'main.py', by);
    await until('arrival', () => other.doc.getMap('room').get('entry') === 'a.py');
    expect(await paths()).toEqual(['a.py']);
    await expect(collab.deleteFile('room', 'a.py', by)).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('SYNC-43 entry and language change durably, with a file added if it is not there', async () => {
    const { store, collab } = start();
    await collab.writeFile('room', 'main.py', 'kept', by);
    const addFile = { path: 'main.js', text: 'new\r\n' };
    await collab.configure('room', { entry: 'main.js', language: 'javascript', addFile }, by);
    await collab.configure('room', { addFile: { path: 'main.py', text: 'not this' } }, by);
    expect(store.log('room')).toHaveLength(3);
    expect(await collab.readFiles('room')).toEqual({
      files: [
        { path: 'main.js', text: 'new\n' },
        { path: 'main.py', text: 'kept' },
      ],
      entry: 'main.js',
      language: 'javascript',
    });
    await expect(collab.configure('room', { entry: 'none' }, by)).rejects.toMatchObject({ code: 'entry_not_found' });
  });

  it('SYNC-44 reads past whatever CRDT clients put among the files, and never throws', async () => {
    const { collab, join } = start();
    const client = await join();
    client.doc.transact(() => {
      const files = client.doc.getMap('files');
      files.set('number', 5);
      files.set('map', new Y.Map([['a', 1]]));
      files.set('array', Y.Array.from([1]));
      files.set('xml', new Y.XmlText('x'));
      files.set('../bad', new Y.Text('bad'));
      files.set('__proto__', new Y.Text('fine'));
      client.doc.getMap('room').set('entry', { not: 'a path' });
      client.doc.getMap('room').set('language', 5);
      client.text.insert(0, 'ab');
      client.text.insertEmbed(1, { image: 1 });
      client.text.format(0, 3, { bold: true });
    });
    expect(client.isClosed).toBe(false);
    expect(await collab.readFiles('room')).toEqual({
      files: [
        { path: '__proto__', text: 'fine' },
        { path: 'main.py', text: 'ab' },
      ],
      entry: '__proto__',
      language: '',
    });
    await expect(collab.readFile('room', 'number')).rejects.toMatchObject({ code: 'file_not_found' });
    await collab.writeFile('room', 'main.py', 'abX', by);
    expect((await collab.readFile('room', 'main.py')).text).toBe('abX');
    expect(await collab.writeFile('room', 'number', 'now a file', by)).toMatchObject({ created: true });
    await until(
      'arrival',
      () => client.file('number')?.toString() === 'now a file' && client.text.toString() === 'abX',
    );
  });
});
