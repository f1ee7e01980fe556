import { createRoom, launchBrowser, type ServerProcess, startServer, until } from '@coderoom/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { qrPath } from '../src/features/rooms/qr-path.ts';
import { hasFocus, violations } from '../test/page-checks.ts';

let browser: Browser;
let other: Browser;
let server: ServerProcess;

beforeAll(async () => {
  [browser, other, server] = await Promise.all([launchBrowser(), launchBrowser(), startServer()]);
}, 60_000);

afterAll(async () => {
  await Promise.all([browser.close(), other.close()]);
  await server.stop();
});

const password = 'seven quiet otters';
const editor = (page: Page) => page.getByRole('textbox', { name: 'Code editor' });
const text = async (page: Page) => (await page.locator('.cm-line').allTextContents()).join('\n');
const saved = (page: Page) => page.getByText('All changes saved').waitFor();
const heading = (page: Page, name: string) => page.getByRole('heading', { name, exact: true }).waitFor();
const toast = (page: Page, said: string) => page.locator('.toast', { hasText: said }).waitFor();

/** A browser profile of its own, for somebody or for another device of theirs. */
async function openPage(from: Browser = browser): Promise<Page> {
  const context = await from.newContext({ viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(15_000);
  return await context.newPage();
}

async function signUp(name: string, from?: Browser): Promise<Page> {
  const page = await openPage(from);
  await page.goto(`${server.url}/app/sign-up`);
  await fillSignUp(page, name);
  return page;
}

async function fillSignUp(page: Page, name: string): Promise<void> {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('E-mail').fill(emailOf(name));
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Create the account' }).click();
  await page.getByRole('button', { name: `Your account: ${name}` }).waitFor();
}

async function signIn(page: Page, name: string): Promise<void> {
  await page.goto(`${server.url}/app/sign-in`);
  await page.getByLabel('E-mail').fill(emailOf(name));
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: `Your account: ${name}` }).waitFor();
}

const emailOf = (name: string) => `${name.toLowerCase().replaceAll(' ', '.')}@example.org`;

/** Makes a room by the dialog of “My rooms”. Returns its address. */
async function makeRoom(page: Page, title: string, choose: (page: Page) => Promise<void>): Promise<string> {
  await page.goto(`${server.url}/app/rooms`);
  await page.getByRole('button', { name: 'New room' }).click();
  await page.getByLabel('Title').fill(title);
  await choose(page);
  await page.getByRole('button', { name: 'Make the room' }).click();
  await saved(page);
  return page.url();
}

async function typeAtEnd(page: Page, typed: string): Promise<void> {
  await editor(page).click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type(typed);
}

const close = (...pages: Page[]) => Promise.all(pages.map((page) => page.context().close()));

describe('a private room with a lobby', () => {
  it('WEB-32 a guest knocks, is let in, made a viewer and an editor again, and is removed, each with effect at once', async () => {
    const ana = await signUp('Ana Torres');
    const link = await makeRoom(ana, 'Binary search', async () => {
      await ana.getByRole('radio', { name: 'Private' }).check();
      await ana.getByRole('checkbox', { name: 'Lobby' }).check();
    });

    const ben = await openPage(other);
    await ben.goto(link);
    await heading(ben, 'Waiting to be let in');
    await ben.getByLabel('Your name').fill('Ben');
    await ben.keyboard.press('Enter');
    await ben.getByText('You are here as Ben').waitFor();
    await toast(ana, 'Ben asks to join');
    await ana.getByRole('button', { name: /^People:.*1 waiting to come in/ }).click();
    await ana.getByRole('button', { name: 'Let in Ben' }).click();
    await saved(ben);
    await typeAtEnd(ben, '# from ben');
    await until('Ben’s words at Ana’s', async () => (await text(ana)).endsWith('# from ben'));

    const before = await text(ana);
    const role = ana.getByRole('combobox', { name: 'Role of Ben' });
    await role.selectOption('viewer');
    await ben.getByText('You are a viewer here').waitFor();
    await typeAtEnd(ben, 'no');
    expect(await text(ben)).toBe(before);
    await role.selectOption('editor');
    await saved(ben);
    await typeAtEnd(ben, ', again');
    await until('Ben’s words at Ana’s', async () => (await text(ana)) === `${before}, again`);

    await ana.getByRole('button', { name: 'More about Ben' }).click();
    await ana.getByRole('button', { name: 'Remove' }).click();
    await ana.getByRole('button', { name: 'Remove Ben' }).click();
    await heading(ben, 'You are no longer in this room');
    // The door is where it was.
    await ben.getByRole('button', { name: 'Join again' }).click();
    await heading(ben, 'Waiting to be let in');
    await toast(ana, 'Ben asks to join');
    await ben.getByRole('button', { name: 'Stop waiting' }).click();
    await ana.getByRole('button', { name: 'Let in Ben' }).waitFor({ state: 'detached' });
    await close(ana, ben);
  }, 90_000);

  it('WEB-32 a room that has not started holds its guests back until it does, and may be handed over', async () => {
    const ana = await signUp('Ana Later');
    const link = await makeRoom(ana, 'Interview', (page) =>
      page.getByRole('checkbox', { name: 'Start later' }).check(),
    );
    const ben = await openPage(other);
    await ben.goto(link);
    await heading(ben, 'The room has not started yet');
    await ana.getByText('This room has not started, and somebody waits.').waitFor();
    await ana.getByRole('button', { name: 'Start the room' }).click();
    await saved(ben);

    await ana.getByRole('button', { name: /^People: 2 here/ }).click();
    await ana.getByRole('button', { name: /^More about/ }).click();
    await ana.getByRole('button', { name: 'Make owner' }).click();
    await ana.getByRole('button', { name: /^Hand over to/ }).click();
    await toast(ben, 'This room is yours now');
    await ben.getByRole('button', { name: 'Room menu' }).click();
    await ben.getByRole('button', { name: 'Room settings' }).waitFor();
    await ana.getByRole('button', { name: 'Room menu' }).waitFor({ state: 'detached' });
    await close(ana, ben);
  }, 90_000);

  it('WEB-32 a password is asked for, a wrong one is told at its field, and who is banned stays out', async () => {
    const ana = await signUp('Ana Secret');
    const link = await makeRoom(ana, 'Behind a door', (page) => page.getByLabel('Password (optional)').fill('sesame'));
    const ben = await signUp('Ben Secret', other);
    await ben.goto(link);
    await heading(ben, 'This room has a password');
    await ben.keyboard.type('open');
    await ben.keyboard.press('Enter');
    await ben.getByText('That is not the password of this room.').waitFor();
    await ben.getByRole('textbox', { name: 'Password of the room' }).fill('sesame');
    await ben.keyboard.press('Enter');
    await saved(ben);

    await ana.getByRole('button', { name: /^People: 2 here/ }).click();
    await ana.getByRole('button', { name: 'More about Ben Secret' }).click();
    await ana.getByRole('button', { name: 'Ban' }).click();
    await ana.getByRole('button', { name: 'Ban Ben Secret' }).click();
    await heading(ben, 'You are no longer in this room');
    await ben.getByRole('button', { name: 'Join again' }).click();
    await heading(ben, 'You cannot come into this room');
    await close(ana, ben);
  }, 90_000);
});

describe('friends', () => {
  it('WEB-29 are asked, accept, are seen, and open an invitation from wherever they are', async () => {
    const ana = await signUp('Ana Friend');
    const ben = await signUp('Ben Friend', other);
    await ben.goto(`${server.url}/app/public-rooms`);
    await ben.getByRole('button', { name: /^Your account/ }).waitFor();
    await ana.goto(`${server.url}/app/friends`);
    await ana.getByLabel('Name or e-mail').fill('Ben Fr');
    await ana.getByRole('button', { name: 'Add as friend Ben Friend' }).click();
    await ana.getByRole('list', { name: 'Requests of yours' }).getByRole('link', { name: 'Ben Friend' }).waitFor();

    await toast(ben, 'Ana Friend wants to be your friend');
    await ben.locator('.toast').getByRole('button', { name: 'See' }).click();
    await ben.getByRole('button', { name: 'Accept Ana Friend' }).click();
    const friends = (page: Page) => page.getByRole('list', { name: 'Your friends' });
    await friends(ben).getByText('here now').waitFor();
    await toast(ana, 'Ben Friend and you are friends now');
    await friends(ana).getByText('here now').waitFor();

    await makeRoom(ana, 'For friends', (page) => page.getByRole('radio', { name: 'Private' }).check());
    await ana.getByRole('button', { name: 'Invite' }).click();
    await ana.getByRole('button', { name: 'Invite Ben Friend' }).click();
    await toast(ben, 'Ana Friend invites you to “For friends”');
    await ben.locator('.toast').getByRole('button', { name: 'Open' }).click();
    await saved(ben);
    expect(ben.url()).toBe(ana.url());
    await ana.getByText('in this room').waitFor();

    // Gone from the list when they have left.
    await close(ben);
    await ana.goto(`${server.url}/app/friends`);
    await friends(ana).getByText('not here').waitFor();
    await close(ana);
  }, 90_000);

  it('WEB-29 a guest of a private room without a lobby is told what it takes', async () => {
    const ana = await signUp('Ana Private');
    const link = await makeRoom(ana, 'Only by invitation', (page) =>
      page.getByRole('radio', { name: 'Private' }).check(),
    );
    const guest = await openPage(other);
    await guest.goto(link);
    await heading(guest, 'This room is private');
    await guest.getByRole('main').getByRole('link', { name: 'Sign in' }).waitFor();
    await close(ana, guest);
  }, 60_000);
});

describe('sessions', () => {
  it('WEB-25 signing out a device elsewhere is told over what is being done there, and signing in goes on with every edit', async () => {
    const phone = await signUp('Ana Devices');
    let isCut = false;
    const hangUps = new Set<() => Promise<void>>();
    await phone.routeWebSocket(/\/collab\//, (socket) => {
      if (isCut) void socket.close({ code: 4000 });
      else {
        socket.connectToServer();
        hangUps.add(() => socket.close({ code: 4000 }));
      }
    });
    await makeRoom(phone, 'On two devices', async () => {});
    const link = phone.url();
    isCut = true;
    await Promise.all([...hangUps].map((hangUp) => hangUp()));
    await typeAtEnd(phone, '# not yet saved');
    await phone.getByText('15 edits not yet saved').waitFor();

    const laptop = await openPage(other);
    await signIn(laptop, 'Ana Devices');
    await laptop.goto(`${server.url}/app/account`);
    await laptop
      .getByRole('list', { name: 'Sessions' })
      .getByRole('button', { name: /^Sign out/ })
      .click();
    await toast(laptop, 'Signed out');

    const question = phone.getByRole('dialog', { name: 'You have been signed out' });
    await question.waitFor();
    isCut = false;
    await question.getByRole('textbox', { name: 'Password' }).fill(password);
    await question.getByRole('button', { name: 'Sign in' }).click();
    await question.waitFor({ state: 'detached' });
    await saved(phone);
    await laptop.goto(link);
    await until('the edits', async () => (await text(laptop)).endsWith('# not yet saved'));
    // Still the same member, and the owner.
    await phone.getByRole('button', { name: 'Room menu' }).waitFor();
    await close(phone, laptop);
  }, 90_000);

  it('WEB-22 WEB-23 a reload and a second tab are signed in, a sign-out holds for both, and back leads to nothing of theirs', async () => {
    const first = await signUp('Ana Tabs');
    await first.reload();
    const corner = (page: Page) => page.getByRole('button', { name: 'Your account: Ana Tabs' });
    await corner(first).waitFor();
    const second = await first.context().newPage();
    await second.goto(`${server.url}/app/friends`);
    await heading(second, 'Your friends');
    await corner(first).click();
    await first.getByRole('button', { name: 'Sign out' }).click();
    await toast(first, 'You are signed out');
    await second.getByText('With an account you can have friends').waitFor();
    await second.reload();
    await second.getByText('With an account you can have friends').waitFor();
    await close(first);
  }, 60_000);

  it('WEB-24 WEB-31 a guest who signs up is back in the room and keeps it; after signing out, the browser forgets it', async () => {
    const page = await openPage();
    await page.goto(server.url);
    await page.getByRole('button', { name: 'New room' }).click();
    await saved(page);
    const link = page.url();
    await page.getByRole('button', { name: /^People:/ }).click();
    await page.getByRole('link', { name: 'Sign in' }).click();
    await page.getByRole('link', { name: 'Create an account' }).click();
    await page.getByLabel('Name').fill('Ana Guest');
    await page.getByLabel('E-mail').fill(emailOf('Ana Guest'));
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.keyboard.press('Enter');
    await page.waitForURL(link);
    await toast(page, 'Your room is kept in your account now');
    await saved(page);
    await page.getByRole('button', { name: 'Room menu' }).waitFor();

    const elsewhere = await openPage(other);
    await signIn(elsewhere, 'Ana Guest');
    await elsewhere.goto(`${server.url}/app/rooms`);
    await elsewhere.getByRole('list', { name: 'My rooms' }).getByRole('link').click();
    await saved(elsewhere);
    expect(elsewhere.url()).toBe(link);
    await elsewhere.getByRole('button', { name: 'Room menu' }).waitFor();

    await page.goto(server.url);
    await page.getByRole('button', { name: /^Your account/ }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('Rooms you open are listed here, in this browser only.').waitFor();
    await close(page, elsewhere);
  }, 90_000);
});

it('WEB-176 shows the room’s link as a QR code, which is loaded when it is asked for', async () => {
  const page = await openPage();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  const { room } = await createRoom(server.url);
  await page.goto(`${server.url}/r/${room.code}`);
  await saved(page);
  await page.getByRole('button', { name: 'Invite' }).click();
  const code = page.getByRole('img', { name: 'QR code of the link to this room' });
  await page.getByRole('button', { name: 'Show a QR code' }).waitFor();
  expect(asked.filter((url) => url.includes('qr-code'))).toEqual([]);
  await page.getByRole('button', { name: 'Show a QR code' }).click();
  await code.waitFor();
  const { side, path } = qrPath(page.url());
  expect([await code.getAttribute('viewBox'), await code.locator('path').getAttribute('d')]).toEqual([
    `0 0 ${side} ${side}`,
    path,
  ]);
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Hide the QR code' }).click();
  await code.waitFor({ state: 'detached' });
  await close(page);
}, 60_000);

describe('a form', () => {
  const problems = (page: Page) => page.getByRole('alert').allInnerTexts();
  const wrongEmail = 'That is not an e-mail address: it looks like name@example.org.';

  it('WEB-175 says all that is wrong at once, at its fields, and each only as long as its field is not changed', async () => {
    const page = await openPage();
    await page.goto(`${server.url}/app/sign-up`);
    await page.getByLabel('E-mail').fill('nobody');
    await page.getByLabel('Password', { exact: true }).fill('short');
    await page.keyboard.press('Enter');
    await until('both', async () => (await problems(page)).length === 2);
    expect(await problems(page)).toEqual([wrongEmail, 'Use at least 8 characters.']);
    expect(await hasFocus(page.getByLabel('E-mail'))).toBe(true);
    await page.getByLabel('E-mail').fill('nobody@example.org');
    await until('the other', async () => (await problems(page)).length === 1);
    expect(await page.getByLabel('E-mail').getAttribute('aria-invalid')).toBe('false');
    expect(await page.getByLabel('Password', { exact: true }).getAttribute('aria-invalid')).toBe('true');

    // What the server refuses may be wrong in either field.
    await page.goto(`${server.url}/app/sign-in`);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await until('both', async () => (await problems(page)).length === 2);
    await page.getByLabel('E-mail').fill('nobody@example.org');
    await page.getByLabel('Password', { exact: true }).fill('not this one');
    await page.keyboard.press('Enter');
    await page.getByText('E-mail or password is wrong.').waitFor();
    await page.getByLabel('E-mail').fill('somebody@example.org');
    await until('none', async () => (await problems(page)).length === 0);
    await close(page);
  }, 60_000);
});
