import { describe, expect, it } from 'vitest';
import { createTextCopy } from './text-copy.ts';

function open() {
  const asked: (() => void)[] = [];
  const copy = createTextCopy((onReceipt) => asked.push(onReceipt));
  const receive = (count: number) => {
    for (const onReceipt of asked.splice(0, count)) onReceipt();
  };
  return { copy, receive };
}

describe('what a client holds of a text', () => {
  it('DIA-126 is what it was sent and has dealt with, or what it has sent since', () => {
    const { copy } = open();
    copy.told(0, 'zero');
    expect(copy.take('zero and mine', 0, 1)).toEqual({ version: 0, text: 'zero' });
    copy.told(1, 'one');
    expect(copy.take('zero and more of mine', 0, 1).text).toBe('zero and mine');
    expect(copy.take('one and mine', 1, 2).text).toBe('one');
  });

  it('DIA-126 names the version of its own last text while it has not heard of that one', () => {
    const { copy } = open();
    copy.told(4, 'text');
    copy.take('text 1', 4, 1);
    copy.acknowledged(5, 4);
    expect(copy.take('text 12', 4, 1)).toEqual({ version: 5, text: 'text 1' });
    copy.acknowledged(6, 4);
    expect(copy.take('text 123', 4, 1).version).toBe(6);
    // Having heard that its text is version 6, it means what it says.
    expect(copy.take('text 1234', 4, 3).version).toBe(4);
  });

  it('DIA-126 a version older than that of its own texts is not made up for', () => {
    const { copy } = open();
    copy.told(4, 'text');
    copy.take('text 1', 4, 1);
    copy.acknowledged(5, 4);
    expect(copy.take('other', 3, 1).version).toBe(3);
    expect(copy.take('other', 9, 1).version).toBe(9);
  });

  it('DIA-126 is not more than two texts behind', () => {
    const { copy, receive } = open();
    let calls = 0;
    copy.told(0, 'zero');
    expect(copy.isReady(() => calls++)).toBe(true);
    copy.told(1, 'one');
    expect(copy.isReady(() => calls++)).toBe(false);
    expect(copy.isReady(() => calls++)).toBe(false);
    receive(1);
    expect(calls).toBe(1);
    receive(1);
    expect([calls, copy.toldVersion]).toEqual([1, 1]);
  });

  it('DIA-98 is not known where more was sent than is remembered, until the client has dealt with what is', () => {
    const { copy } = open();
    for (let version = 0; version < 12; version++) copy.told(version, `${version}`);
    expect(copy.take('mine', 0, 2)).toEqual({ version: 0, text: undefined });
    expect(copy.take('mine', 11, 12).text).toBe('11');
  });
});
