import { createServer } from 'node:http';
import { acceptWebSocket } from '../../../packages/server/src/gateway/server-web-socket.ts';

/** The least that our engine can cost: a relay over our own sockets. No document, no log, no acks, nothing checked. */
const messageMaxBytes = 4_000_000;
const rooms = new Map();
const server = createServer();
server.on('upgrade', (request, socket, head) => {
  socket.on('error', () => {});
  const webSocket = acceptWebSocket(request, socket, head, messageMaxBytes);
  if (webSocket === null) return;
  const name = request.url ?? '';
  const room = rooms.get(name) ?? new Set();
  rooms.set(name, room.add(webSocket));
  webSocket.listen({
    message(bytes) {
      const copies = [new Uint8Array(bytes)];
      for (const other of room) if (other !== webSocket) other.send(copies);
    },
    drained() {},
    closed() {
      room.delete(webSocket);
      if (room.size === 0) rooms.delete(name);
    },
  });
});
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () =>
  console.log(`listening at ${JSON.stringify(server.address())}`),
);
