/**
 * What one client has on its screen, as far as can be known. CodeCall's clients send their whole text with every keystroke
 * and replace theirs by what they are sent: so what they send has to be read as a change of the text that they had then,
 * which need not be the one that was sent to them last.
 */
export interface Screen {
  /** The text the client has, once it has taken all that it was sent; undefined while nothing is known of it. */
  shown(): string | undefined;
  /**
   * The client has sent its text. `receipts`: how many there had been when it came. Returns the text it was made from;
   * undefined when that is not known.
   */
  take(text: string, receipts: number): string | undefined;
  /** This is the room's text now: the client is sent it, when it has another one and has taken what is under way. */
  show(update: ScreenUpdate): void;
  /** The same, whatever it has. */
  showAgain(update: ScreenUpdate): void;
  /** While a text of the client is being written, the room's text is without it: nothing is sent until that is over. */
  hold(): () => void;
}

interface ScreenUpdate {
  text: string;
  /** What is sent with it. */
  details: object;
}

export interface ScreenOptions {
  send(update: ScreenUpdate): void;
  /** As `askReceipt` of a dialect's socket. */
  askReceipt(onReceipt: () => void): number;
  /** What it had when it was seen last. */
  known?: string | undefined;
}

/** Texts asked for again while others are under way; a client that asks for more has enough of them. */
const underwayMax = 4;

export function createScreen({ send, askReceipt, known }: ScreenOptions): Screen {
  let shown = known;
  let wanted: ScreenUpdate | undefined;
  let holds = 0;
  const underway: { text: string; receipt: number }[] = [];

  function settle(receipts: number): void {
    while (underway[0] !== undefined && underway[0].receipt <= receipts) shown = underway.shift()?.text;
  }

  function tell(update: ScreenUpdate): void {
    send(update);
    const receipt = askReceipt(() => {
      settle(receipt);
      catchUp();
    });
    underway.push({ text: update.text, receipt });
  }

  function catchUp(): void {
    if (wanted === undefined || holds > 0 || underway.length > 0 || wanted.text === shown) return;
    tell(wanted);
  }

  return {
    shown: () => shown,

    take(text, receipts) {
      settle(receipts);
      const base = shown;
      shown = text;
      return base;
    },

    show(update) {
      wanted = update;
      catchUp();
    },

    showAgain(update) {
      wanted = update;
      if (underway.length < underwayMax) tell(update);
    },

    hold() {
      holds++;
      return () => {
        holds--;
        catchUp();
      };
    },
  };
}
