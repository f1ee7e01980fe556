/**
 * What the room's last run complained of, and where that is by now: a problem keeps to its line while others are
 * typed around it, and is gone once that line is changed or the next run starts.
 */
import type { RunFrame, RunWithOutput } from '@coderoom/protocol';
import * as Y from 'yjs';
import { createStore, type ReadableStore } from '../../store.ts';
import type { RoomFiles } from '../files/room-files.ts';
import type { RoomEventsClient } from '../rooms/room-events-client.ts';
import { mapLines } from './map-lines.ts';
import { type Problem, parseProblems } from './parse-problems.ts';

/** A problem where its line is now. */
export interface PlacedProblem extends Problem {
  /** Where its line begins in the text. */
  lineStart: number;
  lineText: string;
}

interface Anchored {
  problem: Problem;
  text: Y.Text;
  /** The line's first character, wherever it goes. */
  anchor: Y.RelativePosition;
  lineText: string;
}

export interface RoomProblemsOptions {
  events: Pick<RoomEventsClient, 'state' | 'follow'>;
  files: Pick<RoomFiles, 'text' | 'list'>;
}

export class RoomProblems {
  /** As they were said; of a run that was there before this page, too. */
  readonly list: ReadableStore<readonly Problem[]>;
  readonly #list = createStore<readonly Problem[]>([]);
  readonly #options: RoomProblemsOptions;
  readonly #listeners = new Set<() => void>();
  #runId: string | undefined;
  /** The files as they were when the run began; undefined for one whose beginning was not seen. */
  #texts: ReadonlyMap<string, string> | undefined;
  #anchored: Anchored[] = [];
  #said = '';

  constructor(options: RoomProblemsOptions) {
    this.#options = options;
    this.list = this.#list;
    options.events.follow((event) => {
      if (event.name === 'run:started') this.#begin(event.run.id, this.#readFiles());
    });
    options.events.state.subscribe(() => this.#follow());
    this.#follow();
  }

  /** Those of a file that still hold, in the order they were said. */
  of(path: string): PlacedProblem[] {
    return this.#anchored.flatMap((anchored) => {
      const { problem, text, lineText } = anchored;
      if (problem.path !== path || this.#options.files.text(path) !== text) return [];
      const lineStart = lineStartOf(anchored);
      if (lineStart === undefined) return [];
      return [{ ...problem, lineStart, lineText }];
    });
  }

  /** Where a problem's line is now; as it was said, when it is not known or has changed. */
  placeOf(problem: Problem): { line: number; column: number } {
    const { path, line, column = 1 } = problem;
    const anchored = this.#anchored.find((known) => known.problem === problem);
    const lineStart = anchored === undefined ? undefined : lineStartOf(anchored);
    if (lineStart === undefined) return { line, column };
    const before = this.#options.files.text(path)?.toString().slice(0, lineStart) ?? '';
    return { line: before.split('\n').length, column };
  }

  /** Told when there are others; not when lines change. Returns how to stop. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #begin(runId: string, texts: ReadonlyMap<string, string> | undefined): void {
    this.#runId = runId;
    this.#texts = texts;
    this.#said = '';
    this.#show([]);
  }

  #follow(): void {
    const { run } = this.#options.events.state.get();
    if (run === null) return;
    if (run.run.id !== this.#runId) this.#begin(run.run.id, undefined);
    const said = saidBy(run);
    if (said === this.#said) return;
    this.#said = said;
    this.#show(parseProblems(said, this.#options.files.list.get().paths));
  }

  #show(problems: readonly Problem[]): void {
    if (problems.length === 0 && this.#list.get().length === 0) return;
    this.#anchored = problems.flatMap((problem) => this.#anchor(problem) ?? []);
    this.#list.set(problems);
    for (const listener of this.#listeners) listener();
  }

  #anchor(problem: Problem): Anchored | undefined {
    const text = this.#options.files.text(problem.path);
    const then = this.#texts?.get(problem.path);
    if (text === undefined || then === undefined) return undefined;
    const now = text.toString();
    const line = mapLines(then, now)(problem.line);
    if (line === undefined) return undefined;
    const lines = now.split('\n');
    const lineStart = lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0);
    const anchor = Y.createRelativePositionFromTypeIndex(text, lineStart);
    return { problem, text, anchor, lineText: lines[line - 1] ?? '' };
  }

  #readFiles(): Map<string, string> {
    const { files } = this.#options;
    return new Map(files.list.get().paths.map((path) => [path, files.text(path)?.toString() ?? '']));
  }
}

/** Undefined when the line is no longer what it was. */
function lineStartOf({ text, anchor, lineText }: Anchored): number | undefined {
  if (text.doc === null) return undefined;
  const found = Y.createAbsolutePositionFromRelativePosition(anchor, text.doc);
  if (found === null || found.type !== text) return undefined;
  const now = text.toString();
  const { index } = found;
  if (index > 0 && now[index - 1] !== '\n') return undefined;
  const end = now.indexOf('\n', index);
  return now.slice(index, end < 0 ? undefined : end) === lineText ? index : undefined;
}

/** While it runs, what its compiler said; what the program says counts only once it has ended. */
function saidBy({ run, frames }: RunWithOutput): string {
  const text = (wanted: (frame: RunFrame) => boolean) =>
    frames
      .filter(wanted)
      .map(({ data }) => data)
      .join('');
  const compiled = text(({ phase }) => phase === 'compile');
  if (run.state !== 'finished' || run.result?.status === 'ok') return compiled;
  return `${compiled}\n${text(({ phase, stream }) => phase === 'run' && stream === 'stderr').slice(-spokenMax)}`;
}

/** Of what a program printed before it failed, its end counts. */
const spokenMax = 50_000;
