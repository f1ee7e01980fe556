import { createServer } from 'node:http';
import { setupWSConnection } from '@y/websocket-server/utils';
import { WebSocketServer } from 'ws';

/** The server of y-websocket, as its README starts it; it keeps documents in memory only. */
const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on('connection', (socket, request) => setupWSConnection(socket, request));
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () =>
  console.log(`listening at ${JSON.stringify(server.address())}`),
);
