import { ProblemError } from '@coderoom/protocol';
import type { BoardService } from '../../board/service.ts';
import type { Caller } from '../../caller.ts';
import type { CallService } from '../../calls/service.ts';
import type { WholeTexts } from '../../files/whole-texts.ts';
import type { DialectSeat, DialectSocket } from '../../gateway/dialect-sockets.ts';
import type { HeardEvent } from '../../gateway/room-events.ts';
import type { MemberService } from '../../members/service.ts';
import { toV4 } from '../ids.ts';
import { type BoardWords, openBoardWords } from './board-words.ts';
import { type CallCompanion, type CallWords, createCallWords, isCallWord } from './call-words.ts';
import { type CodeWords, openCodeWords } from './code-words.ts';
import type { Companion, Company } from './company.ts';
import { personIdOf } from './sessions.ts';

/** One client in one session: what it says, and what it is told, in CodeCall's words. */
export interface Place extends Companion, CallCompanion {
  readonly board: Pick<BoardWords, 'addStroke' | 'clear'>;
  hear(name: string, payload: Record<string, unknown>, receipts: number): Promise<void>;
  close(): void;
}

export interface PlaceServices {
  texts: WholeTexts;
  boards: BoardService;
  calls: CallService;
  members: Pick<MemberService, 'list'>;
  logger: { error(details: object, message: string): void };
}

export interface PlaceOptions extends PlaceServices {
  socket: DialectSocket;
  caller: Caller;
  company: Company<Place>;
  /** By `join-session`; otherwise by its first word about a session that it did not join. */
  isJoining: boolean;
}

export async function openPlace(options: PlaceOptions): Promise<Place> {
  const { socket, caller, company, isJoining, texts, boards, calls, members, logger } = options;
  const { room, member } = caller;
  /** Everybody by their member id; `joinedAt` only of those who are there. */
  const people = new Map<string, { userId: string; joinedAt: string | undefined }>();
  const personOf = (memberId: string | null) => (memberId === null ? null : (people.get(memberId)?.userId ?? null));
  const emit = (name: string, ...payload: object[]) => socket.emit(name, ...payload);
  const onError = (error: unknown) => {
    if (!(error instanceof ProblemError)) logger.error({ err: error }, 'a CodeCall client could not be told something');
  };

  const seat: DialectSeat = await socket.enter(caller, (heard) => hearRoom(heard));
  // Who was not online before was announced as everybody is.
  let isAnnounced = seat.cameOnline;
  let code: CodeWords;
  let board: BoardWords;
  const opened: { close(): void }[] = [];
  try {
    for (const { id, accountId, joinedAt, online } of await members.list(room.id)) {
      people.set(id, { userId: personIdOf({ id, accountId }), joinedAt: online ? joinedAt : undefined });
    }
    code = await openCodeWords({
      roomId: room.id,
      texts,
      caller: seat.caller,
      emit: (payload) => emit('code-update', payload),
      askReceipt: socket.askReceipt,
      // Whoever joins has a page that may begin anew; whoever just goes on after a lost connection has what they had.
      known: isJoining ? undefined : company.recall({ roomId: room.id, memberId: member.id }),
      personOf,
    });
    opened.push(code);
    board = await openBoardWords({
      roomId: room.id,
      boards,
      emit,
      settled: () => new Promise((resolve) => socket.askReceipt(resolve)),
      personOf,
      onError,
      giveUp: socket.close,
    });
    opened.push(board);
  } catch (error) {
    for (const one of opened) one.close();
    seat.leave();
    throw error;
  }

  const call: CallWords = createCallWords({
    calls,
    roomId: room.id,
    personId: personIdOf(member),
    emit,
    others: () => company.othersThan(place),
    personOf,
  });

  function tellPresence(): void {
    const users = [...people.values()].filter(({ joinedAt }) => joinedAt !== undefined);
    emit('presence:update', { users, roomId: toV4(room.id) });
  }

  function hearRoom({ name, event }: HeardEvent): void {
    switch (name) {
      case 'member:joined': {
        const { id, accountId, joinedAt } = event.member;
        const userId = personIdOf({ id, accountId });
        people.set(id, { userId, joinedAt });
        if (id === member.id) return;
        emit('user-joined', { userId });
        tellPresence();
        return;
      }
      case 'member:left': {
        const gone = people.get(event.memberId);
        if (gone === undefined) return;
        people.set(event.memberId, { ...gone, joinedAt: undefined });
        if (event.memberId === member.id) return;
        emit('presence:user-left', { userId: gone.userId });
        tellPresence();
        return;
      }
      case 'call:joined':
        if (event.participant.memberId !== member.id) {
          emit('webrtc-peer-joined', { userId: personOf(event.participant.memberId) });
        }
        return;
      case 'call:left':
        if (event.memberId !== member.id) emit('webrtc-peer-left', { userId: personOf(event.memberId) });
        return;
      default:
    }
  }

  const tellOthers = (name: string, payload: object) => {
    for (const other of company.othersThan(place)) other.emit(name, payload);
  };

  async function clear(now: Caller): Promise<void> {
    await boards.clear(now);
    for (const one of [place, ...company.othersThan(place)]) one.board.clear();
  }

  const place: Place = {
    roomId: room.id,
    memberId: member.id,
    personId: personIdOf(member),
    board,
    emit,
    peerId: call.peerId,

    async hear(name, payload, receipts) {
      // At once: what comes next is held against it.
      if (name === 'code-change' || name === 'code-sync-response') {
        if (typeof payload.code === 'string') await code.take(payload.code, receipts);
        return;
      }
      const now = await seat.caller();
      const { personId: userId } = place;
      if (isCallWord(name)) return call.hear(now, name, payload);
      switch (name) {
        case 'join-session':
          if (isAnnounced) isAnnounced = false;
          else tellOthers('user-joined', { userId });
          return;
        case 'code-sync-request':
          tellOthers('code-sync-requested', { requesterId: userId });
          board.tell();
          return code.tell();
        case 'whiteboard-draw':
          await boards.addForeign(now, payload.stroke);
          board.addStroke('own');
          for (const other of company.othersThan(place)) {
            other.board.addStroke({ payload: { stroke: payload.stroke, userId } });
          }
          return;
        case 'whiteboard-clear':
          return clear(now);
        default:
      }
    },

    close() {
      company.remember(place, code.shown());
      leave();
      call.close();
      for (const one of opened) one.close();
    },
  };
  const leave = company.enter(place);
  seat.begin();
  tellPresence();
  board.tell();
  return place;
}
