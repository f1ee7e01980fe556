import { launchBrowser, pause, startServer, until } from '@coderoom/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let browser: Browser;
let other: Browser;

beforeAll(async () => {
  [browser, other] = await Promise.all([launchBrowser(), launchBrowser()]);
});

afterAll(async () => {
  await Promise.all([browser.close(), other.close()]);
});

const editor = (page: Page) => page.getByRole('textbox', { name: 'Code editor' });
const output = (page: Page) => page.getByRole('region', { name: 'Output' });

/** The editor’s text without the name flags that others’ carets carry. */
const text = (page: Page) =>
  editor(page).evaluate((content) => {
    const copy = content.cloneNode(true) as typeof content;
    for (const caret of copy.querySelectorAll('.cm-ySelectionCaret')) caret.remove();
    return [...copy.querySelectorAll('.cm-line')].map((line) => line.textContent).join('\n');
  });

const outputText = async (page: Page) => (await output(page).innerText()).replaceAll('\u00a0', ' ');

/** A page that fails the test on an uncaught error or an error in the console. */
async function openPage(from: Browser, problems: string[]): Promise<Page> {
  const page = await from.newPage();
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  return page;
}

describe('two people, two browsers', () => {
  it('WEB-1 a room after one click, a guest without a form, each other’s keystrokes and cursors, one run for both, and all of it after kill -9', async () => {
    await using first = await startServer();
    let server = first;
    const problems: string[] = [];

    // One click makes a room with a runnable hello world and its link.
    const ana = await openPage(browser, problems);
    await ana.goto(server.url);
    await ana.getByRole('button', { name: 'New room' }).click();
    await ana.waitForURL(/\/r\/[a-z0-9-]+$/);
    await editor(ana).waitFor();
    await until('the hello world', async () => /print\(/.test(await text(ana)));
    const link = ana.url();

    // The guest types at once, and both see each other.
    const ben = await openPage(other, problems);
    await ben.goto(link);
    await until('the guest’s text', async () => (await text(ben)) === (await text(ana)));
    await editor(ben).click();
    await ben.keyboard.press('Control+End');
    await ben.keyboard.type('\nprint("from ben")');
    await until('Ben’s line at Ana’s', async () => (await text(ana)).includes('print("from ben")'));
    await until('Ben’s caret at Ana’s', async () => (await ana.locator('.cm-ySelectionCaret').count()) === 1);
    const benName = (await ana.locator('.cm-ySelectionInfo').first().textContent())?.trim() ?? '';
    expect(benName).toMatch(/^\w+ \w+$/);

    // A selection shows as well.
    await ben.keyboard.press('Shift+Home');
    await until('Ben’s selection at Ana’s', async () => (await ana.locator('.cm-ySelection').count()) > 0);

    // Control+Enter runs for both, with how it ended.
    await editor(ana).click();
    await ana.keyboard.press('Control+Enter');
    for (const page of [ana, ben]) {
      await until('the output', async () => (await outputText(page)).includes('from ben'), {
        timeoutMs: 15_000,
      });
      await until('how it ended', async () => /exit(ed)?( with)?( code)? 0/i.test(await outputText(page)));
    }

    // Saved means saved: kill -9, and both find everything again.
    for (const page of [ana, ben]) {
      await until('all changes saved', async () => await page.getByText('All changes saved').isVisible());
    }
    const before = await text(ana);
    await server.kill();
    await until(
      'Ana is told',
      async () =>
        await ana
          .getByText(/Reconnecting|Offline/)
          .first()
          .isVisible(),
    );
    problems.length = 0; // the browser itself reports the refused connections
    server = await server.restart();
    await until('Ana is back', async () => await ana.getByText('Connected', { exact: true }).first().isVisible(), {
      timeoutMs: 20_000,
    });
    problems.length = 0;
    await ana.reload();
    await ben.reload();
    for (const page of [ana, ben]) await until('the text after the restart', async () => (await text(page)) === before);

    // All browsers closed, somebody comes back later.
    await ana.close();
    await ben.close();
    const later = await openPage(browser, problems);
    await later.goto(link);
    await until('the text for who comes later', async () => (await text(later)) === before);
    await later.close();
    expect(problems).toEqual([]);
    await server.stop();
  }, 120_000);

  it('WEB-2 edits made offline are kept, said to be unsaved, and merged on return', async () => {
    await using server = await startServer();
    const ana = await browser.newPage();
    await ana.goto(server.url);
    await ana.getByRole('button', { name: 'New room' }).click();
    await editor(ana).waitFor();
    await until('all changes saved', async () => await ana.getByText('All changes saved').isVisible());
    const context = await other.newContext();
    const ben = await context.newPage();
    await ben.goto(ana.url());
    await until('the guest’s text', async () => (await text(ben)) === (await text(ana)));

    await server.kill();
    await editor(ben).click();
    await ben.keyboard.press('Control+End');
    await ben.keyboard.type('# ben, offline\n');
    await editor(ana).click();
    await ana.keyboard.press('Control+Home');
    await ana.keyboard.type('# ana, offline\n');
    await until(
      'that edits are unsaved',
      async () =>
        await ana
          .getByText(/not (yet )?saved/)
          .first()
          .isVisible(),
    );
    await pause(200);
    const again = await server.restart();
    for (const page of [ana, ben]) {
      await until(
        'both edits',
        async () => (await text(page)).includes('# ana, offline') && (await text(page)).includes('# ben, offline'),
        { timeoutMs: 20_000 },
      );
    }
    expect(await text(ana)).toBe(await text(ben));
    await ana.close();
    await context.close();
    await again.stop();
  }, 90_000);
});
