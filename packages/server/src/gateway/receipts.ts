/**
 * Whether a client has dealt with what it was sent, without its knowing of it: it answers a ping of the transport after
 * all that came before the ping, and before whatever it says next.
 */
export interface Receipts {
  /** Called when the client has dealt with all that it was sent so far. Returns the number of that receipt. */
  ask(onReceipt: () => void): number;
  /** How many have come: what the client sends now was sent after receipts up to this number, and before later ones. */
  count(): number;
  /** How many that were asked for have not come. */
  waiting(): number;
}

/** A transport's connection (of engine.io), as far as it is needed here. */
export interface PingedConnection {
  on(event: 'packetCreate', listener: (packet: { type: string }) => void): unknown;
  on(event: 'heartbeat', listener: () => void): unknown;
}

export function createReceipts(connection: PingedConnection): Receipts {
  // Pings that keep the connection alive are answered, too, and counted with ours.
  let pings = 0;
  let pongs = 0;
  const asked: { ping: number; onReceipt: () => void }[] = [];

  connection.on('packetCreate', ({ type }) => {
    if (type === 'ping') pings++;
  });
  // Socket.IO hands out events one tick after they came: so is this, or it would overtake them.
  connection.on('heartbeat', () => process.nextTick(receive));

  function receive(): void {
    // One that was sent before we began to count.
    if (pongs === pings) return;
    pongs++;
    while (asked[0] !== undefined && asked[0].ping <= pongs) {
      const due = asked.shift();
      // After the handlers of events that came before it have begun.
      if (due !== undefined) setImmediate(due.onReceipt);
    }
  }

  return {
    ask(onReceipt) {
      // Its types keep it private; there is no other way to have one sent.
      (connection as unknown as { sendPacket(type: 'ping'): void }).sendPacket('ping');
      asked.push({ ping: pings, onReceipt });
      return pings;
    },
    count: () => pongs,
    waiting: () => asked.length,
  };
}
