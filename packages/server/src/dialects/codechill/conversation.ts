import type { CursorSpeaker, MemberCursor } from '@coderoom/collab';
import { limits, ProblemError } from '@coderoom/protocol';
import type { AccountService } from '../../accounts/service.ts';
import { assertMayChange, type Caller } from '../../caller.ts';
import type { ChatService } from '../../chat/service.ts';
import type { RoomCursors } from '../../files/room-cursors.ts';
import { VersionConflict, type WholeText, type WholeTexts } from '../../files/whole-texts.ts';
import type { DialectSeat, DialectSocket } from '../../gateway/dialect-sockets.ts';
import type { HeardEvent } from '../../gateway/room-events.ts';
import type { MemberRow } from '../../members/store.ts';
import type { RoomRow } from '../../rooms/store.ts';
import { DialectFault } from '../dialect.ts';
import { toV4 } from '../ids.ts';
import { isPosition, toPlacedCursor, toPosition } from './cursor-position.ts';
import { describeMessage } from './descriptions.ts';
import { type CodeChillExecutions, readProgram } from './executions.ts';
import { insteadOfRefusal } from './fault.ts';
import { describeHeard } from './heard-words.ts';
import { readContent, readType } from './message-content.ts';
import { isPayload, type Payload } from './payload.ts';
import { fromContentVersion, type RoomViews, toContentVersion, toUserId } from './room-views.ts';
import type { CodeChillRooms } from './rooms.ts';
import type { CodeChillUser } from './sign-ins.ts';
import { createTextCopy, type TextCopy } from './text-copy.ts';

/** One socket of a client of CodeChill: in one room at a time, its events answered one after the other. */
export interface Conversation {
  /** Where it is right now. */
  readonly place: { roomId: string; memberId: string } | undefined;
  /** By which its cursor is known among those of editors. */
  readonly cursorClient: number | undefined;
  /** Somebody in the same room has moved their cursor. */
  tellCursor(userId: string, position: unknown): void;
  /** What went with the last text that was sent here, if that text has become this version. */
  cursorOf(version: number): unknown;
  readonly sourceId: string;
  getUp(memberId: string): void;
}

export interface ConversationOptions {
  socket: DialectSocket;
  user: CodeChillUser;
  /** By which this client's texts are known among those of others. */
  sourceId: string;
  others(): Conversation[];
  codechillRooms: CodeChillRooms;
  views: RoomViews;
  executions: CodeChillExecutions;
  accounts: Pick<AccountService, 'find'>;
  chat: Pick<ChatService, 'post' | 'page'>;
  wholeTexts: WholeTexts;
  roomCursors: RoomCursors;
  logger: { error(details: object, message: string): void };
}

interface Place {
  room: RoomRow;
  member: MemberRow;
  seat: DialectSeat;
  copy: TextCopy;
  cursor: CursorSpeaker;
  stopWatching(): void;
}

type Handler = (payload: Payload, receipts: number) => Promise<void>;

/** Told as an `error` event, in these words. */
class Refusal extends Error {}

export function createConversation(options: ConversationOptions): Conversation {
  const { socket, user, sourceId, others, codechillRooms, views, executions, accounts, chat, wholeTexts, roomCursors } =
    options;
  let place: Place | undefined;
  let isClosed = false;
  let lastText: { version: number; cursor: unknown } | undefined;
  /** What is to be done, and told, one after the other. */
  let last: Promise<unknown> = Promise.resolve();

  function inTurn(work: () => Promise<void>): Promise<void> {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  }

  /** What is told of a room, where nobody waits for it. */
  function tell(work: () => Promise<void>): void {
    inTurn(work).catch((error) => {
      if (!(error instanceof ProblemError)) options.logger.error({ err: error }, 'a client could not be told');
    });
  }

  const emitError = (message: string) => socket.emit('error', { message });

  function here(): Place {
    if (place === undefined) throw new Refusal('Not in a room');
    return place;
  }

  function getUp(): void {
    const left = place;
    place = undefined;
    left?.stopWatching();
    left?.seat.leave();
  }

  /** The same is what later requests are, in a room that one is in or may look into. */
  async function describeState(room: RoomRow, text: WholeText) {
    const described = await views.describe(room, text.version);
    const { items } = await chat.page(room.id, { page: 1, perPage: limits.codechillMessagesPage });
    const messages = items
      .toReversed()
      .map(async (message) => describeMessage(message, await views.author(message.memberId)));
    return {
      room: described,
      content: text.text,
      version: toContentVersion(text.version),
      participants: described.participants,
      recent_messages: await Promise.all(messages),
    };
  }

  const handlers: Record<string, { failure: string; handle: Handler }> = {
    join_room: {
      failure: 'Failed to join room',
      async handle({ room_id: key }) {
        if (typeof key !== 'string' || key === '') throw new Refusal('Room ID required');
        await socket.count('joins');
        const { room, member } = await enter(key);
        if (place?.room.id !== room.id) {
          getUp();
          await sitDown({ room, member, sessionId: user.sessionId });
        }
        const { seat, copy } = here();
        const text = await wholeTexts.read(room.id);
        const room_data = await views.describe(room, text.version);
        socket.emit('room_joined', {
          room_id: toV4(room.id),
          room_data,
          current_content: text.text,
          content_version: toContentVersion(text.version),
        });
        copy.told(text.version, text.text);
        seat.begin();
      },
    },

    leave_room: {
      failure: 'Failed to leave room',
      async handle({ room_id: named }) {
        const roomId = place === undefined ? undefined : toV4(place.room.id);
        const room_id = typeof named === 'string' && named !== '' ? named : roomId;
        if (room_id === undefined) return;
        const isHere = room_id === roomId || room_id === place?.room.id || room_id === place?.room.code;
        if (isHere) getUp();
        socket.emit('room_left', { room_id: isHere ? roomId : room_id });
      },
    },

    code_change: { failure: 'Failed to update code', handle: changeCode },

    cursor_update: {
      failure: '',
      async handle({ cursor_position: position }) {
        if (place === undefined || !isPosition(position)) return;
        const { room, member, cursor } = place;
        for (const other of others()) {
          if (other.place?.roomId === room.id) other.tellCursor(toUserId(member), position);
        }
        cursor.move(toPlacedCursor(position));
      },
    },

    send_message: {
      failure: 'Failed to send message',
      async handle({ content, type }) {
        const { seat } = here();
        const text = readContent(content);
        if (text === undefined) throw new Refusal('Invalid message content');
        await socket.count('messages');
        await chat.post(await seat.caller(), { text, type: readType(type) });
      },
    },

    execute_code: {
      failure: 'Failed to execute code',
      async handle(payload) {
        const { seat } = here();
        const program = readProgram(payload);
        await socket.count('runs');
        const caller = await seat.caller();
        // Not waited for: what runs there already has to end first, and meanwhile others go on typing.
        executions.start(caller, program).then(
          ({ id }) =>
            tell(async () => socket.emit('execution_queued', { execution_id: toV4(id), message: 'Execution queued' })),
          (error) => refuse(error, 'Failed to execute code', 'execute_code'),
        );
      },
    },

    get_room_state: {
      failure: 'Room not found',
      async handle({ room_id: named }) {
        const key = typeof named === 'string' && named !== '' ? named : place?.room.id;
        if (key === undefined) throw new Refusal('No room specified');
        const room = await codechillRooms.find(key);
        await codechillRooms.assertMayLook(room, key, user, socket.address).catch((error: unknown) => {
          throw insteadOfRefusal(error, new Refusal('Room not found'));
        });
        socket.emit('room_state', await describeState(room, await wholeTexts.read(room.id)));
      },
    },
  };

  /** By whatever door is open to somebody who gives no password. */
  async function enter(key: string): Promise<Caller> {
    const account = await accounts.find(user.account.id);
    if (account === undefined) throw new Refusal('Not authenticated');
    try {
      return (await codechillRooms.enter(key, { ...user, account }, { address: socket.address })).caller;
    } catch (error) {
      if (error instanceof ProblemError && error.code === 'room_full') throw new Refusal('Room is full');
      const isShut = error instanceof DialectFault || (error instanceof ProblemError && shutDoors.has(error.code));
      throw isShut ? new Refusal('Access denied') : error;
    }
  }

  async function sitDown(caller: Caller): Promise<void> {
    const { room, member } = caller;
    const seat = await socket.enter(caller, (heard) => tell(() => hear(heard, room.id, member.id)));
    if (isClosed) return;
    // In its turn: what was sent before a receipt came is looked at with what was known then.
    const copy = createTextCopy((onReceipt) => socket.askReceipt(() => tell(async () => onReceipt())));
    const unwatch = [
      wholeTexts.watch(room.id, (now) => tell(() => tellText(now))),
      roomCursors.watch(room.id, (moved) => tell(() => tellCursors(moved))),
    ];
    const cursor = roomCursors.open(caller);
    const stopWatching = () => {
      for (const stop of unwatch) stop();
      cursor.close();
    };
    place = { room, member, seat, copy, cursor, stopWatching };
  }

  async function tellText(now: WholeText): Promise<void> {
    if (place === undefined || now.version <= place.copy.toldVersion) return;
    const { copy, room } = place;
    // A slow reader is told the newest, when it has taken what is under way.
    const catchUp = async () => {
      if (place?.copy === copy) await tellText(await wholeTexts.read(room.id));
    };
    if (!copy.isReady(() => tell(catchUp))) return;
    const writer = others().find((other) => other.sourceId === now.sourceId);
    const cursor_position = writer?.cursorOf(now.version) ?? {};
    const { userId: user_id } = await views.author(now.memberId);
    socket.emit('code_updated', {
      content: now.text,
      version: toContentVersion(now.version),
      user_id,
      cursor_position,
    });
    copy.told(now.version, now.text);
  }

  async function tellCursors(moved: MemberCursor[]): Promise<void> {
    // Those of other sockets of ours were told at once, and as they were sent.
    const clients = new Set(others().map(({ cursorClient }) => cursorClient));
    for (const { client, memberId, anchor, head } of moved) {
      if (place === undefined || place.member.id === memberId || clients.has(client)) continue;
      const { userId } = await views.author(memberId);
      socket.emit('cursor_moved', { user_id: userId, cursor_position: toPosition({ anchor, head }) });
    }
  }

  async function changeCode({ content, version, cursor_position: cursor }: Payload, receipts: number): Promise<void> {
    const { room, seat, copy } = here();
    const isVersion = typeof version === 'number' && Number.isInteger(version) && version <= limits.codechillVersionMax;
    if (typeof content !== 'string' || !isVersion) throw new Refusal('Invalid code change data');
    const caller = await seat.caller();
    assertMayChange(caller);
    const from = fromContentVersion(version);
    const { version: basedOn, text: base } = copy.take(content, from, receipts);
    const texts = base === undefined ? {} : { texts: [base] };
    const { version: current } = await wholeTexts.read(room.id);
    try {
      const written = await wholeTexts.write(room.id, {
        memberId: caller.member.id,
        text: content,
        sourceId,
        // A client may name a version that there is not yet, such as the time; then what it had is known by other means.
        base: basedOn > current ? (base === undefined ? 'latest' : { texts: [base] }) : { version: basedOn, ...texts },
        toVersion: from + 1,
      });
      lastText = { version: written.version, cursor: isPosition(cursor) ? cursor : {} };
      socket.emit('code_change_ack', { version: toContentVersion(written.version), success: true });
      copy.acknowledged(written.version, from);
    } catch (error) {
      if (!(error instanceof VersionConflict)) throw error;
      const { text, version: known } = error.current;
      socket.emit('code_conflict', { current_content: text, current_version: toContentVersion(known) });
      copy.told(known, text);
    }
  }

  async function hear(heard: HeardEvent, roomId: string, ownId: string): Promise<void> {
    if (place?.room.id !== roomId) return;
    const words = await describeHeard(heard, { roomId, ownId, views, executions });
    if (words !== undefined) socket.emit(words.name, words.payload);
  }

  function refuse(error: unknown, failure: string, event: string): void {
    if (failure === '') return;
    const isKnown = error instanceof Refusal || error instanceof ProblemError || error instanceof DialectFault;
    if (!isKnown) options.logger.error({ err: error, event }, 'an event failed unexpectedly');
    emitError(wordsFor(error, failure));
  }

  socket.onClosed(() => {
    isClosed = true;
    place?.stopWatching();
    place = undefined;
  });
  socket.listen(
    async (name, args, receipts) => {
      const known = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
      if (known === undefined) return;
      const { failure, handle } = known;
      await inTurn(async () => {
        try {
          if (!isClosed) await handle(isPayload(args[0]) ? args[0] : {}, receipts);
        } catch (error) {
          refuse(error, failure, name);
        }
      });
    },
    () => emitError('Rate limit exceeded'),
  );
  socket.emit('connected', { message: 'Connected successfully' });

  return {
    sourceId,
    get place() {
      return place === undefined ? undefined : { roomId: place.room.id, memberId: place.member.id };
    },
    get cursorClient() {
      return place?.cursor.client;
    },
    tellCursor: (user_id, cursor_position) => socket.emit('cursor_moved', { user_id, cursor_position }),
    cursorOf: (version) => (lastText?.version === version ? lastText.cursor : undefined),
    getUp(memberId) {
      if (place?.member.id !== memberId) return;
      const room_id = toV4(place.room.id);
      getUp();
      socket.emit('room_left', { room_id });
    },
  };
}

/** Rooms that there are not, for who asks; which of these it is, is not said. */
const shutDoors: ReadonlySet<string> = new Set([
  'room_not_found',
  'room_private',
  'password_required',
  'password_wrong',
  'banned',
  'forbidden',
  'lobby_full',
]);

function wordsFor(error: unknown, failure: string): string {
  if (error instanceof Refusal) return error.message;
  if (error instanceof DialectFault) return (error.answer.body as { error: string }).error;
  if (error instanceof ProblemError && error.code === 'rate_limited') return 'Rate limit exceeded';
  if (error instanceof ProblemError && error.code === 'forbidden') return 'Access denied';
  return failure;
}
