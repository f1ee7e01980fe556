import { type AddressInfo, connect, createServer } from 'node:net';
import { createRoom, launchBrowser, request, type ServerProcess, startServer, until } from '@coderoom/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let browser: Browser;
let server: ServerProcess;

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer({ env: { EXECUTION: 'browser' } })]);
}, 60_000);

afterAll(async () => {
  await browser.close();
  await server.stop();
});

const runtimeTimeoutMs = 90_000;

/** A room with these files, and two people in it, each in a browser profile of their own. */
async function openTwo(language: string, files: Record<string, string>, address = server.url) {
  const { room, token } = await createRoom(server.url, { language });
  for (const [path, text] of Object.entries(files)) {
    const answer = await request(server.url, `/api/v2/rooms/${room.id}/files/${path}`, {
      method: 'PUT',
      token,
      body: { text },
    });
    expect(answer.status).toBeLessThan(300);
  }
  const open = async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    context.setDefaultTimeout(30_000);
    const page = await context.newPage();
    await page.goto(`${address}/r/${room.code}`);
    await page.getByText('Connected', { exact: true }).waitFor();
    return page;
  };
  const [ana, ben] = await Promise.all([open(), open()]);
  const close = () => Promise.all([ana, ben].map((page) => page.context().close()));
  const result = async () => {
    const path = `/api/v2/rooms/${room.id}/runs`;
    const { body } = await request(server.url, `${path}?limit=1`, { token });
    const [last] = (body as { items: { id: string; result: object | null }[] }).items;
    if (last === undefined || last.result === null) return undefined;
    const { body: whole } = await request(server.url, `${path}/${last.id}`, { token });
    return (whole as { result: Record<string, unknown> }).result;
  };
  return { ana, ben, room, token, result, close };
}

const run = (page: Page) => page.locator('button.run').click();
const output = (page: Page) => page.locator('.output-pane pre.sr-only').textContent();
const shows = (page: Page, text: string) =>
  until(`${text} in the output`, async () => (await output(page))?.includes(text), { timeoutMs: runtimeTimeoutMs });
const ended = (result: () => Promise<Record<string, unknown> | undefined>) =>
  until('the result', result, { timeoutMs: runtimeTimeoutMs });

/** Tries for what it should not have: also without leave to read the answer, where only being sent counts. */
const nosyProgram = (address: string) =>
  [
    'import js',
    'from pyodide.ffi import run_sync, to_js',
    'print(js.origin)',
    'blindly = to_js({"mode": "no-cors"}, dict_converter=js.Object.fromEntries)',
    `for address in ["${address}/api/v2/languages", "${address}/health", "http://127.0.0.1:1/assets/x"]:`,
    '  try: print("reached", run_sync(js.fetch(address, blindly)).status)',
    '  except Exception as error: print(type(error).__name__)',
    'for name in ["document", "localStorage", "indexedDB", "caches", "BroadcastChannel"]:',
    '  try: print(name, getattr(js, name).open("x"))',
    '  except Exception as error: print(name, "no")',
    'try: print(js.BroadcastChannel.new("coderoom"), "hears nobody")',
    'except Exception: print("none")',
  ].join('\n');

/** Passes on to the server what comes to the same port by IPv4 or IPv6. */
async function listenOnBoth(to: number): Promise<AsyncDisposable & { port: number }> {
  const entrance = createServer((incoming) => {
    const outgoing = connect(to, '127.0.0.1');
    incoming.on('error', () => outgoing.destroy());
    outgoing.on('error', () => incoming.destroy());
    incoming.pipe(outgoing).pipe(incoming);
  });
  await new Promise<void>((resolve) => entrance.listen(0, '::', resolve));
  return {
    port: (entrance.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      entrance.close();
    },
  };
}

describe('programs in this browser', () => {
  it('WEB-161 runs Python where it is started, with input from the other, and both see the same', async () => {
    const { ana, ben, result, close } = await openTwo('python', {
      'main.py': 'from words import greet\nprint(greet(input("Who? ")))',
      'words.py': 'def greet(name): return f"hé {name}!"',
    });
    await run(ana);
    await shows(ben, 'Who?');
    await ben.getByLabel('Program input').fill('Zoë');
    await ben.keyboard.press('Enter');
    await Promise.all([shows(ana, 'hé Zoë!'), shows(ben, 'hé Zoë!')]);
    expect(await ended(result)).toMatchObject({ status: 'ok', exitCode: 0, stdout: 'Who? hé Zoë!\n' });
    await close();
  }, 180_000);

  it('WEB-161 runs TypeScript, and ends what does not end', async () => {
    const { ana, ben, result, close } = await openTwo('typescript', {
      'main.ts':
        "import { twice } from './twice.ts';\nenum Word { Yes = 'yes' }\nconsole.log(twice(Word.Yes));\nwhile (true) {}",
      'twice.ts': 'export const twice = (word: string): string => word + word;',
    });
    await run(ana);
    await shows(ben, 'yesyes');
    await ben.getByRole('button', { name: 'Stop' }).click();
    expect(await ended(result)).toMatchObject({ status: 'cancelled', stdout: 'yesyes\n' });
    await close();
  }, 180_000);

  it.each([
    ['a name or an IPv4 address', (port: number) => `http://127.0.0.1:${port}`],
    ['an IPv6 address', (port: number) => `http://[::1]:${port}`],
  ])(
    'WEB-162 gives programs nothing of the page’s own, where the server is %s',
    async (_where, addressOf) => {
      await using entrance = await listenOnBoth(Number(new URL(server.url).port));
      const address = addressOf(entrance.port);
      const { ana, result, close } = await openTwo('python', { 'main.py': nosyProgram(address) }, address);
      await run(ana);
      const { stdout } = (await ended(result)) as { stdout: string };
      expect(stdout).toMatch(/^null\n/);
      expect(stdout).not.toContain('reached');
      expect(stdout.match(/JsException/g)).toHaveLength(3);
      for (const name of ['document', 'localStorage', 'indexedDB', 'caches']) expect(stdout).toContain(`${name} no`);
      await close();
    },
    180_000,
  );

  it('WEB-163 ends with the page that runs it', async () => {
    const { ana, ben, result, close } = await openTwo('javascript', {
      'main.js': "console.log('on');\nwhile (true) {}",
    });
    await run(ana);
    await shows(ben, 'on');
    await ana.close();
    expect(await ended(result)).toMatchObject({ status: 'cancelled', stdout: 'on\n' });
    await shows(ben, 'has gone');
    await close();
  }, 180_000);
});
