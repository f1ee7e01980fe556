import type { Person } from './account.ts';
import type { CallJoin, CallMedia, CallParticipant, CallSignal, CallSignalTo, IceServer } from './call.ts';
import type { ErrorCode } from './errors.ts';
import type { Invitation } from './invitation.ts';
import type { Knock } from './knock.ts';
import type { Member, MemberPatch } from './member.ts';
import type { Message, MessageCreate } from './message.ts';
import type { Room, RoomPatch } from './room.ts';
import type { RoomRunStart, Run, RunFrame, RunOrder, RunReport } from './run.ts';
import type { SnippetSummary } from './snippet.ts';

/** How every event of ours is acknowledged. */
export type Ack<T extends object = object> =
  | ({ ok: true } & T)
  | { ok: false; error: { code: ErrorCode; message: string; retryAfterSeconds?: number } };

type Reply<T extends object = object> = (ack: Ack<T>) => void;

/** A run with the output it has shown so far, for whoever comes later. */
export interface RunWithOutput {
  run: Run;
  frames: RunFrame[];
}

/** The complete state of a room’s events, sent after each (re)connection: the client replaces what it had. */
export interface Welcome {
  /** Per-room number of the last event; the next one broadcast has seq + 1. */
  seq: number;
  room: Room;
  /** Who this socket speaks for. */
  memberId: string;
  members: Member[];
  /** The run that is queued or going on, else the last one; null when there was none. */
  run: RunWithOutput | null;
  /** Who waits to be let in; for the owner only. */
  knocks?: Knock[];
  /** Who is in the call. */
  call: CallParticipant[];
}

/** Broadcasts carry the per-room `seq`, which grows by one; a client that sees a gap reconnects. */
interface Sequenced {
  seq: number;
}

/** What only the owner is told; not numbered, since the others would miss the numbers. */
export interface OwnerEvents {
  'knock:created': (event: { knock: Knock }) => void;
  /** The asker has gone. */
  'knock:withdrawn': (event: { knockId: string }) => void;
  /** Admitted or refused. */
  'knock:settled': (event: { knock: Knock }) => void;
}

/** What passes: not numbered, since some are told and others not, and nothing is missing for who missed it. */
export interface PassingEvents {
  /** To the others; `limits.typingShownMs` later it is over in any case. */
  'chat:typing': (event: { memberId: string; typing: boolean }) => void;
  /** To who is mentioned, besides `message:created` or `message:updated`. */
  'message:mentioned': (event: { message: Message }) => void;
  /** To the browser that runs a program. */
  'run:order': (order: RunOrder) => void;
  /** From one peer of a call to this one alone. */
  'call:signal': (event: { from: string; signal: CallSignal }) => void;
}

/** Server → client on Socket.IO's default namespace. */
export interface ServerEvents {
  'room:welcome': (welcome: Welcome) => void;
  /** The owner has started the room; how it is now was told by `room:updated` before. */
  'room:started': (event: Sequenced) => void;
  'room:updated': (event: Sequenced & { room: Room }) => void;
  'room:deleted': (event: Sequenced) => void;
  'member:joined': (event: Sequenced & { member: Member }) => void;
  'member:updated': (event: Sequenced & { member: Member }) => void;
  'member:left': (event: Sequenced & { memberId: string }) => void;
  'run:started': (event: Sequenced & { run: Run }) => void;
  'run:updated': (event: Sequenced & { run: Run }) => void;
  'run:output': (event: Sequenced & { runId: string; frames: RunFrame[] }) => void;
  'run:finished': (event: Sequenced & { run: Run }) => void;
  'message:created': (event: Sequenced & { message: Message }) => void;
  'message:updated': (event: Sequenced & { message: Message }) => void;
  /** The message as it is now: its place stays, without text. */
  'message:deleted': (event: Sequenced & { message: Message }) => void;
  /** The room's file has changed besides, by the shared document. */
  'snippet:pushed': (event: Sequenced & { snippet: SnippetSummary }) => void;
  'call:joined': (event: Sequenced & { participant: CallParticipant }) => void;
  /** They send something else now. */
  'call:updated': (event: Sequenced & { participant: CallParticipant }) => void;
  /** Also when they join from elsewhere: then `call:joined` follows, with another peer. */
  'call:left': (event: Sequenced & { peerId: string; memberId: string }) => void;
}

/** Client → server; the handshake is `auth: {token}` with a room token, or `{token, room}` with an account token. */
export interface ClientEvents {
  'room:update': (patch: RoomPatch, reply: Reply<{ room: Room }>) => void;
  'member:update': (change: MemberPatch & { memberId: string }, reply: Reply<{ member: Member }>) => void;
  'run:start': (request: RoomRunStart, reply: Reply<{ run: Run }>) => void;
  'run:stdin': (input: { runId: string; data?: string; end?: boolean }, reply: Reply) => void;
  'run:report': (report: RunReport, reply: Reply) => void;
  'run:cancel': (request: { runId: string }, reply: Reply) => void;
  /** With a `key`, as with an Idempotency-Key over HTTP: sent again it is the same message. */
  'message:post': (request: MessageCreate & { key?: string }, reply: Reply<{ message: Message }>) => void;
  'message:edit': (change: { messageId: string; text: string }, reply: Reply<{ message: Message }>) => void;
  'message:delete': (request: { messageId: string }, reply: Reply<{ message: Message }>) => void;
  'chat:typing': (event: { typing: boolean }, reply: Reply) => void;
  /** By this connection; another one of the same member leaves the call. Whoever joins makes the offers. */
  'call:join': (
    request: CallJoin,
    reply: Reply<{ peerId: string; participants: CallParticipant[]; iceServers: IceServer[] }>,
  ) => void;
  'call:signal': (request: CallSignalTo, reply: Reply) => void;
  'call:media': (media: CallMedia, reply: Reply) => void;
  'call:leave': (request: Record<string, never>, reply: Reply) => void;
  'token:renew': (request: Record<string, never>, reply: Reply<{ token: string; tokenExpiresAt: string }>) => void;
}

/** Server → client on the namespace `/account`, to every connection of one account. */
export interface AccountServerEvents {
  /** `online`: the friends who are there. Comes first. */
  'account:welcome': (event: { online: string[] }) => void;
  'friend:requested': (event: { person: Person }) => void;
  'friend:accepted': (event: { person: Person; online: boolean }) => void;
  /** Declined, withdrawn, or friends no more. */
  'friend:removed': (event: { person: Person }) => void;
  'friend:presence': (event: { accountId: string; online: boolean }) => void;
  'invitation:received': (event: { invitation: Invitation }) => void;
  /** Declined, used, or worth nothing any more. */
  'invitation:removed': (event: { invitationId: string }) => void;
  /** Somebody mentioned one in a room that one is not in right now. */
  'message:mentioned': (event: { room: { id: string; title: string }; message: Message }) => void;
  'session:ended': (event: Record<string, never>) => void;
}

/** Client → server on `/account`; the handshake is `auth: {token}` with an account token. */
export interface AccountClientEvents {
  'token:renew': (request: { accessToken: string }, reply: Reply<{ expiresAt: string }>) => void;
}
