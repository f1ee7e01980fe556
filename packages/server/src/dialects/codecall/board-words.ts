import { type BoardElement, segmentsOf } from '@coderoom/protocol';
import type { BoardService } from '../../board/service.ts';

/** The board for one client: strokes of CodeCall's clients as they sent them, everything else in straight pieces. */
export interface BoardWords {
  /** Draws everything that there is. */
  tell(): void;
  /** In its turn. */
  emit(name: string, ...payload: object[]): void;
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
}

/** So many strokes are under way to a client at once. */
const strokesAtOnce = 200;

export async function openBoardWords(options: BoardWordsOptions): Promise<BoardWords> {
  const { roomId, boards, emit, settled, personOf, onError } = options;
  let isClosed = false;
  /** What is told is told in order, however long a board takes. */
  let last: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>) => {
    last = last.then(() => (isClosed ? undefined : work())).catch(onError);
  };

  async function draw(elements: readonly BoardElement[]): Promise<void> {
    let count = 0;
    for (const element of elements) {
      const userId = personOf(element.by);
      for (const stroke of strokesOf(element)) {
        if (isClosed) return;
        emit('whiteboard-draw', { stroke, userId });
        if (++count % strokesAtOnce === 0) await settled();
      }
    }
  }

  const unwatch = await boards.watch(roomId, (news) => {
    switch (news.kind) {
      case 'drawn':
        // Those of CodeCall's clients were passed on as they came.
        return inTurn(() => draw(news.elements.filter(({ kind }) => kind !== 'foreign')));
      case 'changed':
        return inTurn(async () => {
          // There is no word for a part of it.
          emit('whiteboard-clear');
          await draw(news.elements);
        });
      case 'cleared':
        return inTurn(async () => emit('whiteboard-clear'));
      default:
        return news satisfies never;
    }
  });

  return {
    tell: () => inTurn(async () => draw(await boards.read(roomId))),
    emit: (name, ...payload) => inTurn(async () => emit(name, ...payload)),
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
