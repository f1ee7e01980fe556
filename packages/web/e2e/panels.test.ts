import type { Run } from '@coderoom/protocol';
import {
  createRoom,
  launchBrowser,
  request,
  type ServerProcess,
  startMaskedServer,
  startServer,
  until,
  whyNoContainer,
} from '@coderoom/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectFitForFingers, hasFocus, looks, narrow, violations, wide } from '../test/page-checks.ts';

let browser: Browser;
let other: Browser;
let server: ServerProcess;
let problems: string[] = [];

beforeAll(async () => {
  [browser, other, server] = await Promise.all([
    launchBrowser(),
    launchBrowser(),
    startServer({ env: { DIALECTS: 'none' } }),
  ]);
}, 60_000);
afterAll(async () => {
  await Promise.all([browser.close(), other.close()]);
  await server.stop();
});
beforeEach(() => {
  problems = [];
});

const editor = (page: Page) => page.getByRole('textbox', { name: 'Code editor' });
const field = (page: Page) => page.getByRole('textbox', { name: 'Message' });
const log = (page: Page) => page.getByRole('log', { name: 'Messages' });
const article = (page: Page, text: string) => page.getByRole('article').filter({ hasText: text });
const toast = (page: Page, said: string) => page.locator('.toast', { hasText: said });
const saved = (page: Page) => page.getByText('All changes saved').waitFor();

interface Look {
  viewport?: { width: number; height: number };
  colorScheme?: 'light' | 'dark';
}

async function openPage(address: string, look: Look = {}, from: Browser = browser): Promise<Page> {
  const { viewport = wide, colorScheme = 'light' } = look;
  const context = await from.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.goto(address);
  await saved(page);
  return page;
}

async function openTwo(
  settings: object = {},
): Promise<{ ana: Page; ben: Page; benName: string; close(): Promise<void> }> {
  const { room } = await createRoom(server.url, settings);
  const address = `${server.url}/r/${room.code}`;
  const ana = await openPage(address);
  const ben = await openPage(address, {}, other);
  const benName = await ben.locator('.people-own').innerText();
  return {
    ana,
    ben,
    benName,
    close: async () => void (await Promise.all([ana.context().close(), ben.context().close()])),
  };
}

async function openPanel(page: Page, name: string): Promise<void> {
  const tabs = page.getByRole('navigation', { name: 'Panes' });
  if (!(await tabs.isVisible())) {
    await page.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name }).click();
  } else if (name === 'Chat') {
    await tabs.getByRole('button', { name }).click();
  } else {
    await tabs.locator('[aria-haspopup]').click();
    await page.locator('.more-panels').getByRole('button', { name }).click();
  }
}

async function say(page: Page, text: string): Promise<void> {
  await field(page).fill(text);
  await field(page).press('Enter');
}

async function replaceCode(page: Page, text: string): Promise<void> {
  await editor(page).click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(text);
  await saved(page);
}

describe('talking', () => {
  it('WEB-152 two people talk: at once, with who types, answers, threads, mentions, code, edits and deletions', async () => {
    const { ana, ben, benName, close } = await openTwo();
    await openPanel(ana, 'Chat');
    await ana.getByText('Nothing has been said here yet').waitFor();
    await openPanel(ben, 'Chat');
    await ben.getByText('Nothing has been said here yet').waitFor();
    await field(ana).pressSequentially('Hello, see https://example.org/docs. ');
    await ben.getByText('is typing').waitFor();
    await field(ana).press('Shift+Enter');
    await field(ana).pressSequentially('second line');
    await field(ana).press('Control+Enter');
    await log(ben).getByText('second line').waitFor();
    expect(await ben.getByText('is typing').count()).toBe(0);
    const link = log(ben).getByRole('link', { name: 'https://example.org/docs' });
    expect(await link.getAttribute('rel')).toContain('noopener');
    expect(await ana.getByText('Running …').count()).toBe(0); // the key that runs sends here

    // Answered, and the thread alone.
    await article(ben, 'second line').hover();
    await article(ben, 'second line')
      .getByRole('button', { name: /^Actions/ })
      .click();
    await ben.getByRole('button', { name: 'Answer' }).click();
    await say(ben, 'an answer');
    await log(ana).getByText('an answer').waitFor();
    await say(ana, 'something else');
    await ana.getByRole('button', { name: '1 answer' }).click();
    await log(ana).getByText('an answer').waitFor();
    expect(await log(ana).getByText('something else').count()).toBe(0);
    await ana.getByRole('textbox', { name: 'Message' }).fill('within');
    await ana.keyboard.press('Enter');
    await log(ana).getByText('within').waitFor();
    await ana.getByRole('button', { name: 'All messages' }).click();
    await ana.getByRole('button', { name: '2 answers' }).waitFor();

    // Code keeps its form; a name is completed and told.
    await ana.getByRole('button', { name: 'Send as code' }).click();
    await ana.getByRole('textbox', { name: 'Code to send' }).fill('if x:\n    y()');
    await ana.keyboard.press('Enter');
    await until('the code', async () => (await log(ben).locator('pre').innerText()) === 'if x:\n    y()');
    await ben.keyboard.press('Escape');
    await log(ben).waitFor({ state: 'detached' });
    await field(ana).pressSequentially('@');
    await ana.getByRole('option', { name: benName }).waitFor();
    await ana.keyboard.press('Enter');
    await ana.keyboard.type('look <b>here</b>');
    await ana.keyboard.press('Enter');
    await toast(ben, 'mentioned you').waitFor();
    await ben.getByRole('button', { name: /^Chat.*mentioned/ }).waitFor();
    await toast(ben, 'mentioned you').getByRole('button', { name: 'Show' }).click();
    await article(ben, 'look <b>here</b>').waitFor();
    await ben.getByRole('button', { name: 'Chat', exact: true }).waitFor();

    // Changed by its author, deleted by its author, seen by both.
    await field(ana).press('ArrowUp');
    await until('the text to edit', async () => (await field(ana).inputValue()).includes('look <b>here</b>'));
    await field(ana).fill('never mind');
    await field(ana).press('Enter');
    await article(ben, 'never mind').getByText('edited').waitFor();
    await article(ana, 'never mind').hover();
    await article(ana, 'never mind')
      .getByRole('button', { name: /^Actions/ })
      .click();
    await ana.getByRole('button', { name: 'Delete' }).click();
    await ana.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await log(ben).getByText('This message was deleted.').waitFor();
    expect(await log(ben).getByText('never mind').count()).toBe(0);
    expect(problems).toEqual([]);
    await close();
  }, 90_000);

  it('WEB-152 what is said without a connection is kept, and sent once when it is back', async () => {
    await using own = await startServer({ env: { DIALECTS: 'none' } });
    const { room } = await createRoom(own.url);
    const ana = await openPage(`${own.url}/r/${room.code}`);
    const ben = await openPage(`${own.url}/r/${room.code}`, {}, other);
    for (const page of [ana, ben]) await openPanel(page, 'Chat');
    await say(ana, 'before');
    await log(ben).getByText('before').waitFor();
    await own.kill();
    await say(ana, 'kept');
    await ana.getByText('Not sent').waitFor();
    const again = await own.restart();
    await until('the message at Ben’s', async () => (await log(ben).getByText('kept').count()) === 1, {
      timeoutMs: 25_000,
    });
    await until('that it is no longer pending', async () => (await ana.getByText('Not sent').count()) === 0);
    expect(await log(ana).getByText('kept').count()).toBe(1);
    await ana.context().close();
    await ben.context().close();
    await again.stop();
  }, 90_000);

  it('WEB-152 a long history is read upwards page by page, and its place is kept', async () => {
    const { room, token } = await createRoom(server.url);
    for (let number = 1; number <= 120; number++) {
      const path = `/api/v2/rooms/${room.id}/messages`;
      const { status } = await request(server.url, path, { token, body: { text: `line number ${number}` } });
      if (status === 429) throw new Error('limited, though limits are off');
    }
    const page = await openPage(`${server.url}/r/${room.code}`);
    await openPanel(page, 'Chat');
    await log(page).getByText('line number 120', { exact: true }).waitFor();
    expect(await log(page).getByText('line number 60', { exact: true }).count()).toBe(0);
    await until('the beginning', async () => {
      await log(page).evaluate((element) => {
        element.scrollTop = 0;
      });
      return (await log(page).getByText('line number 1', { exact: true }).count()) === 1;
    });
    expect(await log(page).getByRole('article').count()).toBe(120);
    // The newest is one key press away.
    await page.getByRole('button', { name: 'Newest' }).click();
    await until('the end in view', async () =>
      log(page).evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight < 60),
    );
    await page.context().close();
  }, 90_000);
});

describe('running', () => {
  it('WEB-153 an error is marked at its line for both, is gone to from the output, and goes when the line is mended', async () => {
    const { ana, ben, close } = await openTwo({ language: 'python' });
    await replaceCode(ana, 'def f():\n    return 1\n\nprint(missing)\n');
    await editor(ana).press('Control+Enter');
    for (const page of [ana, ben]) {
      await page
        .getByRole('list', { name: 'Problems' })
        .getByRole('button', { name: /main\.py:4/ })
        .waitFor();
      await page.locator('.cm-lint-marker-error').waitFor();
    }
    // Others' lines above move it along.
    await editor(ben).click();
    await ben.keyboard.press('Control+Home');
    await ben.keyboard.insertText('# one\n# two\n');
    await until('the other’s lines', async () => (await editor(ana).innerText()).includes('# two'));
    expect(await ana.locator('.cm-lintRange-error').innerText()).toBe('print(missing)');
    await ana.getByRole('list', { name: 'Problems' }).getByRole('button').click();
    await ana.getByText('Ln 6, Col 1').waitFor();
    expect(await hasFocus(editor(ana))).toBe(true);
    await ana.keyboard.press('End');
    await ana.keyboard.type(' # mended');
    for (const page of [ana, ben]) await page.locator('.cm-lint-marker-error').waitFor({ state: 'detached' });
    expect(problems).toEqual([]);
    await close();
  }, 60_000);

  it('WEB-153 every run stands in the history, with whose it was, how it ended and what it printed, by keyboard', async () => {
    const { ana, ben, close } = await openTwo({ language: 'python' });
    await ana.getByRole('button', { name: 'Runs' }).focus();
    await ana.keyboard.press('Enter');
    await ana.getByText('Nothing has been run here yet').waitFor();
    await editor(ana).click();
    for (const [text, ends] of [
      ['print("first")', 'Exited with code 0'],
      ['raise SystemExit(3)', 'Exited with code 3'],
    ] as const) {
      await replaceCode(ben, text);
      await editor(ben).press('Control+Enter');
      await ana.getByRole('list', { name: 'Runs' }).getByText(ends).waitFor();
    }
    const rows = ana.getByRole('list', { name: 'Runs' }).getByRole('button');
    expect(await rows.count()).toBe(2);
    await rows.nth(1).focus();
    await ana.keyboard.press('Enter');
    await ana.getByRole('region', { name: 'Runs' }).getByText('first', { exact: true }).waitFor();
    await ana.keyboard.press('Enter'); // the focus is on the way back
    await until('the focus where it was', () => hasFocus(rows.nth(1)));
    await ana.keyboard.press('F6');
    expect(await ana.locator('.panel-rail :focus').count()).toBe(1);
    await ana.reload();
    await rows.nth(1).waitFor(); // the panel is remembered
    expect(problems).toEqual([]);
    await close();
  }, 60_000);

  it('WEB-174 a run that waits says which in line it is, in the output and the list of runs, until it runs', async () => {
    const busy: (() => Promise<unknown>)[] = [];
    const occupy = async () => {
      const { room, token } = await createRoom(server.url, { language: 'python' });
      const path = `/api/v2/rooms/${room.id}`;
      const text = 'input()';
      await request(server.url, `${path}/files/main.py`, { method: 'PUT', token, body: { text } });
      const { id, position } = (await request(server.url, `${path}/runs`, { token, body: {} })).body as Run;
      busy.push(() => request(server.url, `${path}/runs/${id}`, { method: 'DELETE', token }));
      return position;
    };
    // As many as there are places, and one that waits.
    await until('that one waits', async () => (await occupy()) === 1);
    const { ana, ben, close } = await openTwo({ language: 'python' });
    await openPanel(ben, 'Runs');
    await replaceCode(ana, 'print(input())');
    await editor(ana).press('Control+Enter');
    for (const page of [ana, ben]) await page.getByText('Waiting, 2nd in line …').first().waitFor();
    await ben.getByRole('list', { name: 'Runs' }).getByText('Waiting, 2nd in line …').waitFor();
    expect(await violations(ana)).toEqual([]);
    await busy.at(-1)?.();
    for (const page of [ana, ben]) await page.getByText('Waiting, next in line …').first().waitFor();
    await Promise.all(busy.map((stop) => stop()));
    for (const page of [ana, ben]) await page.getByText('Running …').first().waitFor();
    await ana.getByRole('button', { name: 'Stop' }).click();
    await ben.getByText('Stopped').first().waitFor();
    expect(problems).toEqual([]);
    await close();
  }, 60_000);

  it('WEB-154 a language is chosen by keyboard, for both', async () => {
    const { ana, ben, close } = await openTwo({ language: 'python' });
    await ana.getByRole('button', { name: /^Language: Python/ }).focus();
    await ana.keyboard.press('Enter');
    const find = ana.getByRole('combobox', { name: 'Find a language' });
    await until('the focus in the field', () => hasFocus(find));
    await ana.keyboard.type('javas');
    await ana.getByRole('option', { name: /^JavaScript/ }).waitFor();
    const told = toast(ben, 'The language is now JavaScript').waitFor();
    await ana.keyboard.press('Enter');
    await told;
    await ben.getByRole('button', { name: /^Language: JavaScript/ }).waitFor();
    expect(await hasFocus(ana.getByRole('button', { name: /^Language: JavaScript/ }))).toBe(true);
    expect(problems).toEqual([]);
    await close();
  }, 60_000);
});

describe('a server that does not run code', () => {
  it('WEB-154 says so where one would run something, and how each language could be had', async () => {
    await using off = await startServer({ env: { DIALECTS: 'none', EXECUTION: 'off' } });
    const { room } = await createRoom(off.url);
    const page = await openPage(`${off.url}/r/${room.code}`);
    await page.getByText('This server does not run code.').waitFor();
    expect(await page.getByRole('button', { name: 'Run', exact: true }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: /^Language/ }).click();
    await page.getByRole('combobox', { name: 'Find a language' }).fill('ruby');
    const ruby = page.getByRole('option', { name: /^Ruby.*Cannot be run here: .*apt-get install -y ruby/ });
    expect(await ruby.getAttribute('aria-disabled')).toBe('true');
    await page.keyboard.press('Enter');
    expect(
      await page.getByRole('dialog', { name: 'Language' }).getByText('This server does not run code.').count(),
    ).toBe(1);
    await page.context().close();
  }, 60_000);
});

const noContainer = whyNoContainer();
if (noContainer !== undefined && process.env.CODEROOM_REQUIRE_ALL === '1') throw new Error(noContainer);

describe.skipIf(noContainer !== undefined)('a server that runs some languages only, less strictly isolated', () => {
  it('WEB-173 says what is missing, why a language cannot be run and who can change that, where one looks for it', async () => {
    using masked = await startMaskedServer();
    const { room, token } = await createRoom(masked.url, { language: 'javascript' });
    const address = `${masked.url}/r/${room.code}`;
    const page = await openPage(address);
    const missing = [
      'Memory is limited for each process, not for a whole run',
      'Programs have no /proc, nor /dev/stdin; languages that need it cannot be run.',
      'Whoever runs this server is told at its start how to change that.',
    ];
    await page.getByRole('button', { name: 'Isolation: degraded' }).click();
    const notes = page.getByRole('dialog', { name: 'How programs are run here' });
    for (const sentence of missing) await notes.getByText(sentence).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name: /^Language/ }).click();
    await page.getByRole('combobox', { name: 'Find a language' }).fill('kotlin');
    await page.getByRole('option', { name: /^Kotlin.*Cannot be run here: it does not run without \/proc/ }).waitFor();
    for (const sentence of missing) {
      await page.getByRole('dialog', { name: 'Language' }).getByText(sentence).waitFor();
    }
    await page.keyboard.press('Escape');

    // What was shown before stays, and beside it what can no longer be had.
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByText('Exited with code 0', { exact: true }).first().waitFor();
    const path = `/api/v2/rooms/${room.id}`;
    await request(masked.url, path, { method: 'PATCH', token, body: { language: 'java' } });
    const refusal = page.getByText('Java cannot be run on this server: it does not run without /proc');
    await refusal.waitFor();
    expect(await page.getByRole('button', { name: 'Run', exact: true }).isDisabled()).toBe(true);
    expect(await violations(page)).toEqual([]);

    const phone = await openPage(address, { viewport: narrow });
    await phone.getByRole('button', { name: /^Language/ }).click();
    for (const sentence of missing) {
      await phone.getByRole('dialog', { name: 'Language' }).getByText(sentence).waitFor();
    }
    await phone.context().close();
    await page.context().close();
  }, 120_000);
});

describe('snippets', () => {
  it('WEB-155 a selection and a file are pushed, told, read and inserted', async () => {
    const { ana, ben, close } = await openTwo({ language: 'python' });
    await replaceCode(ana, 'first = 1\nsecond = 2\n');
    await openPanel(ana, 'Snippets');
    await ana.getByRole('button', { name: 'Push main.py' }).click();
    await toast(ben, 'pushed main.py').getByRole('button', { name: 'Show' }).click();
    await ben.getByRole('list', { name: 'Snippets' }).getByText('main.py').waitFor();
    await editor(ana).click();
    await ana.keyboard.press('Control+Home');
    await ana.keyboard.press('Shift+End');
    await ana.getByRole('button', { name: 'Push the selection' }).click();
    await ben.getByRole('list', { name: 'Snippets' }).getByRole('button').filter({ hasText: 'snippet-1.py' }).click();
    await ben.getByRole('region', { name: 'Snippets' }).getByText('first = 1', { exact: true }).waitFor();
    await editor(ben).click();
    await ben.keyboard.press('Control+End');
    await ben.getByRole('button', { name: 'Insert at the caret' }).click();
    await until('the snippet twice', async () => (await editor(ana).innerText()).split('first = 1').length === 3);
    await ben.getByRole('button', { name: 'Open the file' }).click();
    await until('its file', async () => (await editor(ben).innerText()).trim() === 'first = 1');
    expect(problems).toEqual([]);
    await close();
  }, 60_000);
});

describe.each(looks)('at $viewport.width px, $colorScheme', (look) => {
  it('WEB-156 no panel has what axe objects to', async () => {
    const { room, token } = await createRoom(server.url, { language: 'python' });
    const tell = (path: string, body: object) =>
      request(server.url, `/api/v2/rooms/${room.id}/${path}`, { token, body });
    await tell('messages', { text: 'See https://example.org and `code`, everybody.' });
    await tell('messages', {
      text: 'for x in y:\n    print(x, "a long line that is wider than the panel it stands in")',
      type: 'code',
    });
    await tell('snippets', { fileName: 'a/long/path/of/some/file_with_a_long_name.py', content: 'print(1)\n' });
    const page = await openPage(`${server.url}/r/${room.code}`, look);
    problems = [];
    const isNarrow = look.viewport.width === narrow.width;
    if (isNarrow) await page.getByRole('button', { name: 'Output' }).click();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByText('Exited with code 0', { exact: true }).first().waitFor();
    await openPanel(page, 'Chat');
    await log(page).waitFor();
    expect(await violations(page)).toEqual([]);
    await page
      .getByRole('button', { name: /^Actions/ })
      .first()
      .click();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await openPanel(page, 'Snippets');
    await page.getByRole('list', { name: 'Snippets' }).getByRole('button').first().click();
    await page.getByRole('button', { name: 'Copy' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await openPanel(page, 'Runs');
    await page.getByRole('list', { name: 'Runs' }).getByRole('button').first().click();
    expect(await violations(page)).toEqual([]);
    if (isNarrow) await page.getByRole('button', { name: 'Code', exact: true }).click();
    await page.getByRole('button', { name: /^Language/ }).click();
    await page.getByRole('option', { name: /^Python/ }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.context().close();
  }, 90_000);
});

it('WEB-156 panels fit a phone of 360 px and a finger', async () => {
  const { room, token } = await createRoom(server.url, { language: 'python' });
  const path = (noun: string) => `/api/v2/rooms/${room.id}/${noun}`;
  const { body } = await request(server.url, path('messages'), {
    token,
    body: { text: 'https://example.org/'.padEnd(90, 'a') },
  });
  await request(server.url, path('messages'), {
    token,
    body: { text: 'answer', replyTo: (body as { id: string }).id },
  });
  await request(server.url, path('snippets'), {
    token,
    body: { fileName: `${'long'.repeat(20)}.py`, content: 'x'.repeat(300) },
  });
  const page = await openPage(`${server.url}/r/${room.code}`, { viewport: { width: 360, height: 740 } });
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByText('Exited with code 0', { exact: true }).first().waitFor();
  for (const name of ['Chat', 'Snippets', 'Runs', 'People', 'Call']) {
    await openPanel(page, name);
    await page.getByRole('heading', { name, exact: true }).waitFor();
    await expectFitForFingers(page);
  }
  await page.getByRole('button', { name: 'Code', exact: true }).click();
  await page.getByRole('button', { name: /^Language/ }).click();
  await expectFitForFingers(page);
  await page.context().close();
}, 60_000);
