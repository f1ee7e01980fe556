import { readFileSync } from 'node:fs';
import { createRoom, launchBrowser, request, type ServerProcess, startServer, until } from '@coderoom/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectFitForFingers, hasFocus, looks, narrow, violations, wide } from '../test/page-checks.ts';

let browser: Browser;
let server: ServerProcess;

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer({ env: { DIALECTS: 'none' } })]);
}, 60_000);
afterAll(async () => {
  await browser.close();
  await server.stop();
});

const lines = Array.from({ length: 300 }, (_, index) => `line_${index + 1} = ${index + 1}`);
const files = { 'main.py': `${lines.join('\n')}\n`, 'src/größe.py': `${'word '.repeat(200)}\n` };

/** A room with these files, for as many people as are wanted, each in a browser profile of their own. */
async function openRoom(people: number, look: { viewport?: typeof wide; colorScheme?: 'light' | 'dark' } = {}) {
  const { room, token } = await createRoom(server.url, { title: 'Pairing: part 1/2' });
  for (const [path, text] of Object.entries(files)) {
    const address = `/api/v2/rooms/${room.id}/files/${encodeURI(path)}`;
    await request(server.url, address, { method: 'PUT', token, body: { text } });
  }
  const { viewport = wide, colorScheme = 'light' } = look;
  const pages = await Promise.all(
    Array.from({ length: people }, async () => {
      const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
      context.setDefaultTimeout(15_000);
      const page = await context.newPage();
      await page.goto(`${server.url}/r/${room.code}`);
      await page.getByText('All changes saved').waitFor();
      await page.locator('.cm-line').first().waitFor();
      return page;
    }),
  );
  return { pages, close: () => Promise.all(pages.map((page) => page.context().close())) };
}

const editor = (page: Page) => page.getByRole('textbox', { name: 'Code editor' });
const field = (page: Page) => page.getByRole('combobox', { name: 'Command, file, person or line' });
const openFile = (page: Page) => page.locator('.file-name[aria-current="true"] > span').first().textContent();
const isInView = (page: Page, text: string) =>
  page.evaluate(`(() => {
    const box = document.querySelector('.cm-scroller').getBoundingClientRect();
    return [...document.querySelectorAll('.cm-line')].some((line) => {
      const { top, bottom } = line.getBoundingClientRect();
      return line.textContent === ${JSON.stringify(text)} && top >= box.top && bottom <= box.bottom;
    });
  })()`);

async function command(page: Page, typed: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await field(page).waitFor();
  await page.keyboard.type(typed);
  await page.keyboard.press('Enter');
  await field(page).waitFor({ state: 'detached' });
}

describe('the list of commands', () => {
  it('WEB-167 does by keyboard what is typed: lines, files, finding, panels; and the focus comes back', async () => {
    const { pages, close } = await openRoom(1);
    const page = pages[0] as Page;
    await editor(page).click();
    await command(page, ':217');
    await until('the line', () => isInView(page, 'line_217 = 217'));
    await page.getByText('Ln 217, Col 1').waitFor();
    expect(await hasFocus(editor(page))).toBe(true);

    await command(page, 'größe');
    await until('the other file', async () => (await openFile(page)) === 'src/größe.py');
    await command(page, 'find');
    await page.locator('.cm-search').waitFor();
    await page.keyboard.press('Escape');
    await command(page, 'open main.py');
    await command(page, ':1');
    await page.getByText('Ln 1, Col 1').waitFor();
    await page.keyboard.press('Control+d');
    await page.getByText('6 selected').waitFor();

    await command(page, 'show chat');
    await page.getByRole('textbox', { name: 'Message' }).waitFor();

    await page.keyboard.press('F1');
    await page.keyboard.type('nothing is called this');
    await page.getByText('Nothing is called that.').waitFor();
    await page.keyboard.press('Escape');
    expect(await hasFocus(page.getByRole('textbox', { name: 'Message' }))).toBe(true);
    await close();
  }, 60_000);

  it('WEB-167 has the size of text and the wrapping of long lines, kept for this person alone', async () => {
    const { pages, close } = await openRoom(2);
    const [ana, ben] = pages as [Page, Page];
    const size = (page: Page) => page.evaluate("getComputedStyle(document.querySelector('.cm-content')).fontSize");
    const isWider = (page: Page) =>
      page.evaluate(
        "(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)(document.querySelector('.cm-scroller'))",
      );
    await command(ana, 'größe');
    await until('a long line', () => isWider(ana));
    await command(ana, 'wrap long');
    await until('no long line', async () => !(await isWider(ana)));
    await command(ana, 'larger');
    await command(ana, 'larger');
    await until('larger text', async () => (await size(ana)) === '16px');
    expect(await size(ben)).toBe('14px');
    await ana.reload();
    await ana.locator('.cm-line').first().waitFor();
    expect(await size(ana)).toBe('16px');
    await command(ana, 'as usual');
    await until('text as usual', async () => (await size(ana)) === '14px');
    await close();
  }, 60_000);

  it('WEB-168 gives a file as it is, and all of them in a ZIP', async () => {
    const { pages, close } = await openRoom(1);
    const page = pages[0] as Page;
    const download = async (act: () => Promise<void>) => {
      const [file] = await Promise.all([page.waitForEvent('download'), act()]);
      return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
    };
    await page.getByRole('button', { name: 'Actions for main.py' }).click();
    const one = await download(() => page.getByRole('button', { name: 'Download' }).click());
    expect(one.name).toBe('main.py');
    expect(one.bytes.toString()).toBe(files['main.py']);
    const all = await download(() => command(page, 'zip'));
    expect(all.name).toBe('Pairing-part-1-2.zip');
    for (const [path, text] of Object.entries(files)) {
      expect(all.bytes.includes(Buffer.from(path))).toBe(true);
      expect(all.bytes.includes(Buffer.from(text))).toBe(true);
    }
    await close();
  }, 60_000);
});

describe('following somebody', () => {
  it('WEB-169 shows where they are, in whichever file, until one does something in the editor oneself', async () => {
    const { pages, close } = await openRoom(2);
    const [ana, ben] = pages as [Page, Page];
    const name = (await ben.locator('.people-own').innerText()).trim();
    const bar = ana.locator('.follow-bar', { hasText: `Following ${name}` });
    await editor(ben).click();
    await command(ana, `follow ${name}`);
    await bar.waitFor();
    await command(ben, ':250');
    await until('their line', () => isInView(ana, 'line_250 = 250'));
    await command(ben, 'größe');
    await until('their file', async () => (await openFile(ana)) === 'src/größe.py');
    await command(ben, 'open main.py');
    await until('their file', async () => (await openFile(ana)) === 'main.py');

    // What is done elsewhere does not end it; what is done in the code does.
    await ana.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name: 'Chat' }).click();
    await ana.keyboard.type('still with you');
    expect(await bar.count()).toBe(1);
    await editor(ana).click();
    await bar.waitFor({ state: 'detached' });
    await command(ben, ':5');
    await until('their caret', () => isInView(ben, 'line_5 = 5'));
    expect(await isInView(ana, 'line_5 = 5')).toBe(false);

    await ana.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name: 'People' }).click();
    await ana.getByRole('button', { name: `Follow ${name}` }).click();
    await until('their line', () => isInView(ana, 'line_5 = 5'));
    await ana.getByRole('button', { name: 'Stop', exact: true }).click();
    await bar.waitFor({ state: 'detached' });

    await ana.getByRole('button', { name: `Follow ${name}` }).click();
    await bar.waitFor();
    await ben.context().close();
    await ana.locator('.toast', { hasText: `${name} is not here any more` }).waitFor();
    expect(await bar.count()).toBe(0);
    await close();
  }, 90_000);
});

it('WEB-170 for whoever wants no motion, line numbers stand beside their lines from the first picture on', async () => {
  const { room } = await createRoom(server.url);
  const context = await browser.newContext({ viewport: wide, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.addInitScript(`
    window.seen = [];
    const top = (element) => Math.round(element.getBoundingClientRect().top);
    const look = () => {
      const numbers = [...document.querySelectorAll('.cm-lineNumbers .cm-gutterElement')];
      const number = numbers.find(({ textContent, style }) => textContent === '5' && style.visibility !== 'hidden');
      const line = document.querySelectorAll('.cm-line')[4];
      if (number !== undefined && line !== undefined) seen.push(top(number) - top(line));
      // After what was done in this frame has been drawn.
      requestAnimationFrame(() => setTimeout(look));
    };
    look();`);
  await page.goto(`${server.url}/r/${room.code}`);
  await until('some pictures', async () => (await page.evaluate<number[]>('seen')).length > 20);
  const wrong = (await page.evaluate<number[]>('seen')).filter((apart) => apart !== 0);
  // One look may fall between making the editor and measuring it, which comes before anything is drawn.
  expect(wrong.length).toBeLessThan(2);
  await context.close();
}, 60_000);

describe.each(looks)('at $viewport.width px, $colorScheme', (look) => {
  it('WEB-156 the commands, the keys and following have nothing that axe objects to, and fit', async () => {
    const { pages, close } = await openRoom(2, look);
    const [page, other] = pages as [Page, Page];
    const isNarrow = look.viewport === narrow;
    const check = async () => {
      expect(await violations(page)).toEqual([]);
      if (isNarrow) await expectFitForFingers(page);
    };
    if (isNarrow) {
      await page.getByRole('navigation', { name: 'Panes' }).locator('[aria-haspopup]').click();
      await page.getByRole('button', { name: 'Commands …' }).click();
    } else await page.getByRole('button', { name: 'Commands' }).click();
    await field(page).waitFor();
    await check();
    await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
    await page.getByRole('heading', { name: 'In the editor' }).waitFor();
    await check();
    await page.keyboard.press('Escape');
    await command(page, 'follow');
    await page.locator('.follow-bar').waitFor();
    await check();
    await other.close();
    await close();
  }, 60_000);
});
