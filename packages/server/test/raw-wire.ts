/** A TCP connection to /collab on which bytes are sent as they are; for tests only. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { until } from '@coderoom/testkit';

/** It answers nothing, not even a close frame. */
export interface Wire extends Disposable {
  readonly socket: Socket;
  received: Buffer;
  /** The server has finished, or broken it off. */
  hasEnded: boolean;
}

/** The parts of a frame's first two bytes (RFC 6455, 5.2), and a mask that leaves the payload as it is. */
export const fin = 0x80;
export const masked = 0x80;
export const noMask = [0, 0, 0, 0];
export const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9 };

export async function openWire(url: string, request: string): Promise<Wire> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  const wire: Wire = { socket, received: Buffer.alloc(0), hasEnded: false, [Symbol.dispose]: () => socket.destroy() };
  socket.on('error', () => {});
  socket.on('data', (data: Buffer) => {
    wire.received = Buffer.concat([wire.received, data]);
  });
  for (const event of ['end', 'close']) {
    socket.on(event, () => {
      wire.hasEnded = true;
    });
  }
  await once(socket, 'connect');
  socket.write(request);
  return wire;
}

/** What a browser sends to open a WebSocket. */
export function upgradeRequest(url: string, path: string): string {
  return (
    `GET ${path} HTTP/1.1\r\nHost: ${new URL(url).host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n'
  );
}

/** Resolves when the server has greeted. */
export async function openUpgraded(url: string, roomId: string, token: string): Promise<Wire> {
  const wire = await openWire(url, upgradeRequest(url, `/collab/${roomId}?token=${token}`));
  await until('the greeting', () => /^HTTP\/1.1 101 [\s\S]*\r\n\r\n./.test(wire.received.toString('latin1')));
  return wire;
}

/** A binary message in one frame. */
export function binaryFrame(message: Uint8Array): Buffer {
  const isShort = message.length < 126;
  const length = isShort ? [masked | message.length] : [masked | 126, message.length >> 8, message.length & 255];
  return Buffer.from([fin | opcode.binary, ...length, ...noMask, ...message]);
}

/** The code of the close frame that the server sent, if it did. */
export function closeCodeOn({ received }: Wire): number | undefined {
  let at = received.indexOf('\r\n\r\n') + 4;
  while (at + 2 <= received.length) {
    let length = (received[at + 1] as number) & 127;
    let head = 2;
    if (length === 126) {
      length = received.readUInt16BE(at + 2);
      head = 4;
    }
    if (((received[at] as number) & 15) === opcode.close) return received.readUInt16BE(at + head);
    at += head + length;
  }
  return undefined;
}
