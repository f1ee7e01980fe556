import { gzipSync } from 'node:zlib';
import { createRoom, launchBrowser, startServer } from '../packages/testkit/src/index.ts';

/** What the room's page loads until its text can be edited, and how long that takes from following the link. */
const rounds = 9;
await using server = await startServer({ env: { EXECUTION: 'off' } });
const browser = await launchBrowser();
const times: number[] = [];
let scriptBytes = 0;
let scripts = 0;

for (let round = 0; round < rounds; round++) {
  const { room } = await createRoom(server.url, { language: 'python' });
  const context = await browser.newContext();
  const page = await context.newPage();
  const bodies: Promise<Buffer>[] = [];
  page.on('response', (response) => {
    if (new URL(response.url()).pathname.endsWith('.js')) bodies.push(response.body());
    // What is still under way when the text can be edited is not needed for it.
    bodies.at(-1)?.catch(() => {});
  });
  const startedAt = performance.now();
  await page.goto(`${server.url}/r/${room.code}`, { waitUntil: 'commit' });
  await page.locator('.cm-content[contenteditable="true"] .cm-line', { hasText: 'print' }).first().waitFor();
  times.push(performance.now() - startedAt);
  const loaded = (await Promise.allSettled(bodies.slice())).flatMap((body) =>
    body.status === 'fulfilled' ? [body.value] : [],
  );
  scripts = loaded.length;
  scriptBytes = loaded.reduce((sum, body) => sum + gzipSync(body, { level: 9 }).length, 0);
  await context.close();
}
await browser.close();

times.sort((a, b) => a - b);
console.table({
  'JavaScript until editable, gzipped': { value: `${(scriptBytes / 1000).toFixed(1)} KB in ${scripts} files` },
  'link to editable text, median': { value: `${Math.round(times[Math.floor(times.length / 2)] as number)} ms` },
  'link to editable text, slowest': { value: `${Math.round(times.at(-1) as number)} ms` },
});
