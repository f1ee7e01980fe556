/**
 * What one client of CodeChill holds of a room's text, as far as can be known: it sends its whole text with a version, and
 * replaces its own by what it is sent. Versions are ours here.
 */
export interface TextCopy {
  /** The version that the client was told last, by whatever was sent to it. */
  readonly toldVersion: number;
  /** The client is being sent this text. */
  told(version: number, text: string): void;
  /** The client is being told that its text has become this version; it had named `from`. */
  acknowledged(version: number, from: number): void;
  /**
   * The client has sent its text, of which it says that it was made from version `from`. `receipts`: how many there had
   * been when it came. Answers what it was made from.
   */
  take(text: string, from: number, receipts: number): { version: number; text: string | undefined };
  /** Whether the client has dealt with nearly all that it was sent; otherwise `onReady` is called when it has. */
  isReady(onReady: () => void): boolean;
}

/** So many texts may be under way to a client. */
const underwayMax = 2;
/** So many are remembered, where more are sent because the client has asked for them. */
const rememberedMax = 8;

/** `askReceipt` as of a dialect's socket. */
export function createTextCopy(askReceipt: (onReceipt: () => void) => number): TextCopy {
  let shown: string | undefined;
  let toldVersion = -1;
  let onReady: (() => void) | undefined;
  const underway: { text: string; receipt: number }[] = [];
  /** Acknowledgements that the client had not heard yet when it spoke last. */
  const unheard: { version: number; from: number; receipt: number }[] = [];

  function settle(receipts: number): void {
    while (underway[0] !== undefined && underway[0].receipt <= receipts) shown = underway.shift()?.text;
    while (unheard[0] !== undefined && unheard[0].receipt <= receipts) unheard.shift();
  }

  function ask(): number {
    const receipt = askReceipt(() => {
      settle(receipt);
      if (underway.length >= underwayMax) return;
      const ready = onReady;
      onReady = undefined;
      ready?.();
    });
    return receipt;
  }

  return {
    get toldVersion() {
      return toldVersion;
    },

    told(version, text) {
      toldVersion = version;
      underway.push({ text, receipt: ask() });
      if (underway.length <= rememberedMax) return;
      underway.shift();
      shown = undefined;
    },

    acknowledged(version, from) {
      toldVersion = version;
      unheard.push({ version, from, receipt: ask() });
    },

    take(text, from, receipts) {
      settle(receipts);
      const base = shown;
      shown = text;
      const [first, last] = [unheard[0], unheard.at(-1)];
      // Who types faster than the acknowledgements come is not behind anybody else.
      const isAheadOfItself = first !== undefined && last !== undefined && from >= first.from && from < last.version;
      return { version: isAheadOfItself ? last.version : from, text: base };
    },

    isReady(listener) {
      if (underway.length < underwayMax) return true;
      onReady = listener;
      return false;
    },
  };
}
