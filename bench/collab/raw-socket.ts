import { connect } from 'node:net';
import { clientFrame } from './wire.ts';

/** A WebSocket client that does the least possible per message, so that the generator is not what is measured. */
export interface RawSocket {
  /** Sends one binary message: `prefix`, then `message`. */
  send(prefix: Uint8Array, message: Uint8Array): void;
  /** Sends a frame as it stands. */
  sendFrame(frame: Uint8Array): void;
  close(): void;
  /** Why the connection ended, if it did. */
  closed(): string | undefined;
}

const opcode = { binary: 2, close: 8, ping: 9, pong: 10 } as const;
const nothing = new Uint8Array();

/** Opens `ws://host:port/path`; each binary message from the server goes to `receive`, in memory that is not to be kept. */
export function openRawSocket(url: string, receive: (message: Buffer, from: RawSocket) => void): Promise<RawSocket> {
  const { hostname, port, pathname, search, host } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    let pending: Buffer = Buffer.alloc(0);
    /** Chunks of a message that is not complete, and how long it will be. */
    let parts: Buffer[] = [];
    let partsBytes = 0;
    let wantedBytes = 0;
    let upgraded = false;
    let reason: string | undefined;
    const raw: RawSocket = {
      send: (prefix, message) => void socket.write(clientFrame(prefix, message)),
      sendFrame: (frame) => void socket.write(frame),
      close: () => {
        reason ??= 'closed by the generator';
        socket.destroy();
      },
      closed: () => reason,
    };
    socket.on('error', (error) => {
      reason ??= String(error);
      reject(error);
    });
    socket.on('close', () => {
      reason ??= 'the connection ended';
      reject(new Error(`${url}: ${reason}`));
    });
    socket.write(
      `GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    );
    socket.on('data', (chunk: Buffer) => {
      if (wantedBytes > 0) {
        parts.push(chunk);
        partsBytes += chunk.length;
        if (partsBytes < wantedBytes) return;
        pending = Buffer.concat(parts, partsBytes);
        parts = [];
        wantedBytes = 0;
      } else pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      if (!upgraded && !upgrade()) return;
      readFrames();
      if (wantedBytes > 0) {
        parts = [pending];
        partsBytes = pending.length;
        pending = Buffer.alloc(0);
      }
    });

    function upgrade(): boolean {
      const end = pending.indexOf('\r\n\r\n');
      if (end < 0) return false;
      const status = pending.subarray(0, end).toString('latin1').split('\r\n')[0] ?? '';
      if (!status.includes(' 101 ')) {
        reject(new Error(`${url}: ${status}`));
        socket.destroy();
        return false;
      }
      upgraded = true;
      pending = pending.subarray(end + 4);
      resolve(raw);
      return true;
    }

    function readFrames(): void {
      let at = 0;
      for (;;) {
        if (pending.length - at < 2) break;
        const kind = (pending[at] as number) & 15;
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
        if (pending.length - at < head + length) {
          wantedBytes = head + length;
          break;
        }
        const payload = pending.subarray(at + head, at + head + length);
        if (kind === opcode.binary) receive(payload, raw);
        else if (kind === opcode.close)
          reason ??= `closed ${payload.length >= 2 ? payload.readUInt16BE(0) : ''} ${payload.subarray(2)}`;
        else if (kind === opcode.ping) socket.write(clientFrame(nothing, payload, opcode.pong));
        at += head + length;
      }
      pending = pending.subarray(at);
    }
  });
}
