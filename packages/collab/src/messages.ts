/** The y-websocket protocol as bytes: decodes what clients send, encodes what they are sent. Knows no document. */
import { collabMessage, syncMessage } from '@coderoom/protocol';
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter, varUintMaxBytes, varUintSize, writeVarUint } from './byte-writer.ts';

export type ClientMessage =
  | { type: 'step1'; stateVector: Uint8Array }
  | { type: 'step2'; update: Uint8Array }
  | { type: 'update'; update: Uint8Array }
  | { type: 'awareness'; states: Uint8Array }
  | { type: 'queryAwareness' }
  | { type: 'queryDurable' };

/**
 * Reads one message of a client; its payload stays undecoded and shares the message's memory.
 * Throws on anything that a client may not send, also on bytes after the message: a second message in one frame
 * would be lost unseen.
 */
export function decodeMessage(bytes: Uint8Array): ClientMessage {
  const input = new ByteReader(bytes);
  const message = readBody(input);
  if (!input.isAtEnd) throw new Error('bytes after the message');
  return message;
}

function readBody(input: ByteReader): ClientMessage {
  const type = input.varUint();
  switch (type) {
    case collabMessage.sync:
      return readSync(input);
    case collabMessage.awareness:
      return { type: 'awareness', states: input.varBytes() };
    case collabMessage.queryAwareness:
      return { type: 'queryAwareness' };
    case collabMessage.queryDurable:
      return { type: 'queryDurable' };
    default:
      throw new Error(`message type ${type} is not for clients to send`);
  }
}

function readSync(input: ByteReader): ClientMessage {
  const type = input.varUint();
  switch (type) {
    case syncMessage.step1:
      return { type: 'step1', stateVector: input.varBytes() };
    case syncMessage.step2:
      return { type: 'step2', update: input.varBytes() };
    case syncMessage.update:
      return { type: 'update', update: input.varBytes() };
    default:
      throw new Error(`unknown sync message ${type}`);
  }
}

const step1Head = Uint8Array.of(collabMessage.sync, syncMessage.step1);
export const step2Head = Uint8Array.of(collabMessage.sync, syncMessage.step2);
export const updateHead = Uint8Array.of(collabMessage.sync, syncMessage.update);

export function encodeStep1(stateVector: Uint8Array): Uint8Array {
  return encodeSync(step1Head, stateVector);
}

export function encodeUpdate(update: Uint8Array): Uint8Array {
  return encodeSync(updateHead, update);
}

/** The same for a big payload: it is written where it stays. */
export function encodeSyncInPlace(head: Uint8Array, bytes: number, write: (out: ByteWriter) => void): Uint8Array {
  const room = head.length + varUintMaxBytes;
  const out = new ByteWriter(room + bytes);
  out.length = room;
  write(out);
  const payloadBytes = out.length - room;
  const start = room - varUintSize(payloadBytes) - head.length;
  out.bytes.set(head, start);
  writeVarUint(out.bytes, start + head.length, payloadBytes);
  return out.bytes.subarray(start, out.length);
}

function encodeSync(head: Uint8Array, payload: Uint8Array): Uint8Array {
  const out = new ByteWriter(head.length + varUintSize(payload.length) + payload.length);
  out.copy(head);
  out.varBytes(payload);
  return out.view();
}

/** One client's presence on the wire; `text` is JSON, `null` when it has left. */
export interface AwarenessEntry {
  client: number;
  clock: number;
  text: string;
}

/** Reads the entries inside an awareness message. Throws on junk; the JSON stays unparsed. */
export function decodeAwareness(states: Uint8Array): AwarenessEntry[] {
  const decoder = decoding.createDecoder(states);
  const entries: AwarenessEntry[] = [];
  for (let left = decoding.readVarUint(decoder); left > 0; left--) {
    const client = decoding.readVarUint(decoder);
    const clock = decoding.readVarUint(decoder);
    entries.push({ client, clock, text: decoding.readVarString(decoder) });
  }
  return entries;
}

/** Encodes entries as awareness messages of at most about `maxBytes` each (an entry is never split). */
export function encodeAwareness(entries: readonly AwarenessEntry[], maxBytes: number): Uint8Array[] {
  const messages: Uint8Array[] = [];
  let from = 0;
  let bytes = 0;
  for (const [index, { text }] of entries.entries()) {
    // A UTF-16 unit takes at most three bytes of UTF-8.
    const size = text.length * 3 + 2 * varUintMaxBytes;
    if (index > from && bytes + size > maxBytes) {
      messages.push(encodeAwarenessMessage(entries.slice(from, index)));
      from = index;
      bytes = 0;
    }
    bytes += size;
  }
  if (from < entries.length) messages.push(encodeAwarenessMessage(from === 0 ? entries : entries.slice(from)));
  return messages;
}

function encodeAwarenessMessage(entries: readonly AwarenessEntry[]): Uint8Array {
  const states = encoding.createEncoder();
  encoding.writeVarUint(states, entries.length);
  for (const { client, clock, text } of entries) {
    encoding.writeVarUint(states, client);
    encoding.writeVarUint(states, clock);
    encoding.writeVarString(states, text);
  }
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, collabMessage.awareness);
  encoding.writeVarUint8Array(encoder, encoding.toUint8Array(states));
  return encoding.toUint8Array(encoder);
}

/** "The first `count` document-changing messages of this socket are committed." */
export function encodeDurable(count: number): Uint8Array {
  const out = new ByteWriter(1 + varUintSize(count));
  out.byte(collabMessage.durable);
  out.varUint(count);
  return out.view();
}

/** Whether an update holds neither structs nor deletions: what a client with nothing new answers to sync step 1. */
export function isEmptyUpdate(update: Uint8Array): boolean {
  return update.length === 2 && update[0] === 0 && update[1] === 0;
}
