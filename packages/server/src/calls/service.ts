import {
  type Call,
  type CallMedia,
  type CallParticipant,
  type CallSignal,
  limits,
  ProblemError,
} from '@coderoom/protocol';
import { assertMay, type Caller } from '../caller.ts';
import type { RateLimits } from '../gateway/rate-limits.ts';
import type { RoomEvents } from '../gateway/room-events.ts';
import type { RelayCredentials } from './relay-credentials.ts';

/**
 * Who is in a room's call, and what peers tell each other to connect. In memory: a call is among those who are there.
 * What peers say is passed on to whom it is for, and kept nowhere; sound and pictures never come here.
 */
export interface CallService {
  /**
   * A connection joins; it is one peer of one room. Another connection of the same member leaves the call; joining again
   * by the same one changes nothing but the media. Fails with `room_ended`, `call_full`, or as `again` does.
   */
  join(caller: Caller, connection: CallConnection, media?: CallMedia): Promise<CallJoined>;
  /** To one peer, or, without `to`, to all others. Fails with `not_in_call`, `peer_not_found`, `too_large`, `rate_limited`. */
  signal(connection: CallConnection, message: { to?: string; signal: CallSignal }): Promise<void>;
  /** A peer sends something else now. Fails with `not_in_call`. */
  changeMedia(connection: CallConnection, media: CallMedia): void;
  /** Also for who is in no call. */
  leave(connection: CallConnection): void;
  /** In the order of joining. */
  list(roomId: string): CallParticipant[];
  /** What somebody needs to join; once the room has ended there is nothing to join. */
  read(caller: Caller): Call;
  /** The room has ended, and its call with it. */
  end(roomId: string): void;
}

/** A peer's way to be told something. Known by its identity: an object of its own for each connection and room. */
export interface CallConnection {
  /** Another peer says something to this one. `from` is a peer id. */
  tell(message: { from: string; fromMemberId: string; signal: CallSignal }): void;
}

interface CallJoined extends Call {
  peerId: string;
}

export interface CallServiceOptions {
  events: Pick<RoomEvents, 'publish'>;
  rateLimits: Pick<RateLimits, 'count'>;
  relayCredentials: RelayCredentials;
  /** The caller as the database has them now; fails when they are a member no more. */
  again(caller: Caller): Promise<Caller>;
  createId(): string;
  now(): number;
}

interface Peer {
  roomId: string;
  connection: CallConnection;
  participant: CallParticipant;
}

const silent: CallMedia = { microphone: false, camera: false, screen: null };

export function createCallService(options: CallServiceOptions): CallService {
  const { events, rateLimits, relayCredentials, again, createId, now } = options;
  const peers = new Map<CallConnection, Peer>();
  /** By peer id, in the order of joining. */
  const rooms = new Map<string, Map<string, Peer>>();

  const peersOf = (roomId: string) => [...(rooms.get(roomId)?.values() ?? [])];
  const list = (roomId: string) => peersOf(roomId).map(({ participant }) => participant);

  function find(connection: CallConnection): Peer {
    const peer = peers.get(connection);
    if (peer === undefined) throw new ProblemError('not_in_call');
    return peer;
  }

  function add(roomId: string, connection: CallConnection, participant: CallParticipant): void {
    const peer = { roomId, connection, participant };
    peers.set(connection, peer);
    const ofRoom = rooms.get(roomId) ?? new Map<string, Peer>();
    rooms.set(roomId, ofRoom.set(participant.peerId, peer));
    events.publish(roomId, 'call:joined', { participant });
  }

  function leave(connection: CallConnection): void {
    const peer = peers.get(connection);
    if (peer === undefined) return;
    const { roomId, participant } = peer;
    peers.delete(connection);
    const ofRoom = rooms.get(roomId);
    ofRoom?.delete(participant.peerId);
    if (ofRoom?.size === 0) rooms.delete(roomId);
    events.publish(roomId, 'call:left', { peerId: participant.peerId, memberId: participant.memberId });
  }

  function changeMedia(connection: CallConnection, media: CallMedia): void {
    const peer = find(connection);
    peer.participant = { ...peer.participant, media };
    events.publish(peer.roomId, 'call:updated', { participant: peer.participant });
  }

  /** Takes a place at once: however many come in the same moment, there is never one too many. */
  function enter({ room, member }: Caller, connection: CallConnection, media: CallMedia): void {
    const others = peersOf(room.id).filter(({ participant }) => participant.memberId !== member.id);
    if (others.length >= limits.callPeersMax) throw new ProblemError('call_full');
    for (const own of peersOf(room.id)) if (!others.includes(own)) leave(own.connection);
    const joinedAt = new Date(now()).toISOString();
    add(room.id, connection, { peerId: createId(), memberId: member.id, joinedAt, media });
  }

  return {
    async join(caller, connection, media) {
      assertMay('talk', caller);
      const present = peers.get(connection);
      if (present === undefined) enter(caller, connection, media ?? silent);
      else if (media !== undefined) changeMedia(connection, media);
      try {
        // Who was removed, or whose room ended, between being let in and now was not yet here to be sent away.
        assertMay('talk', await again(caller));
      } catch (error) {
        leave(connection);
        throw error;
      }
      const { participant } = find(connection);
      return {
        peerId: participant.peerId,
        participants: list(caller.room.id),
        iceServers: relayCredentials(caller.member.id),
      };
    },

    async signal(connection, { to, signal }) {
      const { roomId, participant } = find(connection);
      if (Buffer.byteLength(JSON.stringify(signal)) > limits.callSignalMaxBytes) throw new ProblemError('too_large');
      await rateLimits.count('callSignals', participant.memberId);
      // Only now: counting may have taken a while.
      const others = peersOf(roomId).filter((peer) => peer.connection !== connection);
      const meant = to === undefined ? others : others.filter((peer) => peer.participant.peerId === to);
      if (to !== undefined && meant.length === 0) throw new ProblemError('peer_not_found');
      const { peerId: from, memberId: fromMemberId } = find(connection).participant;
      for (const peer of meant) peer.connection.tell({ from, fromMemberId, signal });
    },

    changeMedia,
    leave,
    list,

    read: ({ room, member }) => ({
      participants: list(room.id),
      iceServers: room.status === 'ended' ? [] : relayCredentials(member.id),
    }),

    end(roomId) {
      for (const { connection } of peersOf(roomId)) leave(connection);
    },
  };
}
