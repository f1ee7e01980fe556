/** The few bytes of the y-websocket protocol and of Yjs updates that the load generator writes and reads itself. */

/** Appends a lib0 varUint. */
export function writeVarUint(bytes: number[], value: number): void {
  let rest = value;
  while (rest > 127) {
    bytes.push((rest & 127) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
}

function writeString(bytes: number[], text: string): void {
  const encoded = Buffer.from(text, 'utf8');
  writeVarUint(bytes, encoded.length);
  bytes.push(...encoded);
}

/** The text type that all of a room's writers type into, by its name at the document's root. */
const rootType = 'text';

/**
 * A Yjs update (v1) that types `text` after the client's own last character: one ContentString struct, no deletions.
 * Encoding by yjs' UpdateEncoderV1.
 */
export function typedUpdate(client: number, clock: number, text: string): Uint8Array {
  const bytes: number[] = [];
  writeVarUint(bytes, 1); // clients in this update
  writeVarUint(bytes, 1); // structs of the client
  writeVarUint(bytes, client);
  writeVarUint(bytes, clock);
  const contentString = 4;
  const hasOrigin = 128;
  if (clock === 0) {
    bytes.push(contentString);
    writeVarUint(bytes, 1); // the parent is named
    writeString(bytes, rootType);
  } else {
    bytes.push(contentString | hasOrigin);
    writeVarUint(bytes, client);
    writeVarUint(bytes, clock - 1);
  }
  writeString(bytes, text);
  writeVarUint(bytes, 0); // clients in the delete set
  return Uint8Array.from(bytes);
}

/** A y-websocket sync message: `step` is 0 (state vector), 1 (step 2) or 2 (update). */
export function syncMessage(step: 0 | 1 | 2, payload: Uint8Array): Uint8Array {
  const head: number[] = [0, step];
  writeVarUint(head, payload.length);
  return Buffer.concat([Uint8Array.from(head), payload]);
}

/** A client's WebSocket frame (RFC 6455, 5.2) with a mask of zeros, which leaves the payload as it is. */
export function clientFrame(payload: Uint8Array): Buffer {
  const { length } = payload;
  const head =
    length < 126
      ? Buffer.from([0x82, 0x80 | length, 0, 0, 0, 0])
      : length < 65_536
        ? Buffer.from([0x82, 0xfe, length >> 8, length & 255, 0, 0, 0, 0])
        : Buffer.from([
            0x82,
            0xff,
            0,
            0,
            0,
            0,
            ...new Uint8Array(Uint32Array.of(length).buffer).toReversed(),
            0,
            0,
            0,
            0,
          ]);
  return Buffer.concat([head, payload]);
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

/** Calls `block` for each run of typed characters in an update made of such updates as `typedUpdate` makes. */
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
      if ((info & 31) !== 4) throw new Error(`A struct of kind ${info & 31} that nobody typed.`);
      if (info & 128) {
        reader.varUint();
        reader.varUint();
      }
      if (info & 64) {
        reader.varUint();
        reader.varUint();
      }
      if (!(info & 192)) {
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
