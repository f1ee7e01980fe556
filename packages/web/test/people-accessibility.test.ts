import type { SignIn } from '@coderoom/protocol';
import { launchBrowser, request, type ServerProcess, startServer } from '@coderoom/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectFitForFingers, hasFocus, looks, narrow, tabTo, violations, wide } from './page-checks.ts';

let browser: Browser;
let server: ServerProcess;
let world: World;

/** Ana, who has all that there is to be seen: rooms, a friend, somebody who asks, an invitation, a username. */
interface World {
  ana: SignIn;
  ben: SignIn;
  /** A room of Ana's, public, with a password. */
  locked: string;
  /** A room of Ben's in which one has to be let in. */
  lobby: string;
}

const password = 'seven quiet otters';
const longName = 'Maximiliane-Charlotte von der Langenhorst';

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()]);
  world = await makeWorld();
}, 60_000);

afterAll(async () => {
  await browser.close();
  await server.stop();
});

async function ask<T>(path: string, options: { method?: string; token?: string; body?: unknown }): Promise<T> {
  const answer = await request(server.url, `/api/v2/${path}`, options);
  if (answer.status >= 400) throw new Error(`${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body as T;
}

async function makeWorld(): Promise<World> {
  const register = (name: string, email: string) =>
    ask<SignIn>('auth/register', { body: { name: name.slice(0, 40), email, password } });
  const [ana, ben, cy] = [
    await register('Ana Torres', 'ana@example.org'),
    await register('Ben Okafor', 'ben@example.org'),
    await register(longName, 'cy@example.org'),
  ];
  for (const { accessToken } of [ben, cy]) {
    await ask('friends', { token: accessToken, body: { accountId: ana.account.id } });
  }
  await ask(`friends/${ben.account.id}/accept`, { method: 'POST', token: ana.accessToken });
  const make = async (token: string, body: object) =>
    (await ask<{ room: { id: string; code: string } }>('rooms', { token, body })).room;
  const title = 'A room with a title that is long enough to need more than one line on every telephone there is';
  const locked = await make(ana.accessToken, { title, visibility: 'public', password: 'sesame', description: title });
  await ask(`rooms/${locked.id}`, { method: 'PATCH', token: ana.accessToken, body: { capacity: 10 } });
  await ask(`rooms/${locked.id}/join`, { body: { name: longName.slice(0, 40), password: 'sesame' } });
  const lobby = await make(ben.accessToken, { title: 'Ask at the door', lobby: true, visibility: 'private' });
  await ask(`rooms/${lobby.id}/invitations`, { token: ben.accessToken, body: { accountId: ana.account.id } });
  return { ana, ben, locked: locked.code, lobby: lobby.code };
}

async function openPage(options: { viewport: typeof wide; colorScheme: 'light' | 'dark' }): Promise<Page> {
  const context = await browser.newContext({ ...options, reducedMotion: 'reduce' });
  context.setDefaultTimeout(15_000);
  return await context.newPage();
}

async function signIn(page: Page): Promise<void> {
  await page.goto(`${server.url}/app/sign-in`);
  await page.getByLabel('E-mail').fill('ana@example.org');
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /^Your account/ }).waitFor();
}

/** Every page there is, each shown to `look` once its content has come. */
async function walk(page: Page, guest: Page, look: (page: Page) => Promise<void>): Promise<void> {
  const open = async (on: Page, path: string, shows: string | RegExp) => {
    await on.goto(server.url + path);
    await on.getByText(shows).first().waitFor();
    await look(on);
  };
  await open(guest, '/app/sign-in', 'Create an account');
  await guest.getByRole('button', { name: 'Sign in' }).click();
  await guest.getByText('Enter your e-mail address.').waitFor();
  await look(guest);
  await open(guest, '/app/sign-up', 'At least 8 characters');
  await open(guest, '/app/rooms', 'With an account your rooms are here');
  await open(guest, '/app/public-rooms', 'Ana Torres');
  await open(guest, `/r/${world.locked}`, 'This room has a password');
  await open(guest, `/r/${world.lobby}`, 'Waiting to be let in');

  await signIn(page);
  await page.getByText('Invitations').waitFor();
  await page.getByRole('link', { name: /^A room with a title/ }).waitFor();
  await look(page);
  await page.getByRole('button', { name: /^Your account/ }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  await look(page);
  await open(page, '/app/rooms', 'yours');
  await page.getByRole('button', { name: 'New room' }).click();
  await page.getByRole('dialog', { name: 'New room' }).waitFor();
  await look(page);
  await open(page, '/app/friends', 'They want to be your friends');
  await page.getByLabel('Name or e-mail').fill('Ben');
  await page.getByRole('list', { name: 'People found' }).waitFor();
  await look(page);
  await page.getByRole('button', { name: 'Remove Ben Okafor' }).click();
  await page.getByRole('dialog', { name: 'End the friendship with Ben Okafor?' }).waitFor();
  await look(page);
  await open(page, `/app/people/${world.ben.account.id}`, /Your friend/);
  await open(page, `/app/people/${world.ana.account.id}`, 'That is you, as others see you.');
  await open(page, '/app/people/nobody', 'There is no such person');
  await open(page, '/app/account', 'this device');
  await page.getByRole('button', { name: 'Show what happened' }).click();
  await page.getByRole('list', { name: 'Security log' }).waitFor();
  await look(page);
  await page.getByRole('button', { name: 'Delete the account …' }).click();
  await page.getByRole('dialog', { name: 'Delete your account?' }).waitFor();
  await look(page);

  await page.goto(`${server.url}/r/${world.locked}`);
  await page.getByText('Connected', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Invite' }).click();
  await page.getByRole('button', { name: 'Invite Ben Okafor' }).waitFor();
  await look(page);
  await page.keyboard.press('Escape');
  const more = page.getByRole('button', { name: 'More', exact: true });
  if (await more.isVisible()) await more.click();
  await page.getByRole('button', { name: 'People', exact: true }).click();
  await page.getByRole('button', { name: 'Not here right now' }).click();
  await page.getByRole('button', { name: /^More about Maximiliane/ }).click();
  await look(page);
  await page.getByRole('button', { name: 'Ban', exact: true }).click();
  await look(page);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Room menu' }).click();
  await page.getByRole('button', { name: 'Room settings' }).click();
  await page.getByRole('dialog', { name: 'Room settings' }).waitFor();
  await page.getByRole('button', { name: 'Change the password' }).click();
  await page.getByRole('button', { name: 'What happened here' }).click();
  await page.getByRole('list', { name: 'What happened here' }).waitFor();
  await look(page);
}

describe.each(looks)('at $viewport.width px, $colorScheme', (options) => {
  it('WEB-13 no page about people has what axe objects to', async () => {
    const [page, guest] = [await openPage(options), await openPage(options)];
    await walk(page, guest, async (shown) => expect(await violations(shown)).toEqual([]));
    await page.context().close();
    await guest.context().close();
  }, 120_000);
});

it('WEB-14 the pages about people fit a phone and a finger, down to 360 px', async () => {
  const options = { viewport: { ...narrow, width: 360 }, colorScheme: 'light' } as const;
  const [page, guest] = [await openPage(options), await openPage(options)];
  await walk(page, guest, expectFitForFingers);
  await page.context().close();
  await guest.context().close();
}, 120_000);

it('WEB-33 signing up, a room with a lobby, letting in, roles, settings and signing out go by keyboard alone', async () => {
  const options = { viewport: wide, colorScheme: 'light' } as const;
  const [page, guest] = [await openPage(options), await openPage(options)];
  const { keyboard } = page;
  const press = async (...keys: string[]) => {
    for (const key of keys) await keyboard.press(key);
  };
  const enterOn = async (role: 'button' | 'link', name: string | RegExp, key: 'Tab' | 'Shift+Tab' = 'Tab') => {
    await tabTo(page, page.getByRole(role, { name }), key);
    await press('Enter');
  };
  await page.goto(server.url);
  await enterOn('link', 'Sign in');
  await enterOn('link', 'Create an account');
  await tabTo(page, page.getByLabel('Name'));
  await keyboard.type('Kay Board');
  await press('Tab');
  await keyboard.type('kay@example.org');
  await press('Tab');
  await keyboard.type(password);
  await press('Enter');
  await enterOn('button', 'Your account: Kay Board');
  await enterOn('link', 'My rooms');
  await page.getByRole('heading', { name: 'My rooms' }).waitFor();
  await enterOn('button', 'New room');
  await keyboard.type('By keyboard');
  await tabTo(page, page.getByRole('radio', { name: 'Unlisted' }));
  await press('ArrowDown');
  await tabTo(page, page.getByRole('checkbox', { name: 'Lobby' }));
  await press('Space');
  await enterOn('button', 'Make the room');
  await page.getByText('All changes saved').waitFor();

  await guest.goto(page.url());
  await guest.getByText('Waiting to be let in').waitFor();
  const name = (await guest.getByText(/^You are here as/).textContent())?.replace('You are here as ', '') ?? '';
  // Out of the editor, back to the bar.
  await press('Escape', 'Shift+Tab');
  await enterOn('button', /^People:.*1 waiting to come in/, 'Shift+Tab');
  await enterOn('button', `Let in ${name}`);
  await guest.getByText('All changes saved').waitFor();
  const role = page.getByRole('combobox', { name: `Role of ${name}` });
  await tabTo(page, role);
  await press('v');
  await guest.getByText('You are a viewer here').waitFor();
  await enterOn('button', `More about ${name}`);
  await enterOn('button', 'Ban');
  // Asked once more, and safe: the focus is on what changes nothing.
  expect(await hasFocus(page.getByRole('button', { name: 'Cancel' }))).toBe(true);
  await press('Enter');
  expect(await hasFocus(page.getByRole('button', { name: 'Ban', exact: true }))).toBe(true);
  await press('Escape');
  expect(await hasFocus(page.getByRole('button', { name: /^People: 2 here/ }))).toBe(true);

  await enterOn('button', 'Room menu');
  await enterOn('button', 'Room settings');
  const settings = page.getByRole('dialog', { name: 'Room settings' });
  await settings.waitFor();
  await tabTo(page, settings.getByRole('checkbox', { name: 'Lobby' }));
  await press('Space');
  await enterOn('button', 'Save');
  await settings.waitFor({ state: 'detached' });
  expect(await hasFocus(page.getByRole('button', { name: 'Room menu' }))).toBe(true);
  await enterOn('link', 'Coderoom start page', 'Shift+Tab');
  await enterOn('button', 'Your account: Kay Board');
  await enterOn('button', 'Sign out');
  await page.getByRole('link', { name: 'Sign in' }).waitFor();
  await page.context().close();
  await guest.context().close();
}, 120_000);
