import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { pause } from './until.ts';

/** A TCP proxy before a server that delays, stalls and cuts what goes through it. Order within a connection stays. */
export interface FaultProxy extends AsyncDisposable {
  /** Instead of the server's own address. */
  readonly url: string;
  readonly connections: number;
  /** Ends all connections at once, as when a cable is pulled: what is under way is lost. */
  cut(): void;
  /** Nothing goes through in either direction, and nobody is told, until `resume`. */
  stall(): void;
  resume(): void;
}

export interface FaultProxyOptions {
  /** How long each piece of data is held back; asked anew for each. */
  delayMs?: () => number;
}

/** Stands before the server at `target` (http://host:port). */
export async function startFaultProxy(target: string, { delayMs }: FaultProxyOptions = {}): Promise<FaultProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let isStalled = false;

  /** Data leaves in the order in which it came, however long each piece is held back. */
  const forward = (from: Socket, to: Socket) => {
    let last = Promise.resolve();
    from.on('data', (data) => {
      if (delayMs === undefined) {
        to.write(data);
        return;
      }
      const due = pause(delayMs());
      last = last.then(() => due).then(() => void to.write(data));
    });
    from.on('end', () => {
      last.then(() => to.end());
    });
  };

  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ host: hostname, port: Number(port), allowHalfOpen: true, noDelay: true });
    near.setNoDelay(true);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      if (isStalled) socket.pause();
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      forward(socket, other);
    }
    if (isStalled) for (const socket of [near, far]) socket.pause();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connections() {
      return sockets.size / 2;
    },
    cut,
    stall() {
      isStalled = true;
      for (const socket of sockets) socket.pause();
    },
    resume() {
      isStalled = false;
      for (const socket of sockets) socket.resume();
    },
    async [Symbol.asyncDispose]() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
