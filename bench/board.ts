import type * as Y from 'yjs';
import { documentMaps, encodePoints, type StrokePoint } from '../packages/protocol/src/index.ts';
import { connectDocument, createRoom, launchBrowser, startServer } from '../packages/testkit/src/index.ts';

/** How a board moves: the same gestures over few strokes and over many, all of them in view, in Chromium without a GPU. */
const counts = [20, 2_000];
const pointsPerStroke = 60;
const columns = 50;
const viewport = { width: 1440, height: 900 };

type Page = Awaited<ReturnType<Awaited<ReturnType<typeof launchBrowser>>['newPage']>>;
type DevTools = Awaited<ReturnType<ReturnType<Page['context']>['newCDPSession']>>;

interface Row {
  strokes: number;
  gesture: string;
  'frame, median ms': number;
  'frame, p95 ms': number;
  'main thread, ms per frame': number;
}

/** In their order: what one leaves behind the next finds. */
const gestures: Record<string, (page: Page) => Promise<void>> = {
  'moving the paper': async (page) => {
    await page.mouse.move(600, 500);
    for (let step = 0; step < 100; step++) await page.mouse.wheel(step < 50 ? 7 : -7, 4);
  },
  zooming: async (page) => {
    await page.keyboard.down('Control');
    for (let step = 0; step < 60; step++) await page.mouse.wheel(0, step < 30 ? -15 : 15);
    await page.keyboard.up('Control');
  },
  drawing: async (page) => {
    await page.getByRole('application').focus();
    await page.keyboard.press('p');
    await drag(page, 150, (step) => [300 + step * 4, 450 + Math.sin(step / 8) * 90]);
  },
  'moving all of them': async (page) => {
    await page.keyboard.press('Control+a');
    // By where the pen was set down just now.
    await drag(page, 60, (step) => [300 + step * 2, 450 + step]);
  },
  erasing: async (page) => {
    await page.keyboard.press('e');
    await drag(page, 80, (step) => [320 + step * 8, 250 + step * 5]);
  },
};

await using server = await startServer({ env: { EXECUTION: 'off' } });
const browser = await launchBrowser();
const rows: Row[] = [];

for (const strokes of counts) {
  const { room, token } = await createRoom(server.url);
  const bytes = await drawStrokes(room.id, token, strokes);
  const page = await (await browser.newContext({ viewport })).newPage();
  await page.goto(`${server.url}/r/${room.code}`);
  await page.getByText('Connected', { exact: true }).waitFor();
  const openedAt = performance.now();
  await page.getByRole('button', { name: /^Board/ }).click();
  await page.getByText(`On the board: ${strokes} strokes`).waitFor({ state: 'attached' });
  console.log(
    `${strokes} strokes, ${bytes} bytes of points: shown after ${Math.round(performance.now() - openedAt)} ms`,
  );
  await page.getByRole('button', { name: 'Over the whole width' }).click();
  await page.getByRole('button', { name: 'Show everything' }).click();
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable');
  for (const [gesture, act] of Object.entries(gestures)) {
    rows.push({ strokes, gesture, ...(await measure(page, devtools, () => act(page))) });
  }
  await page.context().close();
}
await browser.close();
console.table(rows);

/** As another client would, in one go. Returns how many bytes the strokes are. */
async function drawStrokes(roomId: string, token: string, count: number): Promise<number> {
  using client = connectDocument(server.url, roomId, token, { acks: true });
  await client.synced();
  const board = client.doc.getMap(documentMaps.board);
  // Of the Yjs that the client has: beside it lies that of the peers.
  const BoardMap = board.constructor as typeof Y.Map;
  let bytes = 0;
  client.doc.transact(() => {
    for (let index = 0; index < count; index++) {
      const points = Array.from({ length: pointsPerStroke }, (_, at): StrokePoint => {
        return [at * 1.2, Math.sin(at / 4 + index) * 16, 0.3 + 0.3 * Math.sin(at / 9)];
      });
      const place = { x: (index % columns) * 60, y: Math.floor(index / columns) * 45 };
      const fields = { kind: 'stroke', by: null, z: index, color: '#2563eb', size: 4, ...place };
      const encoded = encodePoints(points);
      bytes += encoded.length;
      board.set(`stroke-${index}`, new BoardMap<unknown>(Object.entries({ ...fields, points: encoded })));
    }
  });
  await client.saved();
  return bytes;
}

async function measure(page: Page, devtools: DevTools, act: () => Promise<void>) {
  const busy = async () => {
    const { metrics } = await devtools.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
  };
  await page.evaluate(`
    window.frames = [];
    window.isMeasuring = true;
    requestAnimationFrame(function next(before) {
      requestAnimationFrame((now) => {
        frames.push(now - before);
        if (isMeasuring) next(now);
      });
    });
  `);
  const before = await busy();
  await act();
  const busyMs = ((await busy()) - before) * 1000;
  const frames = (await page.evaluate('window.isMeasuring = false, window.frames')) as number[];
  frames.sort((a, b) => a - b);
  const at = (part: number) => Math.round((frames[Math.floor(frames.length * part)] ?? Number.NaN) * 10) / 10;
  return {
    'frame, median ms': at(0.5),
    'frame, p95 ms': at(0.95),
    'main thread, ms per frame': Math.round((busyMs / frames.length) * 10) / 10,
  };
}

async function drag(page: Page, steps: number, place: (step: number) => [number, number]): Promise<void> {
  await page.mouse.move(...place(0));
  await page.mouse.down();
  for (let step = 1; step <= steps; step++) await page.mouse.move(...place(step));
  await page.mouse.up();
}
