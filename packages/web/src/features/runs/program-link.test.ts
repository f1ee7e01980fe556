// @vitest-environment happy-dom
import { beforeEach, expect, it, vi } from 'vitest';
import { dismissToast, toasts } from '../notices/toasts.ts';
import { offerProgramLink } from './program-link.ts';

beforeEach(() => {
  for (const { id } of toasts.get()) dismissToast(id);
});

it('WEB-165 where a link of a program’s output leads is said, and nothing opened before one agrees', () => {
  const open = vi.spyOn(globalThis, 'open').mockReturnValue(null);
  offerProgramLink('https://example.org/a?b=c');
  const [toast] = toasts.get();
  expect(toast?.text).toBe('This leads to https://example.org/a?b=c');
  expect(open).not.toHaveBeenCalled();
  toast?.action?.act();
  expect(open).toHaveBeenCalledExactlyOnceWith('https://example.org/a?b=c', '_blank', 'noopener,noreferrer');
});

it.each([
  'javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'file:///etc/passwd',
  'blob:https://example.org/1',
  'ssh://example.org',
  '/r/abcd',
  'not an address',
  '',
])('WEB-165 a link of a program’s output that is no web address is none: %s', (address) => {
  offerProgramLink(address);
  expect(toasts.get()).toEqual([]);
});
