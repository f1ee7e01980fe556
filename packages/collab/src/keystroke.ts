/**
 * Reads the commonest message of all: one client's next characters, typed right behind its own last one. It is read in
 * one go, and nothing is made of it. Whatever is not exactly that is change-reader.ts's business, also to refuse.
 */
import { collabMessage, syncMessage } from '@coderoom/protocol';
import type { TextStruct } from './section.ts';
import { none, structFlag, structKind } from './struct-reader.ts';

const typedAtEnd = structKind.text | structFlag.hasOrigin;
const typedBetween = typedAtEnd | structFlag.hasRightOrigin;
/** A number of more bytes is no client and no clock that anybody comes to by typing. */
const numberMaxFactor = 2 ** 35;
const ascii = 128;

/** The fields are those of the message that was read last; they share its memory. */
export class Keystroke implements TextStruct {
  bytes: Uint8Array = new Uint8Array();
  /** Where the update begins; it ends with the message. */
  updateFrom = 0;
  client = none;
  /** Of the first character. */
  clock = 0;
  start = 0;
  contentStart = 0;
  end = 0;
  length = 0;
  originClient = none;
  originClock = 0;
  rightClient = none;
  rightClock = 0;
  #at = 0;

  get updateBytes(): number {
    return this.bytes.length - this.updateFrom;
  }

  /** False when the message is anything else. */
  read(message: Uint8Array): boolean {
    if (message[0] !== collabMessage.sync || message[1] !== syncMessage.update) return false;
    this.bytes = message;
    this.#at = 2;
    const updateBytes = this.#number();
    this.updateFrom = this.#at;
    if (updateBytes !== this.updateBytes) return false;
    // One client, one struct.
    if (message[this.#at++] !== 1 || message[this.#at++] !== 1) return false;
    this.client = this.#number();
    this.clock = this.#number();
    this.start = this.#at;
    const info = message[this.#at++];
    if (info !== typedAtEnd && info !== typedBetween) return false;
    this.originClient = this.#number();
    this.originClock = this.#number();
    if (this.originClient !== this.client || this.originClock !== this.clock - 1) return false;
    this.rightClient = info === typedBetween ? this.#number() : none;
    this.rightClock = info === typedBetween ? this.#number() : 0;
    this.contentStart = this.#at;
    this.length = message[this.#at++] ?? 0;
    this.end = this.#at + this.length;
    // No deletions, and nothing after that.
    if (this.length === 0 || this.end !== message.length - 1 || message[this.end] !== 0) return false;
    for (let at = this.contentStart; at < this.end; at++) if ((message[at] as number) >= ascii) return false;
    return true;
  }

  /** NaN, which equals nothing, when there is none. */
  #number(): number {
    let value = 0;
    for (let factor = 1; factor < numberMaxFactor; factor *= 128) {
      const byte = this.bytes[this.#at++];
      if (byte === undefined) break;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
    return Number.NaN;
  }
}
