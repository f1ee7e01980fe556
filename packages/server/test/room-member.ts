import type {
  Ack,
  ClientEvents,
  ErrorCode,
  OwnerEvents,
  PassingEvents,
  ServerEvents,
  Welcome,
} from '@coderoom/protocol';
import { connectEvents, until } from '@coderoom/testkit';
import { expect } from 'vitest';

type Events = ServerEvents & OwnerEvents & PassingEvents;
type Broadcast = Exclude<keyof Events, 'room:welcome'>;
type Payload<Name extends keyof Events> = Parameters<Events[Name]>[0];

/** A member connected by Socket.IO, who remembers all that was heard since the last welcome. */
export interface RoomMember {
  readonly welcome: Welcome;
  names(): Broadcast[];
  all<Name extends Broadcast>(name: Name): Payload<Name>[];
  /** The first event of that name, when it has come. */
  next<Name extends Broadcast>(name: Name): Promise<Payload<Name>>;
  /** Expects that numbers grew by one from the welcome on. */
  expectNoGap(): void;
  /** The acknowledgement, which must be a good one. */
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever came
  ask<Name extends keyof ClientEvents>(name: Name, payload: unknown): Promise<any>;
  /** The code by which it was refused. */
  refusal(name: string, payload: unknown): Promise<ErrorCode>;
  emit(name: string, ...args: unknown[]): void;
  isConnected(): boolean;
  /** Why the connection ended. */
  disconnected(): Promise<string>;
  close(): void;
}

export async function openMember(url: string, token: string): Promise<RoomMember> {
  const socket = connectEvents(url, token);
  let welcome: Welcome | undefined;
  let heard: { name: Broadcast; payload: { seq?: number } }[] = [];
  let reason: string | undefined;
  let refused: unknown;
  socket.on('room:welcome', (state) => {
    welcome = state;
    heard = [];
  });
  socket.onAny((name: Broadcast | 'room:welcome', payload) => {
    if (name !== 'room:welcome') heard.push({ name, payload });
  });
  socket.on('disconnect', (why) => {
    reason = why;
  });
  socket.on('connect_error', (error) => {
    refused = error;
  });
  socket.connect();
  await until('the welcome', () => {
    if (refused === undefined) return welcome;
    return true;
  });
  if (refused !== undefined) throw refused;

  const emit = (name: string, payload: unknown): Promise<Ack> =>
    (socket as unknown as { emitWithAck(name: string, payload: unknown): Promise<Ack> }).emitWithAck(name, payload);
  const all = <Name extends Broadcast>(name: Name) =>
    heard.filter((event) => event.name === name).map((event) => event.payload as unknown as Payload<Name>);
  return {
    get welcome() {
      return welcome as Welcome;
    },
    names: () => heard.map(({ name }) => name),
    all,
    next: (name) => until(`the event ${name}`, () => all(name)[0]) as Promise<never>,
    expectNoGap() {
      const first = (welcome as Welcome).seq + 1;
      // What only an owner is told has no number, nor has what passes.
      const numbered = heard.filter(({ payload }) => payload.seq !== undefined);
      expect(numbered.map(({ payload }) => payload.seq)).toEqual(numbered.map((_, index) => first + index));
    },
    async ask(name, payload) {
      const ack = await emit(name, payload);
      expect(ack, JSON.stringify(ack)).toMatchObject({ ok: true });
      return ack;
    },
    async refusal(name, payload) {
      const ack = await emit(name, payload);
      if (ack.ok) throw new Error(`${name} was not refused: ${JSON.stringify(ack)}`);
      return ack.error.code;
    },
    emit: (name, ...args) =>
      (socket as unknown as { emit(name: string, ...args: unknown[]): void }).emit(name, ...args),
    isConnected: () => socket.connected,
    disconnected: () => until('the end of the connection', () => reason),
    close: () => socket.close(),
  };
}
