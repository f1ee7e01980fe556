import { limits } from '@coderoom/protocol';
import { describe, expect, it } from 'vitest';
import { createBoundedEmit } from './bounded-emit.ts';

/** A socket with so much waiting. */
function open(waiting: string[]) {
  const did: string[] = [];
  const emit = createBoundedEmit({
    conn: { writeBuffer: waiting.map((data) => ({ data })) },
    emit: (name: string) => {
      did.push(name);
      return true;
    },
    disconnect: () => {
      did.push('disconnected');
      return undefined as never;
    },
  });
  emit('news', {});
  return did;
}

describe('what waits for a client', () => {
  it('DIA-111 is sent as long as the client reads', () => {
    expect(open([])).toEqual(['news']);
    expect(open(['x'.repeat(limits.dialectWaitingMaxBytes - 1)])).toEqual(['news']);
    expect(open(Array.from({ length: limits.dialectPacketsWaitingMax - 1 }, () => ''))).toEqual(['news']);
  });

  it('DIA-111 is bounded in bytes and in number: who does not read is dropped', () => {
    expect(open(['x'.repeat(limits.dialectWaitingMaxBytes)])).toEqual(['disconnected']);
    expect(open(Array.from({ length: limits.dialectPacketsWaitingMax }, () => ''))).toEqual(['disconnected']);
  });
});
