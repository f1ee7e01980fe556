import { type BoardElement, limits, segmentsOf } from '@coderoom/protocol';
import type { BoardService } from '../../board/service.ts';

/** The board for one client: strokes of CodeCall's clients as they sent them, everything else in straight pieces. */
export interface BoardWords {
  /** Draws everything that there is. */
  tell(): void;
  /** Another client's stroke, or this one's own, which it shows already. */
  addStroke(stroke: { payload: object } | 'own'): void;
  /** Somebody has cleared the board by CodeCall's word for it. */
  clear(): void;
  close(): void;
}

export interface BoardWordsOptions {
  roomId: string;
  boards: Pick<BoardService, 'read' | 'watch'>;
  emit(name: string, ...payload: object[]): void;
  /** Resolves when the client has dealt with all that it was sent. */
  settled(): Promise<void>;
  personOf(memberId: string | null): string | null;
  onError(error: unknown): void;
  /** The client does not take what it is sent: it is to be told no more. */
  giveUp(): void;
}

/** So many strokes are under way to a client at once. */
const strokesAtOnce = 200;

export async function openBoardWords(options: BoardWordsOptions): Promise<BoardWords> {
  const { roomId, boards, emit, settled, personOf, onError, giveUp } = options;
  let isClosed = false;
  /** Nothing was drawn there since it was told that the board is clear. */
  let isClear = false;
  /** Whoever asks more often than they are answered is answered once. */
  let isToBeTold = false;
  /** What is told is told in order, however long a board takes. */
  let last: Promise<void> = Promise.resolve();
  let waiting = 0;
  const inTurn = (work: () => Promise<void>) => {
    if (isClosed) return;
    if (waiting >= limits.dialectPacketsWaitingMax) return giveUp();
    waiting++;
    last = last
      .then(() => (isClosed ? undefined : work()))
      .catch(onError)
      .finally(() => waiting--);
  };

  async function draw(elements: readonly BoardElement[]): Promise<void> {
    let count = 0;
    for (const element of elements) {
      const userId = personOf(element.by);
      for (const stroke of strokesOf(element)) {
        if (isClosed) return;
        isClear = false;
        emit('whiteboard-draw', { stroke, userId });
        if (++count % strokesAtOnce === 0) await settled();
      }
    }
  }

  function clear(): void {
    isClear = true;
    emit('whiteboard-clear');
  }

  const unwatch = await boards.watch(roomId, (news) => {
    switch (news.kind) {
      case 'drawn':
        // Those of CodeCall's clients were passed on as they came.
        return inTurn(() => draw(news.elements.filter(({ kind }) => kind !== 'foreign')));
      case 'changed':
        return inTurn(async () => {
          // There is no word for a part of it.
          clear();
          await draw(news.elements);
        });
      case 'cleared':
        return inTurn(async () => {
          if (isClear) return;
          clear();
          // What was drawn since.
          await draw(await boards.read(roomId));
        });
      default:
        return news satisfies never;
    }
  });

  return {
    tell() {
      if (isToBeTold) return;
      isToBeTold = true;
      inTurn(async () => {
        isToBeTold = false;
        await draw(await boards.read(roomId));
      });
    },
    addStroke: (stroke) =>
      inTurn(async () => {
        isClear = false;
        if (stroke !== 'own') emit('whiteboard-draw', stroke.payload);
      }),
    clear: () => inTurn(async () => clear()),
    close() {
      isClosed = true;
      unwatch();
    },
  };
}

function strokesOf(element: BoardElement): unknown[] {
  const isAsItCame = element.kind === 'foreign' && element.x === 0 && element.y === 0;
  return isAsItCame ? element.strokes : segmentsOf(element);
}
