/** The bytes of WebSocket frames, of the y-websocket protocol and of Yjs updates that the load generator writes and reads itself. */

/** Kinds of messages of the y-websocket protocol, and of Coderoom's and Hocuspocus' own. */
export const messageKind = { sync: 0, awareness: 1, hocuspocusAuth: 2, hocuspocusSyncReply: 4, durable: 100 } as const;
export const syncStep = { stateVector: 0, answer: 1, update: 2 } as const;

/** Where somebody types: between two characters, each named by client and clock as Yjs does; undefined at an end of the text. */
export interface Place {
  left: { client: number; clock: number } | undefined;
  right: { client: number; clock: number } | undefined;
}

/** The text type that all of a room's writers type into, by its name at the document's root. */
export const rootType = 'text';

const contentString = 4;
const hasLeft = 128;
const hasRight = 64;

/** A piece of memory that is written from its beginning; `take` copies out what was written. */
class Scratch {
  bytes = Buffer.allocUnsafe(1 << 12);
  at = 0;

  begin(): void {
    this.at = 0;
  }

  reserve(count: number): void {
    if (this.at + count <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.at + count));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }

  byte(value: number): void {
    this.bytes[this.at++] = value;
  }

  varUint(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.bytes[this.at++] = (rest & 127) | 128;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.at++] = rest;
  }

  string(text: string): void {
    const length = Buffer.byteLength(text);
    this.reserve(length + 64);
    this.varUint(length);
    this.bytes.write(text, this.at, 'utf8');
    this.at += length;
  }

  take(): Buffer {
    return Buffer.from(this.bytes.subarray(0, this.at));
  }
}

const scratch = new Scratch();

/**
 * A Yjs update (v1) of one struct that adds `text`: at `place` when it is the client's first, else behind the client's
 * own last character. No deletions. Encoding by yjs' UpdateEncoderV1.
 */
export function typedUpdate(client: number, clock: number, text: string, place: Place): Buffer {
  writeTyped(client, clock, text, place);
  return scratch.take();
}

function writeTyped(client: number, clock: number, text: string, place: Place): void {
  const left = clock === 0 ? place.left : { client, clock: clock - 1 };
  const { right } = place;
  scratch.begin();
  scratch.reserve(128);
  scratch.varUint(1); // clients in this update
  scratch.varUint(1); // structs of the client
  scratch.varUint(client);
  scratch.varUint(clock);
  scratch.byte(contentString | (left === undefined ? 0 : hasLeft) | (right === undefined ? 0 : hasRight));
  for (const neighbour of [left, right]) {
    if (neighbour === undefined) continue;
    scratch.varUint(neighbour.client);
    scratch.varUint(neighbour.clock);
  }
  if (left === undefined && right === undefined) {
    scratch.varUint(1); // the parent is named
    scratch.string(rootType);
  }
  scratch.string(text);
  scratch.varUint(0); // clients in the delete set
}

/**
 * The frame of a sync message with what `typedUpdate` gives, if it is a short one as nearly all are: there are so many
 * that making it in three steps would be a tenth of the generator's work.
 */
export function typedFrame(
  prefix: Uint8Array,
  client: number,
  clock: number,
  text: string,
  place: Place,
): Buffer | undefined {
  writeTyped(client, clock, text, place);
  const updateBytes = scratch.at;
  const length = prefix.length + 3 + updateBytes;
  if (length >= 126) return undefined;
  const start = 2 + mask.length;
  const frame = Buffer.allocUnsafe(start + length);
  frame[0] = 0x82;
  frame[1] = 0x80 | length;
  for (let at = 0; at < mask.length; at++) frame[2 + at] = mask[at] as number;
  let to = start;
  for (let at = 0; at < prefix.length; at++) frame[to++] = prefix[at] as number;
  frame[to++] = messageKind.sync;
  frame[to++] = syncStep.update;
  frame[to++] = updateBytes;
  for (let at = 0; at < updateBytes; at++) frame[to++] = scratch.bytes[at] as number;
  for (let at = 0; at < length; at++) frame[start + at] = (frame[start + at] as number) ^ (mask[at & 3] as number);
  return frame;
}

/** A sync message of the y-websocket protocol. */
export function syncMessage(step: number, payload: Uint8Array): Buffer {
  scratch.begin();
  scratch.reserve(payload.length + 16);
  scratch.byte(messageKind.sync);
  scratch.byte(step);
  scratch.varUint(payload.length);
  scratch.bytes.set(payload, scratch.at);
  scratch.at += payload.length;
  return scratch.take();
}

/** An awareness message that says where a client's cursor is, as y-codemirror.next does. */
export function cursorMessage(client: number, clock: number, at: number): Buffer {
  const position = { type: null, tname: rootType, item: { client, clock: at }, assoc: 0 };
  const user = { id: String(client), name: `Somebody ${client}`, color: '#2563eb', colorLight: '#2563eb33' };
  const state = JSON.stringify({ user, cursor: { anchor: position, head: position } });
  scratch.begin();
  scratch.reserve(64);
  scratch.varUint(1); // clients in this message
  scratch.varUint(client);
  scratch.varUint(clock);
  scratch.string(state);
  const states = scratch.take();
  scratch.begin();
  scratch.reserve(states.length + 16);
  scratch.byte(messageKind.awareness);
  scratch.varUint(states.length);
  scratch.bytes.set(states, scratch.at);
  scratch.at += states.length;
  return scratch.take();
}

/** What comes before each message of Hocuspocus: the document's name. */
export function namePrefix(documentName: string): Buffer {
  scratch.begin();
  scratch.string(documentName);
  return scratch.take();
}

/** Any mask will do (RFC 6455, 5.3), but not zeros, which servers need not undo and browsers do not send. */
const mask = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

/** A client's binary WebSocket frame (RFC 6455, 5.2) of `prefix` and `payload`. */
export function clientFrame(prefix: Uint8Array, payload: Uint8Array, opcode = 2): Buffer {
  const length = prefix.length + payload.length;
  const lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const start = 2 + lengthBytes + mask.length;
  const frame = Buffer.allocUnsafe(start + length);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) frame.writeUInt16BE(length, 2);
  else if (lengthBytes === 8) frame.writeBigUInt64BE(BigInt(length), 2);
  frame.set(mask, 2 + lengthBytes);
  frame.set(prefix, start);
  frame.set(payload, start + prefix.length);
  for (let at = 0; at < length; at++) frame[start + at] = (frame[start + at] as number) ^ (mask[at & 3] as number);
  return frame;
}

/** Reads varUints and the like from a message. */
export class Reader {
  at: number;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  varUint(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new Error('The message ends inside a number.');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
  }

  byte(): number {
    return this.bytes[this.at++] ?? Number.NaN;
  }

  skip(count: number): void {
    this.at += count;
  }

  /** The length in UTF-16 units of an ASCII string, which is what the generator types. */
  stringLength(): number {
    const length = this.varUint();
    this.skip(length);
    return length;
  }
}

/**
 * Calls `block` for each run of typed characters in an update made of such updates as `typedUpdate` makes. Others, such
 * as the echo of a document that was put in, are left at the first struct that nobody typed.
 */
export function readTyped(
  bytes: Uint8Array,
  at: number,
  block: (client: number, clock: number, length: number) => void,
): void {
  const reader = new Reader(bytes, at);
  for (let clients = reader.varUint(); clients > 0; clients--) {
    const structs = reader.varUint();
    const client = reader.varUint();
    let clock = reader.varUint();
    for (let struct = 0; struct < structs; struct++) {
      const info = reader.byte();
      if ((info & 31) !== contentString) return;
      for (const flag of [hasLeft, hasRight]) {
        if ((info & flag) === 0) continue;
        reader.varUint();
        reader.varUint();
      }
      if ((info & (hasLeft | hasRight)) === 0) {
        if (reader.varUint() === 1) reader.stringLength();
        else {
          reader.varUint();
          reader.varUint();
        }
      }
      const length = reader.stringLength();
      block(client, clock, length);
      clock += length;
    }
  }
}
