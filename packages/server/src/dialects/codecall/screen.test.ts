import { describe, expect, it } from 'vitest';
import { createScreen } from './screen.ts';

/** A client that takes what it is sent when it is told to. */
function openScreen(known?: string) {
  const sent: string[] = [];
  const asked: (() => void)[] = [];
  let receipts = 0;
  const screen = createScreen({
    send: ({ text }) => sent.push(text),
    askReceipt: (onReceipt) => asked.push(onReceipt),
    known,
  });
  return {
    sent,
    screen,
    show: (text: string) => screen.show({ text, details: {} }),
    type: (text: string) => screen.take(text, receipts),
    /** The client deals with the next text; we hear of it when `notice` is called. */
    read() {
      const notice = asked[receipts++];
      return { notice: () => notice?.() };
    },
  };
}

describe('a CodeCall client’s screen', () => {
  it('DIA-95 reads what a client sends as a change of the text that it had, whatever is under way to it', () => {
    const { show, type, read, sent } = openScreen();
    show('one');
    expect(type('typed before anything came')).toBeUndefined();
    read().notice();
    expect(type('one!')).toBe('one');
    show('one! two');
    expect(sent).toEqual(['one', 'one! two']);
    expect(type('one!!')).toBe('one!');
    const { notice } = read();
    expect(type('one! two three')).toBe('one! two');
    notice();
    expect(type('one! two three four')).toBe('one! two three');
  });

  it('DIA-95 sends one text at a time, the newest, and none that the client has', () => {
    const { show, type, read, sent } = openScreen();
    for (const text of ['a', 'ab', 'abc', 'abcd']) show(text);
    expect(sent).toEqual(['a']);
    read().notice();
    expect(sent).toEqual(['a', 'abcd']);
    read().notice();
    type('abcde');
    show('abcde');
    expect(sent).toHaveLength(2);
  });

  it('DIA-95 sends nothing while the client’s own text is being written, and then what came of it', () => {
    const { screen, show, type, read, sent } = openScreen();
    show('a');
    read().notice();
    type('ab');
    const release = screen.hold();
    show('xa');
    expect(sent).toEqual(['a']);
    show('xab');
    release();
    expect(sent).toEqual(['a', 'xab']);
  });

  it('DIA-95 tells again who asks, and knows the base of who comes back', () => {
    const { screen, show, type, read, sent } = openScreen('from before');
    expect(type('from before, and on')).toBe('from before');
    show('from before, and on');
    expect(sent).toEqual([]);
    screen.showAgain({ text: 'from before, and on', details: {} });
    expect(sent).toEqual(['from before, and on']);
    read().notice();
    expect(screen.shown()).toBe('from before, and on');
  });
});
