import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createReceipts } from './receipts.ts';

/** As engine.io's connections are: what is to be sent is said aloud, and pongs are called heartbeats. */
class FakeConnection extends EventEmitter {
  sendPacket(type: string): void {
    this.emit('packetCreate', { type });
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('receipts', () => {
  it('DIA-96 come when a client has answered the ping after what it was sent; pings of others are counted apart', async () => {
    const connection = new FakeConnection();
    const receipts = createReceipts(connection);
    const received: number[] = [];
    connection.emit('heartbeat'); // to a ping from before
    await turn();
    connection.sendPacket('ping'); // that the connection is alive
    const first = receipts.ask(() => received.push(1));
    const second = receipts.ask(() => received.push(2));
    expect(second).toBeGreaterThan(first);
    connection.emit('heartbeat');
    await turn();
    expect([received, receipts.count() >= first]).toEqual([[], false]);
    connection.emit('heartbeat');
    await turn();
    await turn();
    expect([received, receipts.count() >= first, receipts.count() >= second]).toEqual([[1], true, false]);
    connection.emit('heartbeat');
    await turn();
    await turn();
    expect(received).toEqual([1, 2]);
  });

  it('DIA-96 events that came before a receipt are handled before it, and those after it know', async () => {
    const connection = new FakeConnection();
    const receipts = createReceipts(connection);
    const log: string[] = [];
    /** As Socket.IO hands out an event, and ours are counted before they are handled. */
    const receiveEvent = (name: string) =>
      process.nextTick(async () => {
        const stamp = receipts.count();
        await Promise.resolve();
        log.push(`${name} ${stamp}`);
      });
    receipts.ask(() => log.push('receipt'));
    receiveEvent('before');
    connection.emit('heartbeat');
    receiveEvent('after');
    await turn();
    await turn();
    expect(log).toEqual(['before 0', 'after 1', 'receipt']);
  });
});
