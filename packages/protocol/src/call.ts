import { type Static, Type } from 'typebox';
import { limits } from './limits.ts';

/** A room's call: who is in it, and what its peers say to each other to connect directly (WebRTC 1.0, RFC 8829). */

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);
const strict = { additionalProperties: false } as const;

/** What somebody sends right now, for the others to show; what really travels is between them. */
export const CallMedia = Type.Object(
  {
    microphone: Type.Boolean(),
    camera: Type.Boolean(),
    screen: Nullable(
      Type.String({
        maxLength: limits.callStreamIdMaxLength,
        description: 'the id of the MediaStream that carries the screen; null: it is not shared',
      }),
    ),
  },
  strict,
);
export type CallMedia = Static<typeof CallMedia>;

export const CallParticipant = Type.Object(
  {
    peerId: Type.String({ description: 'of one connection in this call: whoever joins again gets another one' }),
    memberId: Type.String({ description: 'a member is in a call once' }),
    joinedAt: Type.String({ format: 'date-time' }),
    media: CallMedia,
  },
  { $id: 'CallParticipant', ...strict },
);
export type CallParticipant = Static<typeof CallParticipant>;

/** As RTCPeerConnection takes it. */
const IceServer = Type.Object(
  {
    urls: Type.Array(Type.String()),
    username: Type.Optional(Type.String({ description: 'with its end in seconds since the epoch before the colon' })),
    credential: Type.Optional(Type.String()),
  },
  strict,
);
export type IceServer = Static<typeof IceServer>;

export const Call = Type.Object(
  {
    participants: Type.Array(Type.Ref('CallParticipant'), { description: 'in the order of joining' }),
    iceServers: Type.Array(IceServer, { description: 'for this member, for a while; empty where none is configured' }),
  },
  strict,
);
export interface Call {
  participants: CallParticipant[];
  iceServers: IceServer[];
}

/** An RTCSessionDescription, or an RTCIceCandidate, as `toJSON` of either makes it. */
export const CallSignal = Type.Union([
  Type.Object(
    {
      description: Type.Object(
        {
          type: Type.Union([Type.Literal('offer'), Type.Literal('answer')]),
          sdp: Type.String({ maxLength: limits.callSignalMaxBytes }),
        },
        strict,
      ),
    },
    strict,
  ),
  Type.Object(
    {
      candidate: Type.Object(
        {
          candidate: Type.String({ maxLength: limits.callCandidateMaxLength }),
          sdpMid: Type.Optional(Nullable(Type.String({ maxLength: limits.callCandidateMaxLength }))),
          sdpMLineIndex: Type.Optional(Nullable(Type.Integer({ minimum: 0 }))),
          usernameFragment: Type.Optional(Nullable(Type.String({ maxLength: limits.callCandidateMaxLength }))),
        },
        strict,
      ),
    },
    strict,
  ),
]);
export type CallSignal = Static<typeof CallSignal>;

export const CallJoin = Type.Object({ media: Type.Optional(CallMedia) }, strict);
export type CallJoin = Static<typeof CallJoin>;

export const CallSignalTo = Type.Object(
  { to: Type.String({ description: 'a peerId of this call' }), signal: CallSignal },
  strict,
);
export type CallSignalTo = Static<typeof CallSignalTo>;
