import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

/** A bare relay: forwards each message to the others of its room and does nothing else. */
const rooms = new Map();
const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on('connection', (socket, request) => {
  const name = request.url ?? '';
  const room = rooms.get(name) ?? new Set();
  rooms.set(name, room.add(socket));
  socket.on('message', (message, isBinary) => {
    for (const other of room) if (other !== socket) other.send(message, { binary: isBinary });
  });
  socket.on('close', () => {
    room.delete(socket);
    if (room.size === 0) rooms.delete(name);
  });
});
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () =>
  console.log(`listening at ${JSON.stringify(server.address())}`),
);
