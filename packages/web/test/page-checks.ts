import { AxeBuilder } from '@axe-core/playwright';
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

export const wide = { width: 1440, height: 900 };
export const narrow = { width: 390, height: 844 };
export const looks = [
  { viewport: wide, colorScheme: 'light' },
  { viewport: narrow, colorScheme: 'light' },
  { viewport: wide, colorScheme: 'dark' },
  { viewport: narrow, colorScheme: 'dark' },
] as const;

/** What axe finds, in lines that say where. */
export async function violations(page: Page): Promise<string[]> {
  // Name flags fade out; halfway there is no contrast to speak of.
  const { violations: found } = await new AxeBuilder({ page }).exclude('.cm-yCarets').analyze();
  return found.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}

/** That a finger can use it: nothing is wider than the page, nothing that is pressed is too low. */
export async function expectFitForFingers(page: Page): Promise<void> {
  expect(await page.evaluate('document.documentElement.scrollWidth > innerWidth')).toBe(false);
  const tooSmall = `[...document.querySelectorAll('button, a, select, input:not(.sr-only)')]
    .filter((element) => element.checkVisibility() && !element.closest('.toasts'))
    .filter((element) => (element.closest('label') ?? element).getBoundingClientRect().height < 44)
    .map((element) => element.outerHTML)`;
  expect(await page.evaluate(tooSmall)).toEqual([]);
}

/** Presses Tab until something has the focus. */
export async function tabTo(page: Page, what: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  await what.waitFor();
  for (let presses = 0; presses < 60; presses++) {
    if (await hasFocus(what)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`60 presses of ${key} do not lead to ${what}`);
}

export function hasFocus(what: Locator): Promise<boolean> {
  return what.evaluate((element) => element === element.ownerDocument.activeElement);
}
