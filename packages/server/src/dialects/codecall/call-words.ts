import { type CallParticipant, CallSignal, limits, ProblemError } from '@coderoom/protocol';
import type { Caller } from '../../caller.ts';
import type { CallConnection, CallService } from '../../calls/service.ts';
import { compileCheck } from '../../gateway/validation.ts';
import { isNestedDeeper } from '../../nesting.ts';

/**
 * The call for one client. Among CodeCall's clients everything is passed on as it came; with others one talks as a peer of
 * the room's call, which a client joins by its first word about it.
 */
export interface CallWords {
  /** This client as a peer; undefined while it is in no call. */
  peerId(): string | undefined;
  hear(caller: Caller, name: CallWord, payload: Record<string, unknown>): Promise<void>;
  close(): void;
}

export type CallWord = keyof typeof fields;

/** What each word carries. */
const fields = {
  'webrtc-join': undefined,
  'webrtc-offer': 'offer',
  'webrtc-answer': 'answer',
  'webrtc-ice-candidate': 'candidate',
  'webrtc-leave': undefined,
} as const;

export const isCallWord = (name: string): name is CallWord => Object.hasOwn(fields, name);

export interface CallWordsOptions {
  calls: CallService;
  roomId: string;
  personId: string;
  emit(name: string, payload: object): void;
  /** The room's other CodeCall clients. */
  others(): CallCompanion[];
  personOf(memberId: string | null): string | null;
}

export interface CallCompanion {
  readonly personId: string;
  emit(name: string, payload: object): void;
  peerId(): string | undefined;
}

const checkSignal = compileCheck(CallSignal);
const allMedia = { microphone: true, camera: true, screen: null };

export function createCallWords(options: CallWordsOptions): CallWords {
  const { calls, roomId, personId, emit, others, personOf } = options;
  let peerId: string | undefined;
  let isClosed = false;
  const connection: CallConnection = {
    tell({ from, fromMemberId, signal }) {
      // Those were told by their own words.
      if (others().some((other) => other.peerId() === from)) return;
      const fromPerson = personOf(fromMemberId);
      if ('candidate' in signal) emit('webrtc-ice-candidate', { candidate: signal.candidate, from: fromPerson });
      else if (signal.description.type === 'offer') {
        emit('webrtc-offer', { offer: signal.description, from: fromPerson });
      } else emit('webrtc-answer', { answer: signal.description, from: fromPerson });
    },
  };

  /** Those in the call who came by other doors. */
  function strangers(): CallParticipant[] {
    const known = new Set([peerId, ...others().map((other) => other.peerId())]);
    return calls.list(roomId).filter((participant) => !known.has(participant.peerId));
  }

  function leave(): void {
    peerId = undefined;
    calls.leave(connection);
  }

  async function passOn(name: CallWord, said: unknown, target: unknown): Promise<void> {
    const field = fields[name];
    if (field === undefined) return;
    if (said === undefined || isNestedDeeper(said, limits.passedOnNestingMax)) return;
    if (Buffer.byteLength(JSON.stringify(said)) > limits.callSignalMaxBytes) return;
    const isMeant = (person: string | null) => target === undefined || target === person;
    for (const other of others()) if (isMeant(other.personId)) other.emit(name, { [field]: said, from: personId });
    const checked = checkSignal(field === 'candidate' ? { candidate: said } : { description: said });
    if ('fault' in checked) return;
    for (const stranger of strangers()) {
      if (!isMeant(personOf(stranger.memberId))) continue;
      await calls.signal(connection, { to: stranger.peerId, signal: checked.value }).catch(expected);
    }
  }

  return {
    peerId: () => peerId,

    async hear(caller, name, payload) {
      if (name === 'webrtc-leave') return leave();
      if (!calls.list(roomId).some((participant) => participant.peerId === peerId)) {
        ({ peerId } = await calls.join(caller, connection, allMedia));
        if (isClosed) return leave();
      }
      const field = fields[name];
      if (field !== undefined) await passOn(name, payload[field], payload.target);
    },

    close() {
      isClosed = true;
      leave();
    },
  };
}

/** Who is gone by now is not told. */
function expected(error: unknown): void {
  if (!(error instanceof ProblemError)) throw error;
}
