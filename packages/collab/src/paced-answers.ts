/**
 * Answers that are whole documents, so many bytes of them in a turn of the event loop: to hand one to the network takes
 * milliseconds, and when a class comes in at once nobody else is to wait for all of them.
 */
import { limits } from '@coderoom/protocol';

/** Gives how many bytes it has sent. */
type Answer = () => number;

export class PacedAnswers<Asker> {
  /** Oldest first; who asks again meanwhile is answered once. */
  readonly #waiting = new Map<Asker, Answer>();
  #sentBytes = 0;
  #isScheduled = false;

  /** Answers now, or in one of the next turns. */
  give(asker: Asker, answer: Answer): void {
    this.#waiting.set(asker, answer);
    this.#answerSome();
  }

  #answerSome(): void {
    for (const [asker, answer] of this.#waiting) {
      if (this.#sentBytes >= limits.collabAnswersPerTurnBytes) break;
      this.#waiting.delete(asker);
      this.#sentBytes += answer();
    }
    if (this.#isScheduled || this.#sentBytes === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#sentBytes = 0;
      this.#answerSome();
    });
  }
}
