import { ProblemError } from '@coderoom/protocol';
import { assertMayChange, type Caller } from '../../caller.ts';
import type { WholeText, WholeTexts } from '../../files/whole-texts.ts';
import { createScreen, type Screen, type ScreenOptions } from './screen.ts';

/** One client's side of the shared text: what it sends is merged into the room's, and what comes of it is sent to it. */
export interface CodeWords {
  /** `receipts`: how many there had been when it came. */
  take(code: string, receipts: number): Promise<void>;
  /** Sends the text, whatever the client has. */
  tell(): Promise<void>;
  /** What the client has. */
  shown(): string | undefined;
  close(): void;
}

export interface CodeWordsOptions {
  roomId: string;
  texts: WholeTexts;
  caller(): Promise<Caller>;
  emit(payload: object): void;
  askReceipt: ScreenOptions['askReceipt'];
  /** What the client had when it was here last; undefined when it has not been, or shows something else since. */
  known: string | undefined;
  /** Somebody as CodeCall knows them; null while that is not known. */
  personOf(memberId: string | null): string | null;
}

export async function openCodeWords(options: CodeWordsOptions): Promise<CodeWords> {
  const { roomId, texts, caller, emit, askReceipt, known, personOf } = options;
  const first = await texts.read(roomId);
  const screen: Screen = createScreen({
    send: ({ text, details }) => emit({ code: text, ...details }),
    askReceipt,
    // In an empty room there is nothing that a client could have missed.
    known: known ?? (first.text === '' ? '' : undefined),
  });
  /** What the client sent and is not written yet; what was typed on the way is one change. */
  const waiting: { base: string; text: string }[] = [];
  let version = -1;
  let writing: Promise<void> | undefined;

  function show(now: WholeText, details: object): void {
    if (now.version < version) return;
    version = now.version;
    screen.show({ text: now.text, details });
  }

  async function write(): Promise<void> {
    const release = screen.hold();
    try {
      // While the room's text is read, the client may go on.
      do {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          const now = await caller();
          assertMayChange(now);
          await texts.write(roomId, { memberId: now.member.id, text: next.text, base: { texts: [next.base] } });
        }
        show(await texts.read(roomId), {});
      } while (waiting.length > 0);
    } finally {
      waiting.length = 0;
      writing = undefined;
      release();
    }
  }

  show(first, { synced: true });
  const unwatch = texts.watch(roomId, (now) => show(now, { userId: personOf(now.memberId) }));

  return {
    async take(code, receipts) {
      const base = screen.take(code, receipts);
      // It has typed over something that it is only now being told of, and that takes the place of it there.
      if (base === undefined || base === code) return;
      const last = waiting.at(-1);
      if (last?.text === base) last.text = code;
      else waiting.push({ base, text: code });
      writing ??= write().catch(async (error: unknown) => {
        if (!(error instanceof ProblemError)) throw error;
        // Refused: the client gets back what there is.
        const now = await texts.read(roomId);
        screen.showAgain({ text: now.text, details: { synced: true } });
      });
      await writing;
    },

    async tell() {
      const now = await texts.read(roomId);
      screen.showAgain({ text: now.text, details: { synced: true } });
    },

    shown: screen.shown,
    close: unwatch,
  };
}
