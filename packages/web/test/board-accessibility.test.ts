import { launchBrowser, type ServerProcess, startServer } from '@coderoom/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectFitForFingers, hasFocus, looks, narrow, violations, wide } from './page-checks.ts';

let browser: Browser;
let server: ServerProcess;

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()]);
}, 120_000);
afterAll(async () => {
  await browser.close();
  await server.stop();
});

async function openBoard(options: { viewport: typeof wide; colorScheme: 'light' | 'dark' }): Promise<Page> {
  const context = await browser.newContext({ ...options, reducedMotion: 'reduce' });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  await page.goto(server.url);
  await page.getByRole('button', { name: 'New room' }).click();
  await page.getByText('Connected', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Board', exact: true }).click();
  await page.getByRole('application').waitFor();
  return page;
}

/** The board in all its states, each shown to `look`. */
async function walk(page: Page, isNarrow: boolean, look: () => Promise<void>): Promise<void> {
  await page.getByText('Draw anything').waitFor();
  await look();
  await page.getByRole('application').focus();
  await page.keyboard.press('r');
  await page.keyboard.press('Enter');
  await page.keyboard.press('t');
  await page.keyboard.press('Enter');
  await page.keyboard.type('A text');
  await look();
  await page.keyboard.press('Escape');
  await look();
  await page.getByRole('button', { name: /^Colour and size/ }).click();
  await page.getByRole('dialog', { name: 'Colour and size' }).waitFor();
  await look();
  await page.keyboard.press('Escape');
  if (isNarrow) {
    await page.getByRole('button', { name: 'Shapes' }).click();
    await page.getByRole('dialog', { name: 'Shapes' }).waitFor();
    await look();
    await page.keyboard.press('Escape');
  }
  await page.getByRole('button', { name: 'Board menu' }).click();
  await page.getByRole('button', { name: 'Clear the board' }).waitFor();
  await look();
  await page.keyboard.press('Escape');
}

describe.each(looks)('at $viewport.width px, $colorScheme', (options) => {
  it('WEB-13 the board has nothing that axe objects to', async () => {
    const page = await openBoard(options);
    await walk(page, options.viewport === narrow, async () => expect(await violations(page)).toEqual([]));
    await page.context().close();
  }, 120_000);
});

it('WEB-14 the board fits a phone and a finger', async () => {
  const page = await openBoard({ viewport: narrow, colorScheme: 'light' });
  await walk(page, true, () => expectFitForFingers(page));
  await page.context().close();
}, 120_000);

it('BOARD-30 the toolbar is one stop of the Tab key, the arrow keys go through it, and what is there is told in words', async () => {
  const page = await openBoard({ viewport: wide, colorScheme: 'light' });
  const button = (name: string) => page.getByRole('toolbar').getByRole('button', { name, exact: true });
  await page.getByRole('button', { name: 'Over the whole width' }).focus();
  await page.keyboard.press('Tab');
  expect(await hasFocus(button('Select and move'))).toBe(true);
  await page.keyboard.press('ArrowRight');
  expect(await hasFocus(button('Move the paper'))).toBe(true);
  await page.keyboard.press('End');
  expect(await hasFocus(button('Board menu'))).toBe(true);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  expect(await button('Pen').getAttribute('aria-pressed')).toBe('true');
  await page.keyboard.press('Tab');
  expect(await hasFocus(page.getByRole('application'))).toBe(true);
  await page.keyboard.press('r');
  await page.keyboard.press('Enter');
  await page.keyboard.press('o');
  await page.keyboard.press('Enter');
  await page.keyboard.press(',');
  await page.getByText('Ink rectangle, 1 of 2').waitFor({ state: 'attached' });
  await page.keyboard.press('.');
  await page.getByText('Ink ellipse, 2 of 2').waitFor({ state: 'attached' });
  expect(await page.locator('#board-content').innerText()).toContain('1 rectangle, 1 ellipse');
  await page.context().close();
}, 120_000);
