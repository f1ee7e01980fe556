import type { BrowserJob, RunOrder, RunReport } from '@coderoom/protocol';
import { limits } from '@coderoom/protocol';
import { expect, it, vi } from 'vitest';
import type { FrameNews } from '../../runner/messages.ts';
import BrowserRuns from './browser-runs.ts';

const job = { language: 'python' } as BrowserJob;

function setUp() {
  const reports: RunReport[] = [];
  const told: unknown[] = [];
  let order: (order: RunOrder) => void = () => {};
  let news: (news: FrameNews) => void = () => {};
  let running = '';
  let answer: () => Promise<object> = async () => ({});
  const events = {
    on: (_name: string, listener: (order: RunOrder) => void) => {
      order = listener;
      return () => {};
    },
    ask: async (_name: string, report: RunReport) => {
      reports.push(report);
      return answer();
    },
  };
  const frame = {
    execute: (runId: string, _job: BrowserJob, listener: (news: FrameNews) => void) => {
      running = runId;
      news = listener;
    },
    input: (more: object) => told.push(more),
    stop: () => told.push('stop'),
    close() {},
  };
  new BrowserRuns(events as never, () => frame);
  const print = (data: string, runId = running) =>
    news({ kind: 'output', runId, pieces: [{ phase: 'run', stream: 'stdout', data }] });
  return {
    reports,
    told,
    order: (given: RunOrder) => order(given),
    print,
    end: (runId = running) => news({ kind: 'end', runId, end: { status: 'ok', exitCode: 0, phase: 'run', wallMs: 1 } }),
    refuse(takes: (report: RunReport) => boolean) {
      answer = async () => {
        if (!takes(reports.at(-1) as RunReport)) throw new Error('invalid_request');
        return {};
      };
    },
    hold() {
      const waiting = Promise.withResolvers<object>();
      answer = () => waiting.promise;
      return waiting;
    },
  };
}

it('WEB-161 reports one after the other, what came meanwhile together, and the end last', async () => {
  const { reports, order, print, end, hold } = setUp();
  order({ kind: 'execute', runId: 'a', job });
  const waiting = hold();
  print('1');
  print('2');
  end();
  expect(reports).toHaveLength(1);
  waiting.resolve({});
  await vi.waitFor(() => expect(reports).toHaveLength(2));
  expect(reports.map(({ output }) => output?.map(({ data }) => data))).toEqual([['1'], ['2']]);
  expect(reports.map(({ end }) => end?.status)).toEqual([undefined, 'ok']);
});

it('WEB-161 cuts what is long, never through a character, and loses nothing', async () => {
  const { reports, order, print, end } = setUp();
  order({ kind: 'execute', runId: 'a', job });
  const text = 'x🎉'.repeat(limits.runOutputMaxBytes / 2);
  print(text);
  end();
  await vi.waitFor(() => expect(reports.at(-1)?.end).toBeDefined());
  const pieces = reports.flatMap(({ output }) => output?.map(({ data }) => data) ?? []);
  expect(pieces.join('')).toBe(text);
  expect(pieces.every((data) => data.isWellFormed() && data.length <= limits.runOutputMaxBytes)).toBe(true);
});

it('WEB-163 stops a program that the server knows nothing of any more, and takes orders for its own run alone', async () => {
  const { told, order, print, hold } = setUp();
  order({ kind: 'execute', runId: 'a', job });
  order({ kind: 'input', runId: 'b', data: 'x' });
  order({ kind: 'input', runId: 'a', data: 'y' });
  order({ kind: 'stop', runId: 'b' });
  expect(told).toEqual([{ data: 'y', end: false }]);
  const waiting = hold();
  print('1');
  waiting.reject(new Error('run_finished'));
  await vi.waitFor(() => expect(told.at(-1)).toBe('stop'));
});

it('WEB-163 takes nothing that one program said for what the next one says', async () => {
  const { reports, order, print, end } = setUp();
  order({ kind: 'execute', runId: 'a', job });
  // The page was busy for so long that both came at once.
  order({ kind: 'stop', runId: 'a' });
  order({ kind: 'execute', runId: 'b', job });
  print('late', 'a');
  end('a');
  print('mine');
  end();
  await vi.waitFor(() => expect(reports.at(-1)?.end).toBeDefined());
  expect(reports.map(({ runId }) => runId)).toEqual(reports.map(() => 'b'));
  expect(reports.flatMap(({ output }) => output ?? []).map(({ data }) => data)).toEqual(['mine']);
});

it('WEB-163 ends a run whose program makes its page say what the server does not take', async () => {
  const { reports, order, print, end, refuse, hold } = setUp();
  order({ kind: 'execute', runId: 'a', job });
  refuse(({ end }) => end?.status === 'internal');
  end();
  await vi.waitFor(() => expect(reports.at(-1)?.end?.status).toBe('internal'));

  order({ kind: 'execute', runId: 'b', job });
  const waiting = hold();
  print('1');
  print('2');
  end();
  waiting.reject(new Error('invalid_request'));
  await vi.waitFor(() => expect(reports.at(-1)).toMatchObject({ runId: 'b', end: { status: 'internal' } }));
});
