import { collabClose } from '@coderoom/protocol';
import { until } from '@coderoom/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import {
  awarenessMessage,
  Client,
  type ClientOptions,
  FakeSocket,
  MemoryStore,
  member,
  silent,
  thread,
} from '../test/fakes.ts';
import { RoomAwareness } from './awareness.ts';
import { defaultLimits } from './contract.ts';
import { createCollab } from './index.ts';
import { decodeAwareness, decodeMessage } from './messages.ts';

const openClients: Client[] = [];
afterEach(() => {
  for (const client of openClients.splice(0)) client.destroy();
});

function start(limits = {}) {
  const store = new MemoryStore();
  store.create('room');
  const collab = createCollab({
    thread,
    store,
    logger: silent,
    limits: { logCommitWindowMs: 1, collabAckDelayMs: 1, ...limits },
  });
  const join = async (options: ClientOptions = {}, state: Record<string, unknown> | null = { cursor: 0 }) => {
    const client = new Client(options);
    openClients.push(client);
    client.awareness.setLocalState(state);
    client.connect(collab);
    await until('the first sync', () => client.synced);
    return client;
  };
  return { collab, join };
}

const seen = (client: Client, id: number) => client.awareness.getStates().get(id);
const ann = member('ann', { name: 'Ann', color: '#be123c', light: '#be123c33' });
const ben = member('ben', { name: 'Ben' });

describe('presence', () => {
  it('SYNC-20 carries the identity that the server knows, whatever the client says', async () => {
    const { join } = start();
    const watcher = await join({ member: ben });
    const liar = await join(
      { member: ann },
      { cursor: 5, user: { name: 'Ben', color: 'url(x)', id: 'ben', admin: true } },
    );
    await until('presence', () => seen(watcher, liar.clientId));
    expect(seen(watcher, liar.clientId)).toEqual({
      cursor: 5,
      user: { id: 'ann', name: 'Ann', color: '#be123c', colorLight: '#be123c33' },
    });
  });

  it('SYNC-20 is stamped and told anew when a member changes, and goes on from there', async () => {
    const { collab, join } = start();
    const [watcher, changing] = [await join({ member: ben }), await join({ member: ann })];
    await until('presence', () => seen(watcher, changing.clientId));
    collab.updateMember('room', { ...ann, name: 'Anna' });
    await until('the new name', () => seen(watcher, changing.clientId)?.user.name === 'Anna');
    expect(seen(changing, changing.clientId)).toEqual({ cursor: 0 });
    changing.awareness.setLocalState({ cursor: 9 });
    await until('the next move', () => seen(watcher, changing.clientId)?.cursor === 9);
  });

  it('SYNC-21 of a client is spoken for by its own socket alone', async () => {
    const { collab, join } = start();
    const [watcher, victim] = [await join({ member: member('c') }), await join({ member: ann })];
    await until('presence', () => seen(watcher, victim.clientId));
    const attacker = await join({ member: ben });
    attacker.send(awarenessMessage([{ client: victim.clientId, clock: 1000, state: { cursor: 666 } }]));
    attacker.send(awarenessMessage([{ client: victim.clientId, clock: 1001, state: null }]));
    const fresh = new FakeSocket();
    const second = collab.connect({ roomId: 'room', socket: fresh, member: ben, acks: false });
    second.receive(awarenessMessage([{ client: victim.clientId, clock: 1000, state: { cursor: 667 } }]));
    victim.awareness.setLocalState({ cursor: 2 });
    await until('the victim’s own move', () => seen(watcher, victim.clientId)?.cursor === 2);
    expect(seen(watcher, victim.clientId)?.user.name).toBe('Ann');
    victim.cut();
    await until('the departure', () => !seen(watcher, victim.clientId));
    // Not even now: another's id stays another's.
    attacker.send(awarenessMessage([{ client: victim.clientId, clock: 2000, state: { cursor: 668 } }]));
    attacker.awareness.setLocalState({ cursor: 1 });
    await until('the attacker’s own move', () => seen(watcher, attacker.clientId)?.cursor === 1);
    expect(seen(watcher, victim.clientId)).toBeUndefined();
  });

  it('SYNC-22 ends with the socket: no ghosts', async () => {
    const { join } = start();
    const [watcher, leaving] = [await join({ member: ben }), await join({ member: ann })];
    await until('presence', () => seen(watcher, leaving.clientId));
    leaving.cut();
    await until('the departure', () => !seen(watcher, leaving.clientId));
    const newcomer = await join({ member: member('c') });
    await until('the others', () => seen(newcomer, watcher.clientId));
    expect(seen(newcomer, leaving.clientId)).toBeUndefined();
  });

  it('SYNC-22 ends when a client says so, and comes back at once after a short cut', async () => {
    const { collab, join } = start();
    const [watcher, leaving] = [await join({ member: ben }), await join({ member: ann })];
    await until('presence', () => seen(watcher, leaving.clientId));
    leaving.cut();
    await until('the departure', () => !seen(watcher, leaving.clientId));
    // With the same clock as before: y-protocols alone would not take that for news.
    leaving.connect(collab);
    await until('the return', () => seen(watcher, leaving.clientId));
    leaving.awareness.setLocalState(null);
    await until('the good-bye', () => !seen(watcher, leaving.clientId));
  });

  it('SYNC-23 of a client that reconnects while its old socket is half-open moves to the new one', async () => {
    const { collab, join } = start();
    const [watcher, client] = [await join({ member: ben }), await join({ member: ann })];
    await until('presence', () => seen(watcher, client.clientId));
    const halfOpen = client.loseSilently();
    client.connect(collab);
    client.awareness.setLocalState({ cursor: 7 });
    await until('presence by the new socket', () => seen(watcher, client.clientId)?.cursor === 7);
    halfOpen.closed();
    client.awareness.setLocalState({ cursor: 8 });
    await until('presence still', () => seen(watcher, client.clientId)?.cursor === 8);
    expect(watcher.awareness.getStates().size).toBe(2);
  });

  it('SYNC-23 of a member’s tab is not taken over by another tab that repeats what it heard', async () => {
    const { join } = start();
    const first = await join({ member: ann });
    const second = await join({ member: ann }, null);
    const watcher = await join({ member: ben });
    // `second` has repeated the state of `first`, as stock clients do, in its first awareness message even.
    await until('the repetition', () => seen(second, first.clientId) && seen(watcher, first.clientId));
    second.cut();
    for (let cursor = 1; cursor <= 3; cursor++) {
      first.awareness.setLocalState({ cursor });
      await until('the move', () => seen(watcher, first.clientId)?.cursor === cursor);
    }
  });

  it('SYNC-25 above the bounds is ignored: too many clients of one socket, too big a state', async () => {
    const { join } = start({ collabClientsPerSocket: 2, collabAwarenessMaxBytes: 500 });
    const [watcher, greedy] = [await join({ member: ben }), await join({ member: ann })];
    greedy.send(awarenessMessage([7, 8, 9].map((client) => ({ client, clock: 1, state: { client } }))));
    greedy.awareness.setLocalState({ cursor: 'x'.repeat(600) });
    greedy.awareness.setLocalState({ cursor: 1 });
    await until('the small state', () => seen(watcher, greedy.clientId)?.cursor === 1);
    expect([7, 8, 9].map((client) => seen(watcher, client) !== undefined)).toEqual([true, false, false]);
    expect(greedy.isClosed).toBe(false);
  });

  it('SYNC-25 that nests beyond the limit closes its sender', async () => {
    const { join } = start();
    const sender = await join();
    const state = `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`;
    sender.send(awarenessMessage([{ client: sender.clientId, clock: 50, state }]));
    expect(sender.socket.closure?.code).toBe(collabClose.protocolError);
  });

  it('SYNC-25 is told once per turn of the event loop, in its latest state, and in messages of bounded size', async () => {
    const { join } = start({ collabAwarenessMaxBytes: 2000 });
    const [watcher, mover] = [await join({ member: ben }), await join({ member: ann })];
    await until('presence', () => seen(watcher, mover.clientId));
    const before = watcher.socket.ofType(1).length;
    for (let cursor = 1; cursor <= 100; cursor++) mover.awareness.setLocalState({ cursor });
    await until('the last move', () => seen(watcher, mover.clientId)?.cursor === 100);
    expect(watcher.socket.ofType(1).length).toBe(before + 1);
    for (let index = 0; index < 8; index++) await join({ member: member(`m${index}`) }, { pad: 'p'.repeat(600) });
    const newcomer = await join({ member: member('new') });
    await until('all the others', () => newcomer.awareness.getStates().size === 11);
    for (const message of newcomer.socket.ofType(1)) expect(message.length).toBeLessThan(2100);
  });
});

describe('the room’s book of presence', () => {
  const speaker = (id: string, order: number) => ({
    member: member(id),
    order,
    clients: new Set<number>(),
    speakFor(client: number) {
      this.clients.add(client);
    },
    fallSilent(client: number) {
      this.clients.delete(client);
    },
    hasSpoken: false,
  });
  const states = (entries: Parameters<typeof awarenessMessage>[0]) => {
    const message = decodeMessage(awarenessMessage(entries));
    if (message.type !== 'awareness') throw new Error('not awareness');
    return message.states;
  };

  it('SYNC-25 respects clocks: an older state does not replace a newer one', () => {
    const awareness = new RoomAwareness(defaultLimits);
    const one = speaker('one', 1);
    awareness.receive(one, states([{ client: 1, clock: 5, state: { n: 5 } }]));
    awareness.receive(one, states([{ client: 1, clock: 4, state: { n: 4 } }]));
    expect(JSON.parse(awareness.entries()[0]?.text ?? '')).toMatchObject({ n: 5 });
    awareness.receive(one, states([{ client: 1, clock: 4, state: null }]));
    expect(awareness.entries()).toHaveLength(1);
    awareness.receive(one, states([{ client: 1, clock: 5, state: null }]));
    expect(awareness.entries()).toHaveLength(0);
  });

  it('SYNC-25 remembers a bounded number of those who left', () => {
    const awareness = new RoomAwareness({ ...defaultLimits, collabDepartedClientsMax: 3 });
    for (let client = 0; client < 10; client++) {
      const one = speaker(`m${client}`, client);
      awareness.receive(one, states([{ client, clock: 1, state: {} }]));
      awareness.depart(one);
    }
    expect(awareness.takeChanges().map(({ client }) => client)).toEqual([7, 8, 9]);
  });

  it('SYNC-25 ignores states that are no objects, and a state’s own __proto__ is but a name', () => {
    const awareness = new RoomAwareness(defaultLimits);
    const one = speaker('one', 1);
    awareness.receive(
      one,
      states([1, 'a', true, [1]].map((state, client) => ({ client, clock: 1, state: JSON.stringify(state) }))),
    );
    expect(awareness.entries()).toEqual([]);
    awareness.receive(one, states([{ client: 9, clock: 1, state: '{"__proto__":{"polluted":1}}' }]));
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(decodeAwareness(states([{ client: 9, clock: 1, state: null }]))).toEqual([
      { client: 9, clock: 1, text: 'null' },
    ]);
  });
});
