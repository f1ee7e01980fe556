import { launchBrowser, type ServerProcess, startServer } from '@coderoom/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectFitForFingers, looks, narrow, violations, wide } from './page-checks.ts';

let browser: Browser;
let server: ServerProcess;

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()]);
}, 60_000);

afterAll(async () => {
  await browser.close();
  await server.stop();
});

async function openPage(options: { viewport: typeof wide; colorScheme: 'light' | 'dark' }): Promise<Page> {
  const context = await browser.newContext({ ...options, reducedMotion: 'reduce' });
  return await context.newPage();
}

async function openNewRoom(page: Page): Promise<void> {
  await page.goto(server.url);
  await page.getByRole('button', { name: 'New room' }).click();
  await page.getByText('Connected', { exact: true }).waitFor();
  await page.getByRole('textbox', { name: 'Code editor' }).waitFor();
}

describe.each(looks)('at $viewport.width px, $colorScheme', (options) => {
  it('WEB-13 no page has what axe objects to', async () => {
    const page = await openPage(options);
    const other = await openPage(options);
    const isNarrow = options.viewport === narrow;
    await page.goto(server.url);
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(await violations(page)).toEqual([]);

    await openNewRoom(page);
    await other.goto(page.url());
    await page.getByRole('textbox', { name: 'Code editor' }).focus();
    expect(await violations(page)).toEqual([]);

    await page.keyboard.press('Control+Enter');
    await page.getByText('Exited with code 0', { exact: true }).waitFor();
    expect(await violations(page)).toEqual([]);

    if (isNarrow) await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('button', { name: isNarrow ? 'People' : /^People: 2 here/ }).click();
    await page.getByRole('list', { name: 'People' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name: 'Invite' }).click();
    await page.getByRole('textbox', { name: 'Link to this room' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name: 'Room menu' }).click();
    await page.getByRole('button', { name: 'Delete room' }).click();
    await page.getByRole('dialog', { name: 'Delete this room?' }).waitFor();
    expect(await violations(page)).toEqual([]);

    await page.goto(`${server.url}/r/none-such`);
    await page.getByRole('heading', { name: 'There is no such room' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.context().close();
    await other.context().close();
  }, 60_000);
});

it('WEB-14 nothing on a phone is wider than it, and what is pressed is at least 44 px high', async () => {
  const page = await openPage({ viewport: narrow, colorScheme: 'light' });
  await page.goto(server.url);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await expectFitForFingers(page);
  await openNewRoom(page);
  for (const tab of ['Output', 'More', 'Code']) {
    await page.getByRole('button', { name: tab, exact: true }).click();
    await expectFitForFingers(page);
    if (tab === 'More') await page.keyboard.press('Escape');
  }
  await page.context().close();
}, 60_000);

it('WEB-15 the keyboard gets out of the editor, and Tab indents within it', async () => {
  const page = await openPage({ viewport: wide, colorScheme: 'light' });
  await openNewRoom(page);
  const editor = page.getByRole('textbox', { name: 'Code editor' });
  const hasFocus = () => editor.evaluate((element) => element === element.ownerDocument.activeElement);
  await editor.click();
  await page.keyboard.press('Control+End');
  await page.keyboard.press('Tab');
  expect(await page.locator('.cm-line').last().textContent()).toBe('    ');
  expect(await hasFocus()).toBe(true);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  expect(await hasFocus()).toBe(false);
  await page.context().close();
}, 60_000);
