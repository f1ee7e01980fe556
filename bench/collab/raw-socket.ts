import { connect, type Socket } from 'node:net';
import { clientFrame } from './wire.ts';

/** A WebSocket client that does the least possible per message, so that the generator is not what is measured. */
export interface RawSocket {
  /** Sends one binary message. */
  send(message: Uint8Array): void;
  close(): void;
  /** Why the server closed, if it did. */
  closed(): string | undefined;
  readonly bytesReceived: number;
}

/** Opens `ws://host:port/path`; each binary message from the server goes to `receive`. */
export function openRawSocket(url: string, receive: (message: Buffer, from: RawSocket) => void): Promise<RawSocket> {
  const { hostname, port, pathname, search, host } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true });
    let pending: Buffer = Buffer.alloc(0);
    let upgraded = false;
    let reason: string | undefined;
    let bytesReceived = 0;
    const raw: RawSocket = {
      send: (message) => socket.write(clientFrame(message)),
      close: () => socket.destroy(),
      closed: () => reason,
      get bytesReceived() {
        return bytesReceived;
      },
    };
    socket.on('error', (error) => {
      reason ??= String(error);
      reject(error);
    });
    socket.on('close', () => {
      reason ??= 'the connection ended';
    });
    socket.write(
      `GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    );
    socket.on('data', (chunk: Buffer) => {
      bytesReceived += chunk.length;
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      if (!upgraded) {
        const end = pending.indexOf('\r\n\r\n');
        if (end < 0) return;
        const status = pending.subarray(0, end).toString('latin1').split('\r\n')[0] ?? '';
        if (!status.includes(' 101 ')) {
          reject(new Error(`${url}: ${status}`));
          socket.destroy();
          return;
        }
        upgraded = true;
        pending = pending.subarray(end + 4);
        resolve(raw);
      }
      readFrames();
    });

    function readFrames(): void {
      let at = 0;
      for (;;) {
        if (pending.length - at < 2) break;
        const opcode = (pending[at] as number) & 15;
        let length = (pending[at + 1] as number) & 127;
        let head = 2;
        if (length === 126) {
          if (pending.length - at < 4) break;
          length = pending.readUInt16BE(at + 2);
          head = 4;
        } else if (length === 127) {
          if (pending.length - at < 10) break;
          length = Number(pending.readBigUInt64BE(at + 2));
          head = 10;
        }
        if (pending.length - at < head + length) break;
        const payload = pending.subarray(at + head, at + head + length);
        if (opcode === 2) receive(payload, raw);
        else if (opcode === 8)
          reason = `closed ${payload.length >= 2 ? payload.readUInt16BE(0) : ''} ${payload.subarray(2)}`;
        else if (opcode === 9) socket.write(Buffer.concat([Buffer.from([0x8a, 0x80 | length, 0, 0, 0, 0]), payload]));
        at += head + length;
      }
      pending = pending.subarray(at);
    }
  });
}
