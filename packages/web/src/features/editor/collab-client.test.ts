import { collabClose, collabMessage } from '@coderoom/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Awareness, encodeAwarenessUpdate } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { CollabClient, type CollabState, collabTimes } from './collab-client.ts';
import { FakeCollabServer } from './fake-collab-server.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function setUp({ random = () => 0 }: { random?: () => number } = {}) {
  const server = new FakeCollabServer();
  server.doc.getText('code').insert(0, 'hello');
  const doc = new Y.Doc();
  const awareness = new Awareness(doc);
  let token = 'first';
  const client = new CollabClient({
    doc,
    awareness,
    address: () => `ws://host/collab/room?token=${token}`,
    createSocket: server.createSocket,
    random,
  });
  const text = doc.getText('code');
  client.connect();
  return {
    server,
    doc,
    awareness,
    client,
    text,
    type: (added: string) => text.insert(text.length, added),
    state: (): CollabState => client.state.get(),
    unsaved: () => client.unsavedEdits.get(),
    renewToken: (next: string) => {
      token = next;
    },
  };
}

/** Connected, with the server's first step 2 taken in and ours acknowledged. */
function setUpLive(options: { random?: () => number } = {}) {
  const room = setUp(options);
  room.server.accept();
  room.server.acknowledge(1);
  expect(room.state()).toEqual({ name: 'live' });
  return room;
}

describe('connecting', () => {
  it('goes from connecting over syncing to live, and has the text', () => {
    const { server, client, text, state } = setUp();
    expect(state()).toEqual({ name: 'connecting', attempt: 0 });
    server.isAnswering = false;
    server.accept();
    expect(state()).toEqual({ name: 'syncing', attempt: 0 });
    expect(client.hasSynced.get()).toBe(false);
    server.isAnswering = true;
    client.check(); // asks again
    expect(state()).toEqual({ name: 'live' });
    expect(client.hasSynced.get()).toBe(true);
    expect(text.toString()).toBe('hello');
  });

  it('takes in what others write, without sending it back', () => {
    const { server, text, unsaved } = setUpLive();
    server.edit((doc) => doc.getText('code').insert(0, '# '));
    expect(text.toString()).toBe('# hello');
    expect(server.changes).toBe(1); // our first step 2 alone
    expect(unsaved()).toBe(0);
  });
});

describe('what is said to be saved', () => {
  it('WEB-3 counts an edit as unsaved until the server says that it is durable', () => {
    const { server, type, unsaved } = setUpLive();
    type('!');
    type('?');
    expect(server.doc.getText('code').toString()).toBe('hello!?');
    expect(unsaved()).toBe(2); // received is not saved
    server.acknowledge(2); // step 2 and the first update
    expect(unsaved()).toBe(1);
    server.acknowledge(3);
    expect(unsaved()).toBe(0);
  });

  it('WEB-3 takes an acknowledgement only for what the present socket sent', () => {
    const { server, type, unsaved } = setUpLive();
    type('!');
    server.hangUp(collabClose.goingAway);
    vi.advanceTimersByTime(collabTimes.retryMinMs);
    server.accept(); // our step 2 carries the edit: it is message 1 of this socket
    expect(unsaved()).toBe(1);
    server.acknowledge(0);
    expect(unsaved()).toBe(1);
    server.acknowledge(1);
    expect(unsaved()).toBe(0);
  });

  it.each([2, 7, 2 ** 40])('WEB-3 ignores an acknowledgement of %i messages when one was sent', (count) => {
    const { server, type, unsaved } = setUp();
    type('before connecting');
    server.accept();
    server.acknowledge(count);
    expect(unsaved()).toBe(1);
  });

  it('WEB-3 answers a server that asks again with all that it may lack, and counts that', () => {
    const { server, type, unsaved } = setUpLive();
    type('!');
    server.askForMissing();
    expect(server.changes).toBe(3);
    server.acknowledge(1);
    expect(unsaved()).toBe(1);
    server.acknowledge(3);
    expect(unsaved()).toBe(0);
  });

  it('WEB-3 tells who waits when their edits are durable, for which it asks, whatever was typed meanwhile', async () => {
    const { server, client, type } = setUpLive();
    type('!');
    const waiting = client.whenSaved(2_000);
    expect(server.socket.sent.at(-1)).toEqual(Uint8Array.of(collabMessage.queryDurable));
    type('later');
    server.acknowledge(2);
    await expect(waiting).resolves.toBe(true);
    const inVain = client.whenSaved(2_000);
    vi.advanceTimersByTime(2_000);
    await expect(inVain).resolves.toBe(false);
  });
});

describe('without a connection', () => {
  it('WEB-4 keeps edits, counts them, and sends them all on return, once', () => {
    const { server, type, text, unsaved } = setUpLive();
    server.hangUp(collabClose.goingAway);
    type(' a');
    type(' b');
    type(' c');
    expect(unsaved()).toBe(3);
    server.doc.getText('code').insert(0, '# others meanwhile\n');
    vi.advanceTimersByTime(collabTimes.retryMinMs);
    server.accept();
    expect(server.changes).toBe(1); // one step 2
    expect(server.doc.getText('code').toString()).toBe('# others meanwhile\nhello a b c');
    expect(text.toString()).toBe(server.doc.getText('code').toString());
    server.acknowledge(1);
    expect(unsaved()).toBe(0);
  });

  it('WEB-4 sends nothing that builds upon unsent edits before the step 2 that carries them', () => {
    const { server, type } = setUpLive();
    server.hangUp(collabClose.goingAway);
    type(' offline');
    vi.advanceTimersByTime(collabTimes.retryMinMs);
    server.socket.onopen?.();
    server.changes = 0;
    type(' early');
    expect(server.changes).toBe(0);
    server.askForMissing();
    expect(server.changes).toBe(1);
    expect(server.doc.getText('code').toString()).toBe('hello offline early');
    type(' live');
    expect(server.changes).toBe(2);
  });
});

describe('coming back', () => {
  it('WEB-5 tries again with growing, jittered pauses up to a limit', () => {
    const pauses: number[] = [];
    const { server } = setUp({ random: () => 0.999 });
    for (let failure = 0; failure < 9; failure++) {
      server.hangUp(1006);
      const attempts = server.sockets.length;
      const from = Date.now();
      while (server.sockets.length === attempts) vi.advanceTimersByTime(10);
      pauses.push(Date.now() - from);
    }
    expect(pauses.slice(0, 4)).toEqual([250, 500, 1000, 2000]);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(collabTimes.retryMaxMs);
    expect(pauses.at(-1)).toBe(collabTimes.retryMaxMs);
    const { server: other } = setUp({ random: () => 0 });
    other.hangUp(1006);
    vi.advanceTimersByTime(collabTimes.retryMinMs / 2);
    expect(other.sockets).toHaveLength(2);
  });

  it('WEB-5 tries at once when the network has changed', () => {
    const { server, client, state } = setUp();
    server.hangUp(1006);
    expect(state()).toEqual({ name: 'connecting', attempt: 1 });
    client.check();
    expect(server.sockets).toHaveLength(2);
    server.accept();
    expect(state()).toEqual({ name: 'live' });
  });

  it('WEB-5 begins with short pauses again only after a connection that stood', () => {
    const { server, state } = setUpLive();
    server.hangUp(1006);
    vi.advanceTimersByTime(collabTimes.retryMinMs);
    server.accept();
    server.hangUp(1006); // at once again
    expect(state()).toEqual({ name: 'connecting', attempt: 2 });
    vi.advanceTimersByTime(collabTimes.retryMaxMs);
    server.accept();
    vi.advanceTimersByTime(collabTimes.stableAfterMs);
    server.hangUp(1006);
    expect(state()).toEqual({ name: 'connecting', attempt: 1 });
  });

  it('asks for the address anew, since the token in it may be another', () => {
    const { server, client, renewToken } = setUpLive();
    renewToken('second');
    client.reconnect();
    expect(server.addresses).toEqual(['ws://host/collab/room?token=first', 'ws://host/collab/room?token=second']);
  });

  it('WEB-6 finds out that a connection is dead though nobody closed it', () => {
    const { server, state } = setUpLive();
    vi.advanceTimersByTime(collabTimes.probeAfterMs);
    expect(state()).toEqual({ name: 'live' }); // asked, and answered
    server.isAnswering = false;
    vi.advanceTimersByTime(collabTimes.probeAfterMs + collabTimes.probeAnswerMs);
    expect(state()).toEqual({ name: 'connecting', attempt: 1 });
    expect(server.socket.isClosed).toBe(true);
  });
});

describe('what ends it', () => {
  it.each([
    [collabClose.unauthorized, 'unauthorized'],
    [collabClose.roomGone, 'gone'],
    [collabClose.forbidden, 'forbidden'],
  ] as const)('WEB-7 stays away after close code %i and says why', (code, reason) => {
    const { server, state } = setUpLive();
    server.hangUp(code);
    expect(state()).toEqual({ name: 'closed', reason });
    vi.advanceTimersByTime(10 * collabTimes.retryMaxMs);
    expect(server.sockets).toHaveLength(1);
  });

  it('WEB-7 comes back after close code 1013', () => {
    const { server } = setUpLive();
    server.hangUp(collabClose.tryAgainLater);
    vi.advanceTimersByTime(collabTimes.retryMinMs);
    expect(server.sockets).toHaveLength(2);
  });

  it('WEB-7 stops insisting when the server refuses what it sends, time after time', () => {
    const { server, type, state, unsaved } = setUpLive();
    type('poison');
    for (let refusal = 0; refusal < 2; refusal++) {
      server.hangUp(collabClose.protocolError);
      vi.advanceTimersByTime(collabTimes.retryMaxMs);
      server.accept();
    }
    server.hangUp(collabClose.tooLarge);
    expect(state()).toEqual({ name: 'closed', reason: 'refused' });
    expect(unsaved()).toBe(1);
  });

  it('can be connected again after it was closed', () => {
    const { server, client, state } = setUpLive();
    server.hangUp(collabClose.unauthorized);
    client.reconnect();
    server.accept();
    expect(state()).toEqual({ name: 'live' });
  });
});

describe('junk', () => {
  it.each([
    ['an empty message', []],
    ['a message cut off', [0, 2, 200]],
    ['an update that is none', [0, 2, 3, 255, 255, 255]],
    ['awareness that is no JSON', [1, 5, 1, 1, 1, 1, 123]],
    ['an endless number', Array.from({ length: 20 }, () => 255)],
  ])('WEB-8 is survived by connecting afresh: %s', (_, bytes) => {
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    const { server, type, state, unsaved } = setUpLive();
    type('!');
    server.tell(Uint8Array.from(bytes));
    expect(state()).toEqual({ name: 'connecting', attempt: 1 });
    vi.advanceTimersByTime(collabTimes.retryMinMs);
    server.accept();
    server.acknowledge(1);
    expect(state()).toEqual({ name: 'live' });
    expect(unsaved()).toBe(0);
    expect(server.doc.getText('code').toString()).toBe('hello!');
  });

  it('WEB-8 lets pass what a newer server may say, and text frames', () => {
    const { server, state } = setUpLive();
    server.tell(Uint8Array.of(101, 1, 2, 3));
    server.socket.onmessage?.({ data: 'text' });
    expect(state()).toEqual({ name: 'live' });
  });
});

describe('presence', () => {
  function somebody(clock: number) {
    const other = new Awareness(new Y.Doc());
    other.setLocalState({ user: { name: 'Ben' } });
    const meta = other.meta.get(other.clientID);
    if (meta !== undefined) meta.clock = clock;
    return { id: other.clientID, message: encodeAwarenessUpdate(other, [other.clientID]) };
  }
  const tellPresence = (server: FakeCollabServer, states: Uint8Array) =>
    server.tell(Uint8Array.of(1, states.length, ...states));

  it('sends what changes here, and nothing of what others say', () => {
    const { server, awareness } = setUpLive();
    const before = server.awareness.length;
    tellPresence(server, somebody(1).message);
    expect(server.awareness).toHaveLength(before);
    awareness.setLocalStateField('file', 'main.py');
    expect(server.awareness).toHaveLength(before + 1);
  });

  it('forgets the others when the connection is lost, and sees them again though their clocks stood still', () => {
    const { server, awareness } = setUpLive();
    const { id, message } = somebody(5);
    tellPresence(server, message);
    expect(awareness.getStates().has(id)).toBe(true);
    server.hangUp(1006);
    expect(awareness.getStates().has(id)).toBe(false);
    vi.advanceTimersByTime(collabTimes.retryMinMs);
    server.accept();
    tellPresence(server, message);
    expect(awareness.getStates().has(id)).toBe(true);
  });

  it('says on return that it is there, louder than the news of its leaving', () => {
    const { server, awareness } = setUpLive();
    const clock = () => awareness.meta.get(awareness.clientID)?.clock ?? 0;
    const before = clock();
    server.hangUp(1006);
    vi.advanceTimersByTime(collabTimes.retryMinMs);
    server.accept();
    expect(clock()).toBeGreaterThan(before);
  });

  it('says good-bye', () => {
    const { server, client, awareness, state } = setUpLive();
    const before = server.awareness.length;
    client.destroy();
    expect(server.awareness.length).toBe(before + 1);
    expect(awareness.getLocalState()).toBeNull();
    expect(server.socket.isClosed).toBe(true);
    expect(state()).toEqual({ name: 'closed', reason: 'stopped' });
  });
});
