import { type Ack, type ClientEvents, errorRow, type PassingEvents, ProblemError } from '@coderoom/protocol';
import type { Static, TSchema } from 'typebox';
import type { Caller } from '../caller.ts';
import { expectedFailure } from './problems.ts';
import type { RateKind } from './rate-limits.ts';
import { compileCheck } from './validation.ts';

/** Client events by name: checks what came, calls who handles it, and makes the acknowledgement. Knows no sockets. */
export interface EventRouter {
  on<Name extends keyof ClientEvents, Schema extends TSchema>(
    name: Name,
    schema: Schema,
    handler: (caller: Caller, payload: Static<Schema>, session: EventSession) => Promise<Reply<Name>>,
  ): void;
  /** Never fails: whatever happens is in the acknowledgement. */
  dispatch(name: string, payload: unknown, session: EventSession): Promise<Ack>;
  /** Of the events there are. */
  names(): string[];
}

/** The connection an event came by. */
export interface EventSession {
  /** Who speaks, as the database has them now. */
  caller(): Promise<Caller>;
  /** Counts one for the address it comes from; fails with `rate_limited`. */
  count(kind: RateKind): Promise<void>;
  /** The connection may last until then, in milliseconds since the epoch. */
  extend(untilMs: number): void;
  /** Tells this connection alone. */
  tell<Name extends keyof PassingEvents>(name: Name, event: Parameters<PassingEvents[Name]>[0]): void;
  /** Called once when the connection ends; at once if it has. */
  onClosed(listener: () => void): void;
}

/** What a handler answers: the acknowledgement without its `ok`. */
type Reply<Name extends keyof ClientEvents> = Omit<
  Extract<Parameters<Parameters<ClientEvents[Name]>[1]>[0], { ok: true }>,
  'ok'
>;

type Handler = (payload: unknown, session: EventSession) => Promise<object>;

export function createEventRouter(logger: { error(details: object, message: string): void }): EventRouter {
  const handlers = new Map<string, Handler>();
  return {
    on(name, schema, handler) {
      const check = compileCheck(schema);
      handlers.set(name, async (payload, session) => {
        const checked = check(payload);
        if ('fault' in checked) throw new ProblemError('invalid_request', { detail: checked.fault });
        return handler(await session.caller(), checked.value, session);
      });
    },

    dispatch(name, payload, session) {
      const handle = async () => {
        const handler = handlers.get(name);
        if (handler === undefined) throw new ProblemError('invalid_request', { detail: 'There is no such event.' });
        return handler(payload, session);
      };
      return acknowledge(name, handle, logger);
    },

    names: () => [...handlers.keys()],
  };
}

/** What handling an event came to, as an acknowledgement; never fails. */
export async function acknowledge(
  event: string,
  handle: () => Promise<object>,
  logger: { error(details: object, message: string): void },
): Promise<Ack> {
  try {
    return { ok: true, ...(await handle()) };
  } catch (error) {
    const problem = expectedFailure(error);
    if (problem === undefined) logger.error({ err: error, event }, 'an event failed unexpectedly');
    return refusal(problem ?? new ProblemError('internal', { detail: errorRow('internal').message }));
  }
}

/** A failure as an acknowledgement. */
export function refusal({ code, message, retryAfterSeconds }: ProblemError): Ack {
  return { ok: false, error: { code, message, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) } };
}
