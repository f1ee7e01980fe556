import { isUtf8 } from 'node:buffer';

/** Reads a client's WebSocket frames (RFC 6455) from the bytes of its connection; does not write. */
export interface FrameEvents {
  /** A whole binary message; its memory is the receiver's during the call only. */
  message(bytes: Uint8Array): void;
  ping(payload: Uint8Array): void;
  pong(): void;
  /** The peer says good-bye; undefined when it gives no code. */
  close(code: number | undefined): void;
  /** What the peer sent is not WebSocket, or too much, or nothing for us. Nothing more is read. */
  violation(code: number, reason: string): void;
}

const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
const finBit = 0x80;
const reservedBits = 0x70;
const opcodeBits = 0x0f;
const maskBit = 0x80;
const maskBytes = 4;
const controlMaxBytes = 125;
const length16 = 126;
const length64 = 127;

const closeCode = { protocolError: 1002, invalidText: 1007, tooLarge: 1009 } as const;

class Violation extends Error {
  readonly code: number;

  constructor(code: number, reason: string) {
    super(reason);
    this.code = code;
  }
}

/** What is left over of a frame is kept in a buffer that grows by doubling, from this. */
const restMinBytes = 256;

export class FrameReader {
  readonly #events: FrameEvents;
  readonly #messageMaxBytes: number;
  /** The beginning of a frame whose end has not come. */
  #rest: Buffer | undefined;
  #restBytes = 0;
  /** A message that comes in fragments. */
  #fragments: Buffer | undefined;
  #fragmentBytes = 0;
  #isOver = false;

  constructor(events: FrameEvents, messageMaxBytes: number) {
    this.#events = events;
    this.#messageMaxBytes = messageMaxBytes;
  }

  /** Takes what has come; its memory is changed (unmasked) and not kept. */
  push(chunk: Buffer): void {
    if (this.#isOver) return;
    const isContinued = this.#restBytes > 0;
    const data = isContinued ? this.#appendToRest(chunk) : chunk;
    let at = 0;
    try {
      for (let end = this.#readFrame(data, at); end > 0 && !this.#isOver; end = this.#readFrame(data, at)) at = end;
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      this.stop();
      this.#events.violation(error.code, error.message);
      return;
    }
    if (this.#isOver) return;
    if (at < data.length) this.#keepRest(data.subarray(at));
    else if (isContinued) this.#dropRest();
  }

  /** Nothing more is read. */
  stop(): void {
    this.#isOver = true;
    this.#dropRest();
    this.#fragments = undefined;
  }

  #dropRest(): void {
    this.#rest = undefined;
    this.#restBytes = 0;
  }

  #appendToRest(chunk: Buffer): Buffer {
    const bytes = this.#restBytes + chunk.length;
    this.#rest = grown(this.#rest as Buffer, this.#restBytes, bytes);
    chunk.copy(this.#rest, this.#restBytes);
    return this.#rest.subarray(0, bytes);
  }

  #keepRest(rest: Buffer): void {
    this.#restBytes = rest.length;
    this.#rest ??= Buffer.allocUnsafeSlow(Math.max(restMinBytes, rest.length));
    if (this.#rest.length < rest.length) this.#rest = grown(this.#rest, 0, rest.length);
    rest.copy(this.#rest);
  }

  /** Reads the frame at `at`; gives where it ends, 0 if its end has not come yet. */
  #readFrame(data: Buffer, at: number): number {
    const available = data.length - at;
    if (available < 2) return 0;
    const first = data[at] as number;
    const second = data[at + 1] as number;
    if ((first & reservedBits) !== 0) throw new Violation(closeCode.protocolError, 'reserved bits are set');
    if ((second & maskBit) === 0) throw new Violation(closeCode.protocolError, 'a frame is not masked');
    let length = second & ~maskBit;
    let head = 2;
    if (length === length16) {
      if (available < 4) return 0;
      length = data.readUInt16BE(at + 2);
      head = 4;
    } else if (length === length64) {
      if (available < 10) return 0;
      const [high, low] = [data.readUInt32BE(at + 2), data.readUInt32BE(at + 6)];
      length = high * 2 ** 32 + low;
      head = 10;
    }
    const code = first & opcodeBits;
    const isLast = (first & finBit) !== 0;
    this.#check(code, isLast, length);
    const start = at + head + maskBytes;
    const end = start + length;
    if (data.length < end) return 0;
    unmask(data, start, end);
    this.#take(code, isLast, data.subarray(start, end));
    return end;
  }

  #check(code: number, isLast: boolean, length: number): void {
    if (code >= opcode.close) {
      if (code > opcode.pong) throw new Violation(closeCode.protocolError, 'an unknown kind of frame');
      if (!isLast) throw new Violation(closeCode.protocolError, 'a control frame is fragmented');
      if (length > controlMaxBytes) throw new Violation(closeCode.protocolError, 'a control frame is too long');
      return;
    }
    if (code > opcode.binary) throw new Violation(closeCode.protocolError, 'an unknown kind of frame');
    if (code === opcode.text) throw new Violation(closeCode.protocolError, 'messages are binary');
    const isContinuation = code === opcode.continuation;
    if (isContinuation !== (this.#fragments !== undefined)) {
      throw new Violation(closeCode.protocolError, 'fragments are out of order');
    }
    if (this.#fragmentBytes + length > this.#messageMaxBytes) {
      throw new Violation(closeCode.tooLarge, 'message too large');
    }
  }

  #take(code: number, isLast: boolean, payload: Buffer): void {
    switch (code) {
      case opcode.ping:
        this.#events.ping(payload);
        return;
      case opcode.pong:
        this.#events.pong();
        return;
      case opcode.close: {
        const closing = readClose(payload);
        this.stop();
        this.#events.close(closing);
        return;
      }
    }
    if (isLast && this.#fragments === undefined) {
      this.#events.message(payload);
      return;
    }
    this.#fragments ??= Buffer.allocUnsafeSlow(Math.max(restMinBytes, payload.length));
    const bytes = this.#fragmentBytes + payload.length;
    this.#fragments = grown(this.#fragments, this.#fragmentBytes, bytes);
    payload.copy(this.#fragments, this.#fragmentBytes);
    this.#fragmentBytes = bytes;
    if (!isLast) return;
    const message = this.#fragments.subarray(0, bytes);
    this.#fragments = undefined;
    this.#fragmentBytes = 0;
    this.#events.message(message);
  }
}

/** The code of a close frame. */
function readClose(payload: Buffer): number | undefined {
  if (payload.length === 0) return undefined;
  if (payload.length === 1) throw new Violation(closeCode.protocolError, 'half a close code');
  const code = payload.readUInt16BE(0);
  if (!isCloseCode(code)) throw new Violation(closeCode.protocolError, 'a close code that may not be sent');
  if (!isUtf8(payload.subarray(2))) throw new Violation(closeCode.invalidText, 'a close reason that is not UTF-8');
  return code;
}

/** Codes that may travel (RFC 6455, 7.4, and the registry of IANA). */
function isCloseCode(code: number): boolean {
  return (code >= 3000 && code <= 4999) || (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code));
}

/** The same bytes in a buffer that has room for `needed`. */
function grown(buffer: Buffer, used: number, needed: number): Buffer {
  if (needed <= buffer.length) return buffer;
  const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * buffer.length));
  buffer.copy(larger, 0, 0, used);
  return larger;
}

/** Takes off the mask that stands before [start, end). */
function unmask(data: Buffer, start: number, end: number): void {
  const mask = [
    data[start - 4] as number,
    data[start - 3] as number,
    data[start - 2] as number,
    data[start - 1] as number,
  ];
  for (let at = start, turn = 0; at < end; at++, turn = (turn + 1) & 3) {
    data[at] = (data[at] as number) ^ (mask[turn] as number);
  }
}
