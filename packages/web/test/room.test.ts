import { createRoom, launchBrowser, request, type ServerProcess, startServer, until } from '@coderoom/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let browser: Browser;
let server: ServerProcess;

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()]);
}, 60_000);

afterAll(async () => {
  await browser.close();
  await server.stop();
});

/** Each in a browser profile of their own. */
async function openPage(): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(15_000);
  return await context.newPage();
}

const editor = (page: Page) => page.getByRole('textbox', { name: 'Code editor' });
const text = async (page: Page) => (await page.locator('.cm-line').allTextContents()).join('\n');
const heading = (page: Page, name: string) => page.getByRole('heading', { name }).waitFor();

async function openRoom(page: Page, code: string): Promise<void> {
  await page.goto(`${server.url}/r/${code}`);
  await page.getByText('Connected', { exact: true }).waitFor();
  await page.getByText('All changes saved').waitFor();
}

/** The owner's page and a guest's, both in a new room. */
async function openTwo() {
  const ana = await openPage();
  await ana.goto(server.url);
  await ana.getByRole('button', { name: 'New room' }).click();
  await ana.getByText('All changes saved').waitFor();
  const code = ana.url().split('/').at(-1) ?? '';
  const ben = await openPage();
  await openRoom(ben, code);
  const close = () => Promise.all([ana, ben].map((page) => page.context().close()));
  return { ana, ben, code, close };
}

async function typeAt(page: Page, place: 'Control+Home' | 'Control+End', typed: string): Promise<void> {
  await editor(page).click();
  await page.keyboard.press(place);
  await page.keyboard.type(typed);
}

describe('coming and going', () => {
  it('WEB-5 comes back after the server has turned the events away for a moment', async () => {
    const { room } = await createRoom(server.url);
    const page = await openPage();
    let refusals = 0;
    await page.routeWebSocket(/\/socket\.io\//, (socket) => {
      socket.connectToServer().onMessage((message) => {
        const isAdmission = String(message).startsWith('40{');
        if (isAdmission) refusals++;
        const refusal = { message: 'later', data: { code: 'storage_unavailable', message: 'later' } };
        socket.send(isAdmission && refusals <= 2 ? `44${JSON.stringify(refusal)}` : message);
      });
    });
    await openRoom(page, room.code);
    expect(refusals).toBe(3);
    await page.context().close();
  });

  it('WEB-21 a room that was left before it let one in is not entered afterwards', async () => {
    const { room } = await createRoom(server.url);
    const page = await openPage();
    await page.goto(server.url);
    const sockets: string[] = [];
    page.on('websocket', (socket) => sockets.push(socket.url()));
    const held = Promise.withResolvers<void>();
    await page.route('**/join', async (route) => {
      await held.promise;
      await route.continue();
    });
    await page.getByRole('textbox', { name: 'Join with a code or link' }).fill(room.code);
    const asked = page.waitForRequest('**/join');
    await page.keyboard.press('Enter');
    await asked;
    await page.goBack();
    await page.getByRole('button', { name: 'New room' }).waitFor();
    held.resolve();
    // Being let in puts the room on the list.
    await page.getByRole('link', { name: room.title }).waitFor();
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
    expect(sockets).toEqual([]);
    await page.context().close();
  });
});

describe('two people in one text', () => {
  it('WEB-17 undo takes back what one did oneself, and nothing else', async () => {
    const { ana, ben, close } = await openTwo();
    await typeAt(ana, 'Control+Home', '# ana ');
    await typeAt(ben, 'Control+End', '# ben ');
    await until('Ben’s words at Ana’s', async () => (await text(ana)).includes('# ben '));
    await editor(ana).click();
    await ana.keyboard.press('Control+z');
    await until('Ana’s words gone', async () => !(await text(ben)).includes('# ana '));
    expect(await text(ben)).toContain('# ben ');
    await ana.keyboard.press('Control+y');
    await until('Ana’s words back', async () => (await text(ben)).includes('# ana '));
    await close();
  }, 60_000);

  it('WEB-18 somebody’s caret on the empty last line leaves one’s own where it is', async () => {
    const { ana, ben, close } = await openTwo();
    await editor(ana).click();
    await ana.keyboard.press('Control+a');
    await ana.keyboard.type('one\ntwo\n');
    await until('the text at Ben’s', async () => (await text(ben)) === 'one\ntwo\n');
    await editor(ben).click();
    await ben.keyboard.press('Control+End');
    await ana.locator('.cm-ySelectionCaret').waitFor({ state: 'attached' });
    await editor(ana).click();
    await ana.keyboard.press('Control+End');
    await ana.keyboard.type('three');
    expect(await text(ana)).toBe('one\ntwo\nthree');
    await close();
  }, 60_000);
});

describe('what the server says', () => {
  it('WEB-19 becomes a page with a next step: no room, full, removed, deleted', async () => {
    const { ana, ben, close } = await openTwo();
    const guest = await openPage();
    await guest.goto(`${server.url}/r/none-such`);
    await heading(guest, 'There is no such room');
    const full = await createRoom(server.url, { capacity: 1 });
    await guest.goto(`${server.url}/r/${full.room.code}`);
    await heading(guest, 'This room is full');
    await guest.getByRole('button', { name: 'Try again' }).waitFor();

    await ana.getByRole('button', { name: /^People:/ }).click();
    await ana.getByRole('button', { name: /^More about/ }).click();
    await ana.getByRole('button', { name: 'Remove', exact: true }).click();
    await ana.getByRole('button', { name: /^Remove / }).click();
    await heading(ben, 'You are no longer in this room');
    await ben.getByRole('button', { name: 'Join again' }).click();
    await ben.getByText('All changes saved').waitFor();

    await ana.keyboard.press('Escape');
    await ana.getByRole('button', { name: 'Room menu' }).click();
    await ana.getByRole('button', { name: 'Delete room' }).click();
    await ana.getByRole('button', { name: 'Delete the room' }).click();
    await heading(ben, 'This room has been deleted');
    await guest.context().close();
    await close();
  }, 90_000);

  it('WEB-19 makes the editor read-only for viewers and in a room that has ended, and nothing typed gets in', async () => {
    const { ana, ben, close } = await openTwo();
    const before = await text(ana);
    await ana.getByRole('button', { name: /^People:/ }).click();
    await ana.getByRole('combobox', { name: /^Role of/ }).selectOption('viewer');
    await ben.getByText('You are a viewer here').waitFor();
    await typeAt(ben, 'Control+End', 'no');
    expect(await text(ben)).toBe(before);
    await ana.getByRole('combobox', { name: /^Role of/ }).selectOption('editor');
    await ben.getByText('All changes saved').waitFor();
    await typeAt(ben, 'Control+End', '# yes');
    await until('what an editor typed', async () => (await text(ana)) === `${before}# yes`);

    await ana.keyboard.press('Escape');
    await ana.getByRole('button', { name: 'Room menu' }).click();
    await ana.getByRole('button', { name: 'End room' }).click();
    await ana.getByRole('button', { name: 'End the room' }).click();
    await ben.getByText('This room has ended').first().waitFor();
    await ben.getByText('Nothing was run in this room.').waitFor();
    await typeAt(ben, 'Control+End', 'no');
    expect(await text(ben)).toBe(`${before}# yes`);
    await close();
  }, 90_000);
});

describe('a connection that breaks', () => {
  /** Lets a test cut the document's connection, as a network does. */
  async function openBreakable() {
    const page = await openPage();
    let isCut = false;
    const open = new Set<() => Promise<void>>();
    await page.routeWebSocket(/\/collab\//, (socket) => {
      const hangUp = () => socket.close({ code: 4000 });
      if (isCut) {
        void hangUp();
        return;
      }
      socket.connectToServer();
      open.add(hangUp);
    });
    const cut = async () => {
      isCut = true;
      await Promise.all([...open].map((hangUp) => hangUp()));
    };
    const mend = () => {
      isCut = false;
    };
    return { page, cut, mend };
  }

  it('WEB-4 edits are sent also when one has left the room’s page before the connection was back', async () => {
    const { room } = await createRoom(server.url, {});
    const { page, cut, mend } = await openBreakable();
    await openRoom(page, room.code);
    await cut();
    await typeAt(page, 'Control+End', '# typed while cut');
    await page.getByText('17 edits not yet saved').waitFor();
    await page.getByRole('link', { name: 'Coderoom start page' }).click();
    await page.getByRole('button', { name: 'New room' }).waitFor();
    mend();
    const other = await openPage();
    await openRoom(other, room.code);
    await until('the edits', async () => (await text(other)).endsWith('# typed while cut'), { timeoutMs: 20_000 });
    await page.context().close();
    await other.context().close();
  }, 60_000);

  it('WEB-20 edits that can no longer be saved are offered to be copied', async () => {
    const { room, token } = await createRoom(server.url, {});
    const { page, cut } = await openBreakable();
    await openRoom(page, room.code);
    await cut();
    await typeAt(page, 'Control+End', '# mine');
    await page.getByText('6 edits not yet saved').waitFor();
    const answer = await request(server.url, `/api/v2/rooms/${room.code}`, { method: 'DELETE', token });
    expect(answer.status).toBe(204);
    await heading(page, 'This room has been deleted');
    expect(await page.getByRole('textbox', { name: 'Your text' }).inputValue()).toContain('# mine');
    await page.context().close();
  }, 60_000);
});

it('WEB-16 a link to a room is text that can be typed in within 1.5 s', async () => {
  const { room } = await createRoom(server.url, {});
  const times: number[] = [];
  for (let attempt = 0; attempt < 3; attempt++) {
    const page = await openPage();
    await page.goto(`${server.url}/r/${room.code}`, { waitUntil: 'commit' });
    await page.locator('.cm-content[aria-readonly="false"]', { hasText: 'print' }).waitFor();
    times.push((await page.evaluate('performance.now()')) as number);
    await page.context().close();
  }
  console.log(`link to editable text, in ms: ${times.map(Math.round).join(', ')}`);
  expect(Math.min(...times)).toBeLessThan(1_500);
}, 60_000);
