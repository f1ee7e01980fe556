import { launchBrowser, type ServerProcess, startServer, until } from '@coderoom/testkit';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectFitForFingers, looks, narrow, violations } from '../test/page-checks.ts';

/** Everybody has a camera that shows a clock and a microphone that beeps, and says yes to whatever they are asked. */
const fakeDevices = [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  // Names instead of addresses need a network that resolves them by multicast, which a test does not have.
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  // A name that is no secure context, as a server has it that is reached without https.
  '--host-resolver-rules=MAP coderoom.test 127.0.0.1',
];

let browser: Browser;
let server: ServerProcess;
let problems: string[] = [];

beforeAll(async () => {
  [browser, server] = await Promise.all([
    launchBrowser({ args: fakeDevices }),
    startServer({ env: { DIALECTS: 'none' } }),
  ]);
}, 60_000);
afterAll(async () => {
  await browser.close();
  await server.stop();
});
beforeEach(() => {
  problems = [];
});

interface PageOptions {
  viewport?: { width: number; height: number };
  colorScheme?: 'light' | 'dark';
  context?: BrowserContext;
  from?: Browser;
  /** No network address of this page reaches anybody. */
  isWalledIn?: boolean;
}

/** So that a test can look at them, and take all ways from them but those through a relay. */
const keepConnections = (more: object) => `
  window.made = [];
  const Native = RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(configuration) {
      super({ ...configuration, ...${JSON.stringify(more)} });
      made.push(this);
    }
  };`;

/** A page that keeps the connections it makes where a test can look at them. */
async function openPage(address: string, options: PageOptions = {}): Promise<Page> {
  const { viewport = { width: 1280, height: 800 }, colorScheme = 'light', from = browser } = options;
  const context = options.context ?? (await from.newContext({ viewport, colorScheme, reducedMotion: 'reduce' }));
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    // A header of ours that means nothing there: the browser tells its developers.
    const isUntrusted = message.text().startsWith('The Cross-Origin-Opener-Policy header has been ignored');
    if (message.type() === 'error' && !isUntrusted) problems.push(message.text());
  });
  await page.addInitScript(keepConnections(options.isWalledIn === true ? { iceTransportPolicy: 'relay' } : {}));
  await page.goto(address);
  await page.getByText('Connected', { exact: true }).waitFor();
  return page;
}

async function makeRoom(): Promise<string> {
  const page = await browser.newPage();
  await page.goto(server.url);
  await page.getByRole('button', { name: 'New room' }).click();
  await page.getByText('All changes saved').waitFor();
  const link = page.url();
  await page.context().close();
  return link;
}

async function openPanel(page: Page): Promise<void> {
  const rail = page.getByRole('navigation', { name: 'Panels' });
  if (await rail.isVisible()) {
    const button = rail.getByRole('button', { name: /^Call/ });
    if ((await button.getAttribute('aria-expanded')) !== 'true') await button.click();
  } else {
    await page.getByRole('button', { name: /More/ }).click();
    await page.getByRole('dialog', { name: 'More panels' }).getByRole('button', { name: /^Call/ }).click();
  }
}

const dock = (page: Page) => page.getByRole('region', { name: 'Ongoing call' });
const press = (page: Page, name: string) => dock(page).getByRole('button', { name, exact: true }).click();
const tile = (page: Page, name: string | RegExp) => dock(page).getByRole('listitem').filter({ hasText: name });
const nameOf = async (page: Page) => (await page.locator('.people-own').textContent()) ?? '';

async function join(page: Page): Promise<void> {
  await openPanel(page);
  await page.getByRole('button', { name: 'Join with microphone' }).click();
  await dock(page).waitFor();
}

interface Flow {
  state: string;
  /** Of what is received, in the order of the media sections. */
  audioPackets: number;
  frames: number[];
  /** By which generation of ICE it is connected. */
  fragment: string | undefined;
  sections: number;
}

/** What comes by the connections that a page has open. */
const readFlows = `Promise.all(
  made.filter(({ connectionState }) => connectionState !== 'closed').map(async (connection) => {
    const received = [...(await connection.getStats()).values()].filter(({ type }) => type === 'inbound-rtp');
    const sdp = connection.localDescription?.sdp ?? '';
    return {
      state: connection.connectionState,
      audioPackets: received.filter(({ kind }) => kind === 'audio').reduce((sum, now) => sum + now.packetsReceived, 0),
      frames: received.filter(({ kind }) => kind === 'video').map(({ framesDecoded }) => framesDecoded ?? 0),
      fragment: /a=ice-ufrag:(.*)/.exec(sdp)?.[1]?.trim(),
      sections: sdp.split('\\nm=').length - 1,
    };
  }),
)`;

const flowsOf = (page: Page): Promise<Flow[]> => page.evaluate(readFlows);

/** The one connection there is. */
async function flowOf(page: Page): Promise<Flow> {
  const [flow, ...more] = await flowsOf(page);
  if (flow === undefined || more.length > 0) throw new Error(`${more.length + 1} connections instead of one`);
  return flow;
}

/** Waits until sound, and so many pictures, have gone on coming. */
async function expectFlow(page: Page, pictures: number): Promise<void> {
  const before = await until('the connection', async () => {
    const flow = await flowOf(page);
    return flow.state === 'connected' && flow.audioPackets > 0 ? flow : undefined;
  });
  await until(`sound and ${pictures} pictures to go on`, async () => {
    const now = await flowOf(page);
    const growing = now.frames.filter((frames, index) => frames > (before.frames[index] ?? 0) + 2);
    return now.audioPackets > before.audioPackets + 10 && growing.length === pictures;
  });
}

async function leave(...pages: Page[]): Promise<void> {
  await Promise.all(pages.map((page) => page.context().close()));
}

describe('two people in a call', () => {
  it('WEB-120 hear and see each other, through more pictures, offers at the same time and a new way, and see the other leave', async () => {
    const link = await makeRoom();
    const [ana, ben] = await Promise.all([openPage(link), openPage(link)]);
    const [anaName, benName] = [await nameOf(ana), await nameOf(ben)];

    // Sound first, with one picture: the camera was turned on before joining.
    await openPanel(ana);
    await ana.getByRole('button', { name: 'Turn the camera on' }).click();
    await ana.getByLabel('You', { exact: true }).waitFor();
    await ana.getByRole('button', { name: 'Turn the microphone on' }).click();
    await ana.getByRole('button', { name: 'Join the call' }).click();
    await ben.getByText(`${anaName} has started a call`).first().waitFor();
    await ben.getByRole('button', { name: 'Show', exact: true }).click();
    await ben.getByText(`${anaName} is in the call.`).waitFor();
    await ben.getByRole('button', { name: 'Join with microphone' }).click();
    await ben.getByText('Connected directly').waitFor();
    await expectFlow(ben, 1);
    await expectFlow(ana, 0);
    expect(await tile(ben, anaName).locator('video').count()).toBe(1);
    expect(await tile(ana, benName).locator('video').count()).toBe(0);

    // A camera more, then a screen: each is negotiated anew, and what was there goes on.
    await press(ben, 'Turn the camera on');
    await expectFlow(ana, 1);
    await press(ben, 'Share the screen');
    await ana.getByText(`${benName} shares the screen`).first().waitFor();
    await expectFlow(ana, 2);
    await dock(ana)
      .getByRole('button', { name: `Enlarge ${benName}’s screen` })
      .click();
    await dock(ana).getByText(`${benName}’s screen`).first().waitFor();
    await press(ana, 'Smaller');
    const { sections } = await flowOf(ana);

    // Off and on again needs no new section, and nothing of it is shown meanwhile.
    await press(ben, 'Stop sharing the screen');
    await press(ben, 'Turn the camera off');
    await until('only discs of Ben', async () => (await tile(ana, benName).locator('video').count()) === 0);
    await press(ben, 'Turn the camera on');
    await expectFlow(ana, 1);

    // Both offer in the same moment, over and over; one of them gives way each time.
    for (let round = 0; round < 5; round++) {
      await Promise.all([ana, ben].map((page) => page.evaluate('made.at(-1).restartIce()')));
    }
    await expectFlow(ana, 1);
    await expectFlow(ben, 1);
    expect((await flowOf(ana)).sections).toBe(sections);
    for (const page of [ana, ben]) expect(await page.evaluate('made.length')).toBe(1);

    // Another way through the network.
    const before = await flowOf(ana);
    await ana.evaluate("dispatchEvent(new Event('online'))");
    await until('another way', async () => {
      const [here, there] = [await flowOf(ana), await flowOf(ben)];
      return here.fragment !== before.fragment && here.state === 'connected' && there.state === 'connected';
    });
    await expectFlow(ana, 1);
    await expectFlow(ben, 1);
    await ana.getByText('Connected directly').waitFor();

    await press(ben, 'Leave the call');
    await tile(ana, benName).waitFor({ state: 'detached' });
    await ana.getByText('You are the only one in the call.').waitFor();
    expect(await flowsOf(ana)).toEqual([]);
    expect(await dock(ben).isVisible()).toBe(false);
    expect(problems).toEqual([]);
    await leave(ana, ben);
  }, 120_000);

  it('WEB-120 whose page is gone is out of the call at once, and comes back into it as somebody who was there', async () => {
    const link = await makeRoom();
    const [ana, ben] = await Promise.all([openPage(link), openPage(link)]);
    const benName = await nameOf(ben);
    await join(ana);
    await join(ben);
    await expectFlow(ana, 0);
    await ben.reload();
    await ben.getByText('Connected', { exact: true }).waitFor();
    await tile(ana, benName).waitFor({ state: 'detached' });
    await join(ben);
    await expectFlow(ana, 0);
    await expectFlow(ben, 0);
    expect(problems).toEqual([]);
    await leave(ana, ben);
  }, 120_000);

  it('WEB-120 each of three is connected to both others, and two go on when the third has left', async () => {
    const link = await makeRoom();
    const people = await Promise.all([openPage(link), openPage(link), openPage(link)]);
    for (const page of people) await join(page);
    // Who is in the call is not asked into it.
    for (const page of people) expect(await page.locator('.toast', { hasText: 'has started a call' }).count()).toBe(0);
    const expectConnected = (page: Page, count: number) =>
      until(`${count} connections`, async () => {
        const flows = await flowsOf(page);
        return flows.length === count && flows.every((flow) => flow.state === 'connected' && flow.audioPackets > 0);
      });
    for (const page of people) await expectConnected(page, 2);
    const [ana, ben, cyd] = people as [Page, Page, Page];
    await press(ana, 'Leave the call');
    for (const page of [ben, cyd]) await expectConnected(page, 1);
    await expectFlow(ben, 0);
    expect(problems).toEqual([]);
    await leave(...people);
  }, 120_000);

  it('WEB-122 where no way leads to the other, both are told, and what is missing', async () => {
    const link = await makeRoom();
    const [ana, ben] = await Promise.all([openPage(link, { isWalledIn: true }), openPage(link, { isWalledIn: true })]);
    await join(ana);
    await join(ben);
    for (const page of [ana, ben]) {
      await page.getByText('this server has no relay (TURN)').waitFor({ timeout: 60_000 });
      await dock(page).getByText('No connection').waitFor();
    }
    await dock(ana).getByRole('button', { name: 'Try again' }).click();
    await ana.getByText('this server has no relay (TURN)').waitFor({ state: 'detached' });
    await leave(ana, ben);
  }, 120_000);

  it('WEB-125 when the server was away, the call comes back by itself', async () => {
    const link = await makeRoom();
    const [ana, ben] = await Promise.all([openPage(link), openPage(link)]);
    await join(ana);
    await join(ben);
    await press(ana, 'Turn the camera on');
    await expectFlow(ben, 1);
    const peersOf = async () => Promise.all([ana, ben].map(async (page) => (await flowOf(page)).fragment));
    const before = await peersOf();
    await server.kill();
    await ana.getByText('The connection to the server is lost.').waitFor();
    server = await server.restart();
    await until(
      'both to be connected anew',
      async () => {
        const now = await peersOf();
        return now.every((fragment, index) => fragment !== undefined && fragment !== before[index]);
      },
      { timeoutMs: 30_000 },
    );
    await expectFlow(ben, 1);
    await expectFlow(ana, 0);
    await ana.getByText('Connected directly').waitFor();
    await leave(ana, ben);
  }, 120_000);

  it('WEB-124 the call goes on while something else is shown, and is muted by a key wherever one is', async () => {
    const link = await makeRoom();
    const [ana, ben] = await Promise.all([openPage(link), openPage(link)]);
    const anaName = await nameOf(ana);
    await join(ana);
    await join(ben);
    await ana
      .getByRole('navigation', { name: 'Panels' })
      .getByRole('button', { name: /^People/ })
      .click();
    await ana.getByRole('textbox', { name: 'Code editor' }).focus();
    await ana.keyboard.press('Alt+m');
    await tile(ben, anaName).getByText('Muted: ').waitFor({ state: 'attached' });
    await ana.keyboard.press('Alt+m');
    await tile(ben, anaName).getByText('Muted: ').waitFor({ state: 'detached' });
    await ana.keyboard.press('Alt+c');
    await expectFlow(ben, 1);
    expect(await ana.locator('.cm-line').allTextContents()).not.toContain('µ');
    // By keys alone: the switches, and out.
    await dock(ana).getByRole('button', { name: 'Leave the call' }).focus();
    await ana.keyboard.press('Enter');
    await tile(ben, anaName).waitFor({ state: 'detached' });
    expect(problems).toEqual([]);
    await leave(ana, ben);
  }, 120_000);

  it('WEB-126 joined from another tab, the call goes on there, and says so here', async () => {
    const link = await makeRoom();
    const ana = await openPage(link);
    const ben = await openPage(link);
    await join(ana);
    await join(ben);
    const elsewhere = await openPage(link, { context: ben.context() });
    await join(elsewhere);
    await ben.getByText('You are in the call from elsewhere now').first().waitFor();
    expect(await dock(ben).isVisible()).toBe(false);
    await expectFlow(elsewhere, 0);
    await expectFlow(ana, 0);
    await leave(ana, ben);
  }, 120_000);
});

describe('without devices', () => {
  it('WEB-121 on a page that did not come by https one joins and listens, and is told why', async () => {
    const link = await makeRoom();
    const ana = await openPage(link);
    await openPanel(ana);
    await ana.getByRole('button', { name: 'Turn the camera on' }).click();
    await ana.getByRole('button', { name: 'Join with microphone' }).click();

    const listener = await openPage(link.replace('127.0.0.1', 'coderoom.test'));
    expect(await listener.evaluate('isSecureContext')).toBe(false);
    await openPanel(listener);
    await listener.getByRole('button', { name: 'Join with microphone' }).click();
    await listener.getByText('only to pages that come by https').waitFor();
    await listener.getByRole('button', { name: 'Join and listen' }).click();
    await expectFlow(listener, 1);
    await tile(ana, await nameOf(listener))
      .getByText('Muted: ')
      .waitFor({ state: 'attached' });
    expect(problems).toEqual([]);
    await leave(ana, listener);
  }, 120_000);

  it('WEB-121 whoever allows nothing is told how to, and can join all the same', async () => {
    const strict = await launchBrowser({ args: ['--use-fake-device-for-media-stream'] });
    const link = await makeRoom();
    const ana = await openPage(link, { from: strict });
    await ana.context().grantPermissions(['geolocation']); // and nothing else
    await openPanel(ana);
    await ana.getByRole('button', { name: 'Join with microphone' }).click();
    await ana.getByText('This page may not use your microphone.').waitFor();
    await ana.getByRole('button', { name: 'Join and listen' }).click();
    await ana.getByText('You are the only one in the call.').waitFor();
    await strict.close();
  }, 120_000);
});

describe.each(looks)('at $viewport.width px, $colorScheme', (options) => {
  it('WEB-13 neither the way into a call nor the call has what axe objects to, and all of it fits', async () => {
    const link = await makeRoom();
    const [ana, ben] = await Promise.all([openPage(link, options), openPage(link)]);
    await openPanel(ana);
    await ana.getByText('Your camera is off').waitFor();
    expect(await violations(ana)).toEqual([]);
    await ana.getByRole('button', { name: 'Turn the camera on' }).click();
    await ana.getByLabel('You', { exact: true }).waitFor();
    expect(await violations(ana)).toEqual([]);
    if (options.viewport === narrow) await expectFitForFingers(ana);
    await ana.getByRole('button', { name: 'Join with microphone' }).click();
    await join(ben);
    await ana.getByText('Connected directly').waitFor();
    expect(await violations(ana)).toEqual([]);
    if (options.viewport === narrow) await expectFitForFingers(ana);
    await leave(ana, ben);
  }, 120_000);
});
