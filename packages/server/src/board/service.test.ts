import { type Collab, createCollab, encodeSeed } from '@coderoom/collab';
import { encodePoints, limits } from '@coderoom/protocol';
import { until } from '@coderoom/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../caller.ts';
import type { BoardNews } from './board-news.ts';
import { type BoardService, createBoardService } from './service.ts';

const seed = encodeSeed({ files: [{ path: 'main.py', text: '' }], entry: 'main.py', language: 'python' });
let collab: Collab;
let boards: BoardService;
let timeMs: number;
let appends: number;
let logged: string[];

beforeEach(() => {
  timeMs = 0;
  appends = 0;
  collab = createCollab({
    store: {
      load: async () => ({ snapshot: seed, snapshotSeq: 1, batches: [] }),
      append: async () => void appends++,
      saveSnapshot: async () => {},
    },
    logger: { warn: () => {}, error: () => {} },
  });
  logged = [];
  const logger = { error: (_: object, message: string) => logged.push(message) };
  let ids = 0;
  boards = createBoardService({ collab, logger, createId: () => `id-${++ids}`, now: () => timeMs });
});
afterEach(() => collab.close());

const caller = (id: string, role = 'editor', status = 'active') =>
  ({ room: { id: 'room', status }, member: { id, role } }) as unknown as Caller;
const piece = (x: number) => ({ x0: x, y0: 0, x1: x + 1, y1: 0, color: '#ff0000', size: 3, tool: 'pen' });
const line = (id: string, x = 0) => ({
  id,
  fields: { kind: 'line', by: 'ana', color: '#000000', size: 2, x, y: 0, w: 1, h: 1 },
});
const add = (id: string, x?: number) =>
  collab.editBoard('room', [{ kind: 'add', element: line(id, x) }], { memberId: 'ana' });

async function openWatch() {
  const heard: BoardNews[] = [];
  const stop = await boards.watch('room', (news) => heard.push(news));
  return { heard, stop, next: (count: number) => until(`${count} news`, () => heard.length >= count) };
}

describe('strokes of other systems', () => {
  it('BOARD-12 what is drawn without lifting the pen is one element, whatever writes are needed, as it came', async () => {
    const strokes = Array.from({ length: 200 }, (_, x) => ({ ...piece(x), extra: { of: ['their', null] } }));
    await Promise.all(strokes.map((stroke) => boards.addForeign(caller('ana'), stroke)));
    const [element, ...others] = await boards.read('room');
    expect(others).toEqual([]);
    expect(element).toMatchObject({ kind: 'foreign', by: 'ana', strokes });
    expect(appends).toBeLessThan(10);
  });

  it('BOARD-12 a lifted pen, a pause, another member and a long drawing begin another element', async () => {
    await boards.addForeign(caller('ana'), piece(0));
    await boards.addForeign(caller('ben'), piece(1));
    await boards.addForeign(caller('ana'), piece(1));
    await boards.addForeign(caller('ana'), piece(7));
    timeMs += limits.boardForeignJoinMs + 1;
    await boards.addForeign(caller('ana'), piece(8));
    const shown = (await boards.read('room')).map((element) => element.kind === 'foreign' && element.strokes);
    expect(shown).toEqual([[piece(0), piece(1)], [piece(1)], [piece(7)], [piece(8)]]);
    const many = Array.from({ length: limits.boardForeignStrokesPerElement + 1 }, (_, x) => piece(x + 9));
    await Promise.all(many.map((stroke) => boards.addForeign(caller('ana'), stroke)));
    const lengths = (await boards.read('room')).map((element) => element.kind === 'foreign' && element.strokes.length);
    expect(lengths.slice(3)).toEqual([limits.boardForeignStrokesPerElement, 2]);
  });

  it('BOARD-13 viewers, ended rooms, strokes too long or too deep are refused, and change nothing', async () => {
    const deep = JSON.parse('['.repeat(30) + ']'.repeat(30));
    await expect(boards.addForeign(caller('v', 'viewer'), piece(0))).rejects.toMatchObject({ code: 'forbidden' });
    await expect(boards.addForeign(caller('a', 'owner', 'ended'), 1)).rejects.toMatchObject({ code: 'room_ended' });
    await expect(boards.addForeign(caller('a'), 'x'.repeat(5_000))).rejects.toMatchObject({ code: 'too_large' });
    await expect(boards.addForeign(caller('a'), deep)).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(boards.addForeign(caller('a'), undefined)).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(boards.clear(caller('v', 'viewer'))).rejects.toMatchObject({ code: 'forbidden' });
    expect(await boards.read('room')).toEqual([]);
  });

  it('BOARD-13 what waited to be written when the board was cleared does not come after', async () => {
    const drawn = Array.from({ length: 50 }, (_, x) => boards.addForeign(caller('ana'), piece(x)));
    await boards.clear(caller('ben'));
    await Promise.all(drawn);
    expect(await boards.read('room')).toEqual([]);
    await boards.addForeign(caller('ana'), piece(50));
    expect(await boards.read('room')).toMatchObject([{ strokes: [piece(50)] }]);
  });
});

describe('watching a board', () => {
  it('BOARD-14 tells what is drawn from then on, strokes that go on with the new ones alone', async () => {
    await add('before');
    const { heard, next, stop } = await openWatch();
    await add('one');
    await next(1);
    expect(heard).toMatchObject([{ kind: 'drawn', elements: [{ id: 'one', kind: 'line' }] }]);
    await boards.addForeign(caller('ana'), piece(0));
    await next(2);
    await boards.addForeign(caller('ana'), piece(1));
    await next(3);
    expect(heard.slice(1)).toMatchObject([
      { kind: 'drawn', elements: [{ kind: 'foreign', strokes: [piece(0)] }] },
      { kind: 'drawn', elements: [{ kind: 'foreign', strokes: [piece(1)] }] },
    ]);
    stop();
  });

  it('BOARD-14 tells what is erased, moved or cleared; text tells nothing', async () => {
    await add('one');
    await add('two');
    const { heard, next, stop } = await openWatch();
    await collab.writeFile('room', 'main.py', 'text', { memberId: 'ana' });
    // Drawn again in another place.
    await add('two', 5);
    await next(1);
    expect(heard[0]).toMatchObject({ kind: 'changed', elements: [{ id: 'one' }, { id: 'two', x: 5 }] });
    await boards.clear(caller('ana'));
    await next(2);
    expect(heard[1]).toEqual({ kind: 'cleared' });
    expect(heard).toHaveLength(2);
    stop();
  });

  it('BOARD-14 many changes within a moment are told together, to everybody who watches; nobody is told after that', async () => {
    const [first, second] = [await openWatch(), await openWatch()];
    await Promise.all(Array.from({ length: 30 }, (_, index) => add(`e${index}`)));
    const told = ({ heard }: typeof first) => heard.flatMap((news) => (news.kind === 'drawn' ? news.elements : []));
    await until('all', () => told(first).length === 30 && told(second).length === 30);
    expect(first.heard.length).toBeLessThan(10);
    first.stop();
    second.stop();
    await add('later');
    const third = await openWatch();
    await add('last');
    await third.next(1);
    expect(told(first)).toHaveLength(30);
    expect(told(third).map(({ id }) => id)).toEqual(['last']);
    third.stop();
  });
});

it('BOARD-14 a listener that fails is logged, and the board goes on being told', async () => {
  let calls = 0;
  await boards.watch('room', () => {
    calls++;
    throw new Error('a listener’s fault');
  });
  await add('a');
  await until('the first news', () => calls === 1);
  await add('b');
  await until('the next news', () => calls === 2);
  expect(logged).toHaveLength(2);
});

it('BOARD-15 what other clients put there that is no element is left out', async () => {
  const fields = { ...line('').fields, kind: 'stroke', points: encodePoints([[0, 0, 1]]) };
  await collab.editBoard(
    'room',
    [
      { kind: 'add', element: { id: 'good', fields } },
      { kind: 'add', element: { id: 'bad', fields: { ...fields, color: 'javascript:' } } },
    ],
    { memberId: null },
  );
  expect((await boards.read('room')).map(({ id }) => id)).toEqual(['good']);
});
