import type { CallSignal } from '@coderoom/protocol';
import { limits, ProblemError } from '@coderoom/protocol';
import { expect, it } from 'vitest';
import type { Caller } from '../caller.ts';
import { type CallConnection, createCallService } from './service.ts';

const signal: CallSignal = { description: { type: 'offer', sdp: 'v=0' } };

/** A service in which whoever is in `gone` is found to be a member no more after they have joined. */
function start() {
  const told: string[] = [];
  const gone = new Set<string>();
  let ids = 0;
  const calls = createCallService({
    events: { publish: (_room, name) => told.push(name) },
    rateLimits: { count: async () => {} },
    relayCredentials: () => [],
    again: async (caller) => {
      if (gone.has(caller.member.id)) throw new ProblemError('membership_ended');
      return caller;
    },
    createId: () => `peer ${ids++}`,
    now: () => 0,
  });
  return { calls, told, gone };
}

function person(memberId: string, roomId = 'room') {
  const heard: Parameters<CallConnection['tell']>[0][] = [];
  const caller = { room: { id: roomId, status: 'active' }, member: { id: memberId, role: 'viewer' } } as Caller;
  return { caller, heard, connection: { tell: (message) => heard.push(message) } as CallConnection };
}

it('CALL-4 who turns out to be a member no more after joining is out again, and gets nothing', async () => {
  const { calls, told, gone } = start();
  const [ada, ben] = [person('ada'), person('ben')];
  await calls.join(ada.caller, ada.connection);
  gone.add('ben');
  await expect(calls.join(ben.caller, ben.connection)).rejects.toThrow(ProblemError);
  expect(told).toEqual(['call:joined', 'call:joined', 'call:left']);
  expect(calls.list('room').map(({ memberId }) => memberId)).toEqual(['ada']);
  await calls.signal(ada.connection, { signal });
  expect(ben.heard).toEqual([]);
});

it('CALL-2 what is for all others reaches each of them once, and nobody in another room', async () => {
  const { calls } = start();
  const people = [person('ada'), person('ben'), person('cyd'), person('dan', 'elsewhere')] as const;
  for (const { caller, connection } of people) await calls.join(caller, connection);
  const [ada, ben, cyd, dan] = people;
  await calls.signal(ada.connection, { signal });
  expect([ada.heard.length, ben.heard.length, cyd.heard.length, dan.heard.length]).toEqual([0, 1, 1, 0]);
  expect(ben.heard).toEqual([{ from: 'peer 0', fromMemberId: 'ada', signal }]);
});

it('CALL-3 one connection for each of two rooms is two peers that know nothing of each other', async () => {
  const { calls } = start();
  const [here, there, ben] = [person('ada'), person('ada', 'elsewhere'), person('ben')];
  for (const { caller, connection } of [here, there, ben]) await calls.join(caller, connection);
  calls.leave(there.connection);
  expect(calls.list('room')).toHaveLength(2);
  expect(calls.list('elsewhere')).toEqual([]);
});

it('CALL-5 a place that was taken for nothing is free again', async () => {
  const { calls, gone } = start();
  const people = Array.from({ length: limits.callPeersMax }, (_, index) => person(`${index}`));
  for (const { caller, connection } of people.slice(1)) await calls.join(caller, connection);
  gone.add('0');
  const [refused] = people as [ReturnType<typeof person>];
  await expect(calls.join(refused.caller, refused.connection)).rejects.toThrow();
  gone.clear();
  await calls.join(refused.caller, refused.connection);
  const late = person('late');
  await expect(calls.join(late.caller, late.connection)).rejects.toMatchObject({ code: 'call_full' });
});
