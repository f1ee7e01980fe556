import { Socket } from 'node:net';

/**
 * A socket that is given up when nothing has moved on it for `timeoutMs`: a database that vanished without a word (a
 * pulled cable, a frozen machine) would otherwise hold a query up for as long as TCP hopes, a quarter of an hour.
 */
export function createWatchedSocket(timeoutMs: number): Socket {
  const socket = new Socket();
  socket.setTimeout(timeoutMs, () => {
    const error: NodeJS.ErrnoException = new Error(`The database has not answered for ${timeoutMs} ms`);
    error.code = 'ETIMEDOUT';
    socket.destroy(error);
  });
  return socket;
}
