import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { createLiveInput } from './live-input.ts';

/** A program that reads at once. */
function reader() {
  const chunks: Buffer[] = [];
  const stdin = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stdin, text: () => Buffer.concat(chunks).toString() };
}

it('EXEC-25 keeps input until there is a program, then passes it on in order', () => {
  const input = createLiveInput(undefined);
  const { stdin, text } = reader();
  input.write('a');
  input.write('b');
  input.connect(stdin);
  input.write('c');
  expect(text()).toBe('abc');
  expect(stdin.writableEnded).toBe(false);
  input.end();
  expect(stdin.writableEnded).toBe(true);
});

it('EXEC-25 ends given input, and takes no more', () => {
  const input = createLiveInput('all');
  const { stdin, text } = reader();
  input.write('more');
  input.connect(stdin);
  expect(text()).toBe('all');
  expect(stdin.writableEnded).toBe(true);
});

it('EXEC-25 bounds what is kept before and after a program is there', () => {
  const stuck = new Writable({ write: () => {} });
  const input = createLiveInput(undefined, 10);
  input.write('123456');
  expect(() => input.write('78901')).toThrow(expect.objectContaining({ code: 'too_large' }));
  input.connect(stuck);
  expect(() => input.write('78901')).toThrow(expect.objectContaining({ code: 'too_large' }));
  input.write('7890');
  stuck.destroy();
  input.write('silently dropped');
});
