import { gzipSync } from 'node:zlib';
import { createRoom, launchBrowser, startServer } from '../packages/testkit/src/index.ts';

/** What the room's page loads until its text can be edited, and how long that takes from following the link. */
const rounds = 9;
/** Notes in the page itself when the text was there, so that the watching costs no time. */
const noteEditable = `new MutationObserver((_, observer) => {
  const line = document.querySelector('.cm-content[contenteditable="true"] .cm-line');
  if (!line || !/print/.test(line.parentElement.textContent)) return;
  performance.mark('editable');
  observer.disconnect();
}).observe(document, { childList: true, subtree: true, characterData: true });`;

await using server = await startServer({ env: { EXECUTION: 'off' } });
const browser = await launchBrowser();
const times: number[] = [];
let before: number[] = [];
let all: number[] = [];

for (let round = 0; round < rounds; round++) {
  const { room } = await createRoom(server.url, { language: 'python' });
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.addInitScript(noteEditable);
  await page.goto(`${server.url}/r/${room.code}`, { waitUntil: 'networkidle' });
  const loaded = await page.evaluate(() => ({
    editableMs: performance.getEntriesByName('editable')[0]?.startTime ?? Number.NaN,
    scripts: performance
      .getEntriesByType('resource')
      .filter(({ name }) => name.endsWith('.js'))
      .map((entry) => ({ name: entry.name, loadedMs: (entry as unknown as { responseEnd: number }).responseEnd })),
  }));
  times.push(loaded.editableMs);
  const sizes = await Promise.all(
    loaded.scripts.map(async ({ name, loadedMs }) => {
      const script = Buffer.from(await (await fetch(name)).arrayBuffer());
      return { loadedMs, bytes: gzipSync(script, { level: 9 }).length };
    }),
  );
  all = sizes.map(({ bytes }) => bytes);
  before = sizes.filter(({ loadedMs }) => loadedMs < loaded.editableMs).map(({ bytes }) => bytes);
  await context.close();
}
await browser.close();

times.sort((a, b) => a - b);
const describe = (sizes: number[]) =>
  `${(sizes.reduce((sum, bytes) => sum + bytes, 0) / 1000).toFixed(1)} KB in ${sizes.length} files`;
console.table({
  'JavaScript until the text can be edited, gzipped': { value: describe(before) },
  'JavaScript with all that follows by itself, gzipped': { value: describe(all) },
  'link to editable text, median': { value: `${Math.round(times[Math.floor(rounds / 2)] as number)} ms` },
  'link to editable text, slowest': { value: `${Math.round(times.at(-1) as number)} ms` },
});
