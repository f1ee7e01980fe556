import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

/**
 * The least that joining can cost: keeps what each path was last sent as sync step 2 and sends those very bytes to whoever
 * asks with step 1. No document, no merging.
 */
const kept = new Map();
const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on('connection', (socket, request) => {
  const name = request.url ?? '';
  socket.on('message', (message) => {
    if (message[0] !== 0) return;
    if (message[1] === 1) kept.set(name, message);
    else if (message[1] === 0) socket.send(kept.get(name) ?? Uint8Array.of(0, 1, 2, 0, 0), { binary: true });
  });
});
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () =>
  console.log(`listening at ${JSON.stringify(server.address())}`),
);
