import { createRoom, launchBrowser, type ServerProcess, startServer, until } from '@coderoom/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { narrow, wide } from '../test/page-checks.ts';

let browser: Browser;
let server: ServerProcess;

beforeAll(async () => {
  [browser, server] = await Promise.all([
    launchBrowser({ args: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'] }),
    startServer({ env: { DIALECTS: 'none' } }),
  ]);
}, 60_000);
afterAll(async () => {
  await browser.close();
  await server.stop();
});

/** On both sides of each width at which the room is laid out otherwise. */
const turns = [narrow, { width: 844, height: 390 }, { width: 1024, height: 768 }, narrow, wide];

async function openRoom(): Promise<Page> {
  const { room } = await createRoom(server.url);
  const context = await browser.newContext({ viewport: wide, reducedMotion: 'reduce' });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  await page.addInitScript(`
    window.asked = 0;
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = (wanted) => (asked++, ask(wanted));`);
  await page.goto(`${server.url}/r/${room.code}`);
  await page.getByText('All changes saved').waitFor();
  return page;
}

const panels = (page: Page) => page.getByRole('navigation', { name: 'Panels' });

it('WEB-166 what one is writing in the chat is still there, and goes on, after turning a device and closing the panel', async () => {
  const page = await openRoom();
  const field = page.getByRole('textbox', { name: 'Message' });
  await panels(page).getByRole('button', { name: 'Chat' }).click();
  await field.pressSequentially('first');
  await page.keyboard.press('Enter');
  await page.getByRole('article').filter({ hasText: 'first' }).waitFor();
  await field.pressSequentially('half');
  for (const size of turns) {
    await page.setViewportSize(size);
    await until(
      'the layout',
      async () => (await page.locator('.room').getAttribute('data-narrow')) === String(size.width < 768),
    );
    await page.keyboard.type('.');
  }
  expect(await field.inputValue()).toBe('half.....');

  await page.keyboard.press('Escape');
  await field.waitFor({ state: 'detached' });
  await panels(page).getByRole('button', { name: 'People' }).click();
  await panels(page).getByRole('button', { name: 'Chat' }).click();
  expect(await field.inputValue()).toBe('half.....');

  // Nor is it lost to what one said before being changed.
  await page.getByRole('article').filter({ hasText: 'first' }).hover();
  await page.getByRole('button', { name: /^Actions for the message/ }).click();
  await page.getByRole('button', { name: 'Edit' }).click();
  await until('the older text', async () => (await field.inputValue()) === 'first');
  await page.getByRole('button', { name: 'Cancel' }).click();
  expect(await field.inputValue()).toBe('half.....');
  await page.context().close();
}, 60_000);

it('WEB-166 the picture before a call stays on while a device is turned, and nothing is asked for again', async () => {
  const page = await openRoom();
  await panels(page).getByRole('button', { name: 'Call' }).click();
  await page.getByRole('button', { name: /camera/i }).click();
  await page.locator('.call-preview video').waitFor();
  for (const size of turns) {
    await page.setViewportSize(size);
    const isMoving =
      "[...document.querySelectorAll('.call-preview video')].some((video) => !video.paused && video.videoWidth > 0)";
    await until('the picture', () => page.evaluate(isMoving));
  }
  expect(await page.evaluate('asked')).toBe(1);
  await page.context().close();
}, 60_000);

it('WEB-171 on paper there is the whole file in view and nothing else, dark or light', async () => {
  const page = await openRoom();
  const lines = Array.from({ length: 400 }, (_, index) => `line_${index + 1}`);
  await page.getByRole('textbox', { name: 'Code editor' }).click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(lines.join('\n'));
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  await until('all lines', async () => (await page.locator('.cm-line').count()) === lines.length);
  expect(await page.evaluate("getComputedStyle(document.querySelector('.cm-editor')).backgroundColor")).toBe(
    'rgb(255, 255, 255)',
  );
  for (const part of ['.room-bar', '.side-panes', '.panel-rail', '.status-bar']) {
    expect(await page.locator(part).isVisible(), part).toBe(false);
  }
  expect(await page.evaluate('document.documentElement.scrollHeight > 400 * 20')).toBe(true);
  await page.context().close();
}, 60_000);

it('WEB-172 with the colours of the system alone, what is open and where one is can be told', async () => {
  const page = await openRoom();
  await page.emulateMedia({ forcedColors: 'active' });
  await panels(page).getByRole('button', { name: 'Chat' }).click();
  const frame = (what: string) =>
    page.evaluate(`getComputedStyle(document.querySelector(${JSON.stringify(what)})).outlineStyle`);
  for (const what of [
    '[data-panel="chat"][aria-expanded="true"]',
    '.side-tab[aria-current]',
    '.file-tab[data-active="true"]',
  ]) {
    expect(await frame(what), what).toBe('solid');
  }
  expect(await frame('[data-panel="runs"]')).toBe('none');
  await page.context().close();
}, 60_000);
