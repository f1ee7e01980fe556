import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { limits } from '@coderoom/protocol';
import { FrameReader } from './frame-reader.ts';

/** What is heard of a WebSocket. */
export interface WebSocketEvents {
  /** The message's memory is the listener's during the call only. */
  message(bytes: Uint8Array): void;
  /** All that was sent has been taken by the network, after some had to wait. */
  drained(): void;
  closed(): void;
}

const binaryFrame = 0x82;
const closeFrame = 0x88;
const pingFrame = 0x89;
const pongFrame = 0x8a;
/** A close reason has room for this much (RFC 6455, 5.5). */
const reasonMaxBytes = 123;
/** Longer messages are not copied to stand next to others. */
const copiedMaxBytes = 16_384;
/** A peer that does not take our answers to its pings gets none. */
const pongPendingMaxBytes = 16_384;

/**
 * The server's end of a WebSocket (RFC 6455) that carries binary messages: many small ones, so that a message costs
 * little more than its bytes. No extensions, no subprotocols but the one that is asked for.
 */
export class ServerWebSocket {
  readonly #socket: Duplex;
  readonly #reader: FrameReader;
  #events: WebSocketEvents | undefined;
  #phase: 'open' | 'closing' | 'closed' = 'open';
  /** Nothing has been heard since the last ping. */
  #isSilent = false;
  /** What was sent last was not taken at once, and may still wait. */
  #mayWait = false;
  /** By performance.now(): so long it may take what was sent last, and pings wait behind that. */
  #isTakingUntil = 0;
  #closeTimer: NodeJS.Timeout | undefined;

  /** `socket` has been upgraded; `head` is what came after the handshake. */
  constructor(socket: Duplex, head: Buffer, messageMaxBytes: number) {
    this.#socket = socket;
    this.#reader = new FrameReader(
      {
        message: (bytes) => {
          // What comes after we have said good-bye is nobody's.
          if (this.#phase === 'open') this.#events?.message(bytes);
        },
        ping: (payload) => this.#answerPing(payload),
        pong: () => {},
        close: (code) => this.#goodbye(code),
        violation: (code, reason) => this.#endWith(code, reason),
      },
      messageMaxBytes,
    );
    // What HTTP watches over, pings do here; and nothing waits for more to be sent with it.
    if (socket instanceof Socket) socket.setTimeout(0).setNoDelay(true);
    // Before anybody listens: then it waits, as what came after it does, until this turn is over.
    if (head.length > 0) socket.unshift(head);
    socket.on('data', (chunk: Buffer) => {
      this.#isSilent = false;
      this.#reader.push(chunk);
    });
    socket.on('drain', () => this.#events?.drained());
    // Without a good-bye the peer is gone.
    socket.on('end', () => (this.#phase === 'open' ? socket.destroy() : socket.end()));
    socket.on('close', () => this.#closed());
  }

  /** From now on events are told; what came before is told now. */
  listen(events: WebSocketEvents): void {
    this.#events = events;
  }

  get isOpen(): boolean {
    return this.#phase === 'open';
  }

  get bufferedBytes(): number {
    if (!this.#mayWait) return 0;
    const bytes = this.#socket.writableLength;
    this.#mayWait = bytes > 0;
    return bytes;
  }

  /** Each message in a frame of its own, all in one write. */
  send(messages: readonly Uint8Array[]): void {
    if (this.#phase !== 'open') return;
    const waits = this.#mayWait && this.bufferedBytes > 0;
    if (messages === lastMessages && !waits) this.#socket.write(lastFrames);
    else if (messages.some(isLarge)) this.#sendLarge(messages);
    else this.#socket.write(framesOf(messages, waits));
    this.#mayWait = this.#socket.writableLength > 0;
  }

  #sendLarge(messages: readonly Uint8Array[]): void {
    this.#socket.cork();
    for (const message of messages) {
      const head = Buffer.allocUnsafeSlow(headBytes(message.length));
      writeHead(head, 0, binaryFrame, message.length);
      this.#socket.write(head);
      this.#socket.write(message);
    }
    this.#socket.uncork();
    const seconds = this.#socket.writableLength / limits.webSocketSlowestBytesPerS;
    this.#isTakingUntil = performance.now() + seconds * 1000;
  }

  /** False if nothing has been heard since the last ping: the peer is gone without a word. */
  ping(): boolean {
    const isTaking = this.#socket.writableLength > 0 && performance.now() < this.#isTakingUntil;
    if (this.#isSilent && !this.#socket.isPaused() && !isTaking) return false;
    this.#isSilent = true;
    this.#control(pingFrame, Buffer.alloc(0));
    return true;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#isSilent = false;
    this.#socket.resume();
  }

  /** Says good-bye. A peer that does not answer it is dropped after a while. */
  close(code: number, reason: string): void {
    if (this.#phase !== 'open') return;
    this.#sendClose(code, reason);
    this.#phase = 'closing';
    this.#socket.resume();
    this.#closeTimer = setTimeout(() => this.#socket.destroy(), limits.webSocketCloseMs).unref();
  }

  terminate(): void {
    this.#socket.destroy();
  }

  #answerPing(payload: Uint8Array): void {
    if (this.#phase === 'open' && this.#socket.writableLength <= pongPendingMaxBytes) this.#control(pongFrame, payload);
  }

  /** The peer's good-bye, or its answer to ours: the server ends the connection first. */
  #goodbye(code: number | undefined): void {
    if (this.#phase === 'open') this.#endWith(code, '');
    else this.#socket.end();
  }

  #endWith(code: number | undefined, reason: string): void {
    if (this.#phase === 'open') this.#sendClose(code, reason);
    this.#phase = 'closing';
    this.#socket.end();
    this.#closeTimer ??= setTimeout(() => this.#socket.destroy(), limits.webSocketCloseMs).unref();
  }

  #sendClose(code: number | undefined, reason: string): void {
    if (code === undefined) {
      this.#control(closeFrame, Buffer.alloc(0));
      return;
    }
    const text = Buffer.from(reason);
    const payload = Buffer.alloc(2 + Math.min(text.length, reasonMaxBytes));
    payload.writeUInt16BE(code);
    text.copy(payload, 2);
    this.#control(closeFrame, payload);
  }

  #control(kind: number, payload: Uint8Array): void {
    const frame = Buffer.allocUnsafeSlow(2 + payload.length);
    writeHead(frame, 0, kind, payload.length);
    frame.set(payload, 2);
    this.#socket.write(frame);
    this.#mayWait = true;
  }

  #closed(): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    clearTimeout(this.#closeTimer);
    this.#reader.stop();
    this.#events?.closed();
  }
}

/** A list that goes to several sockets, one after the other, is made into frames once. */
let lastMessages: readonly Uint8Array[] | undefined;
let lastFrames = Buffer.alloc(0);

/** `waits`: it is not sent at once, so it must not hold on to memory that it shares with others. */
function framesOf(messages: readonly Uint8Array[], waits: boolean): Buffer {
  let bytes = 0;
  for (const { length } of messages) bytes += headBytes(length) + length;
  const frames = waits ? Buffer.allocUnsafeSlow(bytes) : Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const message of messages) {
    at = writeHead(frames, at, binaryFrame, message.length);
    frames.set(message, at);
    at += message.length;
  }
  if (!waits) {
    lastMessages = messages;
    lastFrames = frames;
  }
  return frames;
}

function isLarge({ length }: Uint8Array): boolean {
  return length > copiedMaxBytes;
}

function headBytes(length: number): number {
  return length < 126 ? 2 : length < 65_536 ? 4 : 10;
}

/** Gives the place after it. */
function writeHead(frame: Buffer, at: number, kind: number, length: number): number {
  frame[at] = kind;
  if (length < 126) {
    frame[at + 1] = length;
    return at + 2;
  }
  if (length < 65_536) {
    frame[at + 1] = 126;
    return frame.writeUInt16BE(length, at + 2);
  }
  frame[at + 1] = 127;
  return frame.writeBigUInt64BE(BigInt(length), at + 2);
}

const acceptSuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const keyShape = /^[+/0-9A-Za-z]{22}==$/;

/**
 * Answers a client's opening handshake (RFC 6455, 4.2). Null when it is none: then it has been refused and the
 * connection ended.
 */
export function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  messageMaxBytes: number,
): ServerWebSocket | null {
  const { headers, method } = request;
  const key = headers['sec-websocket-key'];
  const isHandshake =
    method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket' && key !== undefined && keyShape.test(key);
  if (!isHandshake || headers['sec-websocket-version'] !== '13') {
    const refusal = isHandshake ? '426 Upgrade Required\r\nSec-WebSocket-Version: 13' : '400 Bad Request';
    socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    return null;
  }
  const accept = createHash('sha1').update(key).update(acceptSuffix).digest('base64');
  const protocol = /^[\w!#$%&'*+.^`|~-]+/.exec(headers['sec-websocket-protocol'] ?? '')?.[0];
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
    ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  return new ServerWebSocket(socket, head, messageMaxBytes);
}
