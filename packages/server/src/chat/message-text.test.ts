import { limits } from '@coderoom/protocol';
import { describe, expect, it } from 'vitest';
import { cleanMessage } from './message-text.ts';

describe('the text of a message', () => {
  it('CHAT-2 is trimmed, composed, and has the line ends of documents', () => {
    expect(cleanMessage('  Cafe\u0301\r\nis\ropen\t!  \n', 'text')).toBe('Café\nis\nopen\t!');
    expect(cleanMessage('👩🏽‍💻', 'text')).toBe('👩🏽‍💻');
  });

  it('CHAT-2 of code is indented as it was', () => {
    expect(cleanMessage('\n \n  if x:\n\treturn e\u0301  \n\n', 'code')).toBe('  if x:\n\treturn e\u0301');
  });

  it('CHAT-2 holds nothing that hides or turns around what is there', () => {
    expect(cleanMessage('a\0b\u001b[31mc\u202edcba\u2069', 'text')).toBe('a b [31mc dcba');
    expect(cleanMessage('x\ud800y', 'code')).toBe('x\ufffdy');
    for (const text of ['\u200b', '\ufeff\u200d', ' \n\t', '\0']) {
      expect(() => cleanMessage(text, 'text'), JSON.stringify(text)).toThrow('visible');
    }
  });

  it('CHAT-2 is no longer than it may be, also once it is composed', () => {
    const longest = 'x'.repeat(limits.messageTextMaxLength);
    expect(cleanMessage(` ${longest} `, 'text')).toBe(longest);
    expect(() => cleanMessage(`${longest}x`, 'text')).toThrow('at most');
  });
});
