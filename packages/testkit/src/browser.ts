import { type Browser, chromium } from 'playwright-core';

/** Debian's Chromium, headless and quiet on the network; `args` are more of its switches. */
export async function launchBrowser({ args = [] }: { args?: string[] } = {}): Promise<Browser> {
  return await chromium.launch({
    executablePath: process.env.CODEROOM_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...args,
    ],
  });
}
