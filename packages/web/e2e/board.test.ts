import { readFile } from 'node:fs/promises';
import { launchBrowser, type ServerProcess, startServer, until } from '@coderoom/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

let browser: Browser;
let server: ServerProcess;
let problems: string[] = [];

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()]);
}, 120_000);
afterAll(async () => {
  await browser.close();
  await server.stop();
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  const found = problems;
  problems = [];
  expect(found).toEqual([]);
});

async function openPage(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  return page;
}

async function openBoard(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Board/ }).click();
  await page.getByRole('application').waitFor();
}

/** Ana with a room of her own, and Ben in it; both at the board. */
async function openBoth(): Promise<{ ana: Page; ben: Page }> {
  const [ana, ben] = [await openPage(), await openPage()];
  await ana.goto(server.url);
  await ana.getByRole('button', { name: 'New room' }).click();
  await ana.getByText('Connected', { exact: true }).waitFor();
  await ben.goto(ana.url());
  await ben.getByText('Connected', { exact: true }).waitFor();
  await openBoard(ana);
  await openBoard(ben);
  return { ana, ben };
}

const paper = (page: Page) => page.getByRole('application');
const content = (page: Page) => page.locator('#board-content').innerText();
const shows = (page: Page, what: string) => until(`“${what}”`, async () => (await content(page)).includes(what));
const tool = (page: Page, name: string) => page.getByRole('toolbar').getByRole('button', { name, exact: true });

type Place = readonly [x: number, y: number];

/** Places on the paper, not on the page. */
async function drag(page: Page, places: readonly Place[], whileDown?: () => Promise<void>): Promise<void> {
  const box = await paper(page).boundingBox();
  if (box === null) throw new Error('there is no paper');
  const [first, ...others] = places;
  await page.mouse.move(box.x + (first?.[0] ?? 0), box.y + (first?.[1] ?? 0));
  await page.mouse.down();
  for (const [x, y] of others) await page.mouse.move(box.x + x, box.y + y, { steps: 2 });
  await whileDown?.();
  await page.mouse.up();
}

/** Whether something is painted at a place: on the canvas beneath, or on the one above it. */
function isPainted(page: Page, [x, y]: Place, canvas: 'beneath' | 'above'): Promise<boolean> {
  const index = canvas === 'beneath' ? 0 : 1;
  return page.evaluate(`(() => {
    const canvas = document.querySelectorAll('.board-paper canvas')[${index}];
    const { data } = canvas.getContext('2d').getImageData(${x} - 3, ${y} - 3, 6, 6);
    return data.some((value) => value > 0);
  })()`);
}

const wave: Place[] = Array.from({ length: 15 }, (_, i) => [60 + i * 12, 200 + 40 * Math.sin(i / 2)]);

describe('two people at one board', () => {
  it('BOARD-24 a stroke is seen by the other while it is drawn, with who draws it, and stays when it is finished', async () => {
    const { ana, ben } = await openBoth();
    await drag(ana, wave, async () => {
      await until('the stroke on its way', () => isPainted(ben, [60, 200], 'above'));
      await until('Ana’s pointer at Ben’s', async () => (await ben.locator('.board-other').count()) === 1);
      expect(await ben.locator('.board-other').innerText()).toMatch(/^\w+ \w+$/);
      expect(await content(ben)).toContain('The board is empty');
    });
    await shows(ben, '1 stroke');
    await until('the stroke itself', () => isPainted(ben, [60, 200], 'beneath'));
    await until('nothing on its way', async () => !(await isPainted(ben, [60, 200], 'above')));
    await until('all changes saved', () => ana.getByText('All changes saved').isVisible());

    await ben.reload();
    await openBoard(ben);
    await shows(ben, '1 stroke');
    // It is in view, wherever it was drawn.
    await until('the stroke after coming back', async () => {
      return await ben.evaluate(`(() => {
        const canvas = document.querySelector('.board-paper canvas');
        return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0);
      })()`);
    });
  }, 120_000);

  it('BOARD-25 undo, by key or button, takes only one’s own; a cleared board comes back', async () => {
    const { ana, ben } = await openBoth();
    await drag(ana, wave);
    await shows(ben, '1 stroke');
    await tool(ben, 'Rectangle').click();
    await drag(ben, [
      [50, 300],
      [150, 380],
    ]);
    await shows(ana, '1 stroke, 1 rectangle');
    await ana.keyboard.press('Control+z');
    await shows(ben, 'On the board: 1 rectangle.');
    expect(await tool(ana, 'Undo').getAttribute('aria-disabled')).toBe('true');
    await ana.keyboard.press('Control+z');
    await drag(ana, wave);
    await shows(ben, '1 rectangle, 1 stroke');
    await tool(ben, 'Undo').click();
    await shows(ana, 'On the board: 1 stroke.');
    await tool(ben, 'Redo').click();
    await shows(ana, '1 rectangle');

    await ben.getByRole('button', { name: 'Board menu' }).click();
    await ben.getByRole('button', { name: 'Clear the board' }).click();
    await shows(ana, 'The board is empty');
    await ben.getByRole('button', { name: 'Undo' }).last().click();
    await shows(ana, '1 rectangle');
    expect(await content(ana)).toContain('1 stroke');
  }, 120_000);

  it('BOARD-26 shapes, text, moving, changing and erasing reach the other; by pointer and by keyboard alone', async () => {
    const { ana, ben } = await openBoth();
    await paper(ana).focus();
    await ana.keyboard.press('t');
    await ana.keyboard.press('Enter');
    await ana.keyboard.type('Cache');
    await ana.keyboard.press('Enter');
    await ana.keyboard.type('miss');
    await ana.keyboard.press('Escape');
    await shows(ben, 'Cache\nmiss');
    for (const [key, name] of [
      ['r', 'rectangle'],
      ['o', 'ellipse'],
      ['l', 'line'],
      ['a', 'arrow'],
    ] as const) {
      await ana.keyboard.press(key);
      await ana.keyboard.press('Enter');
      await shows(ben, `1 ${name}`);
    }
    const elements = () => ana.evaluate('0').then(() => content(ben));
    await ana.keyboard.press('Delete');
    await until('no arrow', async () => !(await elements()).includes('arrow'));
    await ana.keyboard.press('Control+a');
    await ana.keyboard.press('Control+d');
    await shows(ben, '2 rectangles');
    await ana.keyboard.press('Control+a');
    await ana.keyboard.press('Backspace');
    await shows(ben, 'The board is empty');

    await tool(ana, 'Rectangle').click();
    await drag(ana, [
      [60, 100],
      [160, 180],
    ]);
    await until('the rectangle', () => isPainted(ben, [60, 140], 'beneath'));
    // It is selected: taken by its edge it moves, by its corner it grows.
    await drag(ana, [
      [110, 100],
      [190, 300],
    ]);
    await until('it in its new place', () => isPainted(ben, [140, 340], 'beneath'));
    await until('nothing in the old one', async () => !(await isPainted(ben, [60, 140], 'beneath')));
    await drag(ana, [
      [240, 380],
      [300, 440],
    ]);
    await until('it larger', () => isPainted(ben, [300, 400], 'beneath'));
    await tool(ana, 'Eraser').click();
    await drag(ana, [
      [100, 340],
      [180, 340],
    ]);
    await shows(ben, 'The board is empty');
  }, 120_000);

  it('BOARD-27 a viewer sees everything and draws nothing, until they may; nor does anybody in a room that has ended', async () => {
    const { ana, ben } = await openBoth();
    await ana
      .getByRole('button', { name: /^People/ })
      .first()
      .click();
    await ana.getByRole('combobox', { name: /^Role of/ }).selectOption('viewer');
    await ben.getByText('You can look at this board').waitFor();
    expect(await tool(ben, 'Pen').count()).toBe(0);
    await drag(ben, wave);
    await ben.keyboard.press('p');
    await drag(ben, wave);
    await drag(ana, wave);
    await shows(ben, '1 stroke');
    expect(await content(ana)).toContain('On the board: 1 stroke.');

    await ana.getByRole('combobox', { name: /^Role of/ }).selectOption('editor');
    await tool(ben, 'Pen').waitFor();
    await drag(ben, wave);
    await shows(ana, '2 strokes');

    await ana.getByRole('button', { name: 'Room menu' }).click();
    await ana.getByRole('button', { name: 'End room' }).click();
    await ana.getByRole('button', { name: 'End the room' }).click();
    for (const page of [ana, ben]) {
      await page.getByText('You can look at this board').waitFor();
      await drag(page, wave);
      expect(await content(page)).toContain('2 strokes');
    }
  }, 120_000);

  it('BOARD-28 is given as an SVG and a PNG that other programs can show', async () => {
    const { ana } = await openBoth();
    await drag(ana, wave);
    await paper(ana).focus();
    await ana.keyboard.press('t');
    await ana.keyboard.press('Enter');
    await ana.keyboard.type('a < b & c');
    await ana.keyboard.press('Escape');
    await shows(ana, '1 text');
    const download = async (name: string) => {
      await ana.getByRole('button', { name: 'Board menu' }).click();
      const [file] = await Promise.all([
        ana.waitForEvent('download'),
        ana.getByRole('button', { name, exact: true }).click(),
      ]);
      return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
    };
    const svg = await download('Download as SVG');
    expect(svg.name).toBe('Untitled-room-board.svg');
    const parsed = await ana.evaluate(
      `(() => {
        const parsed = new DOMParser().parseFromString(${JSON.stringify(svg.bytes.toString())}, 'image/svg+xml');
        const { documentElement } = parsed;
        return [documentElement.nodeName, parsed.querySelectorAll('path').length, parsed.querySelector('text')?.textContent];
      })()`,
    );
    expect(parsed).toEqual(['svg', 1, 'a < b & c']);

    const png = await download('Download as PNG');
    expect(png.name).toBe('Untitled-room-board.png');
    const seen = await ana.evaluate(
      `(async () => {
        const bytes = Uint8Array.from(atob('${png.bytes.toString('base64')}'), (character) => character.charCodeAt(0));
        const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
        const canvas = new OffscreenCanvas(image.width, image.height);
        const context = canvas.getContext('2d');
        context.drawImage(image, 0, 0);
        const { data } = context.getImageData(0, 0, image.width, image.height);
        let dark = 0;
        for (let at = 0; at < data.length; at += 4) if (data[at] < 100) dark++;
        return { isLarge: image.width > 300 && image.height > 100, corner: data.slice(0, 4).join(), isDrawn: dark > 500 };
      })()`,
    );
    expect(seen).toEqual({ isLarge: true, corner: '255,255,255,255', isDrawn: true });
  }, 120_000);
});

it('BOARD-29 on a phone one finger draws, two move and zoom what is seen', async () => {
  const page = await openPage({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await page.goto(server.url);
  await page.getByRole('button', { name: 'New room' }).click();
  await page.getByText('Connected', { exact: true }).waitFor();
  await openBoard(page);
  const box = await paper(page).boundingBox();
  if (box === null) throw new Error('there is no paper');
  const devtools = await page.context().newCDPSession(page);
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...fingers: Place[]) =>
    devtools.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: fingers.map(([x, y], id) => ({ x: box.x + x, y: box.y + y, id })),
    });
  await touch('touchStart', [60, 200]);
  for (const place of wave) await touch('touchMove', place);
  await touch('touchEnd');
  await shows(page, 'On the board: 1 stroke.');
  await until('that it is painted', () => isPainted(page, [60, 200], 'beneath'));

  // The second finger comes before the first has drawn anything to speak of.
  await touch('touchStart', [150, 300]);
  await touch('touchStart', [150, 300], [200, 300]);
  for (let step = 1; step <= 10; step++) await touch('touchMove', [150 - step * 8, 300], [200 + step * 8, 300]);
  await touch('touchEnd');
  await until('that it is larger', async () => !(await isPainted(page, [60, 200], 'beneath')));
  expect(await content(page)).toContain('On the board: 1 stroke.');
  await page.getByRole('button', { name: 'Show everything' }).click();
  expect(await page.evaluate('scrollX + scrollY + document.documentElement.scrollTop')).toBe(0);
}, 120_000);
