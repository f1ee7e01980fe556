import { launchBrowser, type ServerProcess, startServer } from '@coderoom/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startProvider, type TestProvider } from '../../server/test/oidc-provider.ts';
import { openProfileServices, type ProfileServices } from '../../server/test/profile-services.ts';

let browser: Browser;
let provider: TestProvider;
let services: ProfileServices;
let server: ServerProcess;

beforeAll(async () => {
  [browser, provider, services] = await Promise.all([launchBrowser(), startProvider(), openProfileServices()]);
  const { issuer, clientId, clientSecret } = provider;
  server = await startServer({
    env: { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret, ...services.env },
  });
  const people = { ana: { email: 'ana@example.org', email_verified: true, name: 'Ana Torres' } };
  provider.open({ redirectUri: `${server.url}/api/v2/auth/oidc/callback`, people });
}, 60_000);

afterAll(async () => {
  await browser.close();
  await server.stop();
  await provider[Symbol.asyncDispose]();
  await services[Symbol.asyncDispose]();
});

async function openPage(): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(15_000);
  return await context.newPage();
}

const issuerButton = (page: Page) => page.getByRole('link', { name: /^Continue with/ });
const corner = (page: Page) => page.getByRole('button', { name: 'Your account: Ana Torres' });

/** Fills in the provider's pages. */
async function passProvider(page: Page): Promise<void> {
  await page.locator('input[name=login]').fill('ana');
  await page.locator('input[name=password]').fill('any');
  await page.getByRole('button', { name: /sign-in/i }).click();
  await page.getByRole('button', { name: /continue/i }).click();
}

describe('a server with an issuer', () => {
  it('WEB-34 signs in at the issuer and comes back to where one was', async () => {
    const page = await openPage();
    await page.goto(`${server.url}/app/friends`);
    await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
    await issuerButton(page).click();
    await passProvider(page);
    await page.waitForURL(`${server.url}/app/friends`);
    await corner(page).waitFor();
    await page.getByRole('heading', { name: 'Your friends' }).waitFor();
    await page.context().close();
  }, 60_000);

  it('WEB-34 says so when that did not work, and who comes back without it has lost nothing', async () => {
    const page = await openPage();
    await page.goto(`${server.url}/app/sign-in`);
    await issuerButton(page).click();
    await page.locator('input[name=login]').waitFor();
    await page.goto(`${server.url}/api/v2/auth/oidc/callback?error=access_denied&state=none`);
    await page.getByText('Signing in there did not work.').waitFor();
    await page.getByText('Your session on this device has ended').waitFor({ state: 'detached' });
    await page.context().close();
  }, 60_000);

  it('WEB-34 a lost session is taken up again in a tab of its own, and the page it was lost on goes on', async () => {
    const page = await openPage();
    await page.goto(`${server.url}/app/sign-in?returnTo=/app/account`);
    await issuerButton(page).click();
    await passProvider(page);
    await corner(page).waitFor();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Ana, half typed');

    const elsewhere = await openPage();
    await elsewhere.goto(`${server.url}/app/sign-in?returnTo=/app/account`);
    await issuerButton(elsewhere).click();
    await passProvider(elsewhere);
    const sessions = elsewhere.getByRole('list', { name: 'Sessions' });
    await sessions.getByText('this device').waitFor();
    const everywhere = elsewhere.getByRole('button', { name: 'Sign out everywhere else' });
    const single = sessions.getByRole('button', { name: /^Sign out/ });
    await everywhere.or(single).first().click();

    const question = page.getByRole('dialog', { name: 'You have been signed out' });
    await question.waitFor();
    const [tab] = await Promise.all([page.context().waitForEvent('page'), issuerButton(page).click()]);
    // The provider remembers who it was, so that it may not ask at all.
    const asksAgain = tab.getByRole('button', { name: /sign-in|continue/i });
    const isDone = tab.getByRole('heading', { name: 'You are signed in' });
    await asksAgain.or(isDone).first().waitFor();
    if (await asksAgain.isVisible()) {
      if (await tab.locator('input[name=login]').isVisible()) await passProvider(tab);
      else await asksAgain.click();
    }
    await isDone.waitFor();
    await question.waitFor({ state: 'detached' });
    expect(await page.getByRole('textbox', { name: 'Name', exact: true }).inputValue()).toBe('Ana, half typed');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Your profile is saved').first().waitFor();
    await page.context().close();
    await elsewhere.context().close();
  }, 90_000);
});

describe('a profile', () => {
  it('WEB-30 shows numbers, who is not known there, and what could not be had, each for itself', async () => {
    services.misbehave('/codeforces', (_request, response) => response.writeHead(500).end());
    const page = await openPage();
    await page.goto(`${server.url}/app/sign-up?returnTo=/app/account`);
    await page.getByLabel('Name').fill('Nora Numbers');
    await page.getByLabel('E-mail').fill('nora@example.org');
    await page.getByLabel('Password', { exact: true }).fill('seven quiet otters');
    await page.keyboard.press('Enter');
    await page.getByLabel('GitHub username').fill('nora');
    await page.getByLabel('LeetCode username').fill('nobody');
    await page.getByLabel('Codeforces handle').fill('https://codeforces.com/profile/nora');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('the username, not its address').waitFor();
    await page.getByLabel('Codeforces handle').fill('nora');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Your profile is saved').first().waitFor();
    await page.getByRole('link', { name: 'See your profile' }).click();

    const section = (name: string) => page.getByRole('region', { name, exact: true });
    await section('GitHub')
      .getByText(/^As of/)
      .waitFor({ timeout: 30_000 });
    await section('GitHub').getByText('Repositories').waitFor();
    await section('LeetCode').getByText('LeetCode knows nobody by the name nobody.').waitFor({ timeout: 30_000 });
    await section('Codeforces')
      .getByText(/could not be reached/)
      .waitFor({ timeout: 30_000 });
    await page.context().close();
  }, 90_000);
});
