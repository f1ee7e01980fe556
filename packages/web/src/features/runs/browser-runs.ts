/** Runs programs in this browser when the server says so, and tells it what comes of them, for everybody in the room. */
import { type BrowserJob, limits, type RunOrder, type RunReport } from '@coderoom/protocol';
import type { FrameNews, OutputPiece, RunEnd } from '../../runner/messages.ts';
import type { RoomEventsClient } from '../rooms/room-events-client.ts';
import { openProgramFrame, type ProgramFrame } from './program-frame.ts';

/** What one report carries at most, beneath what the server takes. */
const reportMaxLength = limits.runOutputMaxBytes / 2;

/** Of a program whose own end the server did not take. */
const unknownEnd: RunEnd = { status: 'internal', exitCode: null, phase: 'run', wallMs: 0 };

export default class BrowserRuns {
  readonly #events: Pick<RoomEventsClient, 'ask' | 'on'>;
  readonly #openFrame: () => ProgramFrame;
  #frame: ProgramFrame | undefined;
  #runId: string | undefined;
  readonly #stopListening: () => void;

  constructor(events: Pick<RoomEventsClient, 'ask' | 'on'>, openFrame: () => ProgramFrame = openProgramFrame) {
    this.#events = events;
    this.#openFrame = openFrame;
    this.#stopListening = events.on('run:order', (order) => this.#obey(order));
  }

  close(): void {
    this.#stopListening();
    this.#frame?.close();
  }

  #obey(order: RunOrder): void {
    if (order.kind === 'execute') this.#execute(order.runId, order.job);
    else if (order.runId !== this.#runId) return;
    else if (order.kind === 'stop') this.#frame?.stop();
    else this.#frame?.input({ ...(order.data === undefined ? {} : { data: order.data }), end: order.end === true });
  }

  #execute(runId: string, job: BrowserJob): void {
    this.#frame ??= this.#openFrame();
    this.#runId = runId;
    let waiting: OutputPiece[] = [];
    let end: RunEnd | undefined;
    let isReporting = false;

    // One report after the other, with all that came meanwhile; there is an end to what a program may print.
    const report = async () => {
      if (isReporting) return;
      isReporting = true;
      let hasEnded = false;
      try {
        while (waiting.length > 0 || end !== undefined) {
          const { taken, rest } = takePart(waiting);
          waiting = rest;
          const told: RunReport = { runId, output: taken };
          if (rest.length === 0 && end !== undefined) {
            told.end = end;
            end = undefined;
            hasEnded = true;
          }
          await this.#events.ask('run:report', told);
        }
      } catch {
        // The run is over for the server, the connection is gone, and with it the run, or a program has meddled with what we say.
        waiting = [];
        if (hasEnded || end !== undefined) {
          end = undefined;
          await this.#events.ask('run:report', { runId, end: unknownEnd }).catch(() => {});
        } else if (this.#runId === runId) this.#frame?.stop();
      } finally {
        isReporting = false;
      }
    };
    this.#frame.execute(runId, job, (news: FrameNews) => {
      if (news.runId !== runId) return;
      if (news.kind === 'output') waiting.push(...news.pieces);
      else end = news.end;
      void report();
    });
  }
}

function takePart(pieces: OutputPiece[]): { taken: OutputPiece[]; rest: OutputPiece[] } {
  const taken: OutputPiece[] = [];
  let room = reportMaxLength;
  let index = 0;
  for (; index < pieces.length && taken.length < limits.browserReportFramesMax && room > 0; index++) {
    const piece = pieces[index] as OutputPiece;
    if (piece.data.length > room) {
      // Not through the middle of a character of two units.
      const isPair = /[\ud800-\udbff]/.test(piece.data.charAt(room - 1));
      const cut = isPair ? room + 1 : room;
      taken.push({ ...piece, data: piece.data.slice(0, cut) });
      return { taken, rest: [{ ...piece, data: piece.data.slice(cut) }, ...pieces.slice(index + 1)] };
    }
    taken.push(piece);
    room -= piece.data.length;
  }
  return { taken, rest: pieces.slice(index) };
}
