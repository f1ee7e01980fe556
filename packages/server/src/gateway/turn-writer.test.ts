import { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createTurnWriter } from './turn-writer.ts';

function recordingSocket() {
  const calls: string[][] = [];
  const socket = new Writable({
    writev(chunks, done) {
      calls.push(chunks.map(({ chunk }) => String(chunk)));
      done();
    },
  });
  return { socket, calls };
}

it('COLLAB-8 writes what a socket gets within a turn together, in order, at the end of that turn', async () => {
  const writer = createTurnWriter();
  const { socket, calls } = recordingSocket();
  const other = recordingSocket();
  for (const frame of ['a', 'b', 'c']) {
    writer.gather(socket);
    socket.write(frame);
  }
  writer.gather(other.socket);
  other.socket.write('x');
  expect(calls).toEqual([]);
  await nextTurn();
  expect(calls).toEqual([['a', 'b', 'c']]);
  expect(other.calls).toEqual([['x']]);

  writer.gather(socket);
  socket.write('d');
  await nextTurn();
  expect(calls).toEqual([['a', 'b', 'c'], ['d']]);
});
