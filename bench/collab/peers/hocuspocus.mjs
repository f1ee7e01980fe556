import { Server } from '@hocuspocus/server';

/** Hocuspocus with its defaults; without an extension it keeps documents in memory only. */
const server = new Server({
  quiet: true,
  address: '127.0.0.1',
  port: Number(process.env.PORT ?? 0),
  stopOnSignals: false,
});
await server.listen();
console.log(`listening at ${JSON.stringify(server.httpServer.address())}`);
