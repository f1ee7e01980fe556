import { costOf, type Scenario } from '../scenario.ts';

const rooms = 50;
const people = 6;
const withinMs = 2000;
const documentBytes = 10_000;

/** After a kill and a restart, 300 clients come back within two seconds, trying until they are let in. */
export const rejoin: Scenario = {
  name: 'rejoin',
  what: '300 clients come back within 2 s of a restart: until all have their document',
  passes: 1,
  servers: ['y-websocket', 'hocuspocus', 'coderoom'],
  async measure(server, generator) {
    const seats = await server.seats(rooms, people);
    await generator.open({ seats });
    await generator.fill('plain', documentBytes);
    await generator.close();
    await server.restart();
    const { result, ...cost } = await costOf(server, () => generator.open({ seats, withinMs }));
    return {
      'all synced after ms': result.tookMs,
      'failed attempts': result.attempts - seats.length,
      'CPU s': cost.cpuSeconds,
      'loop p99 ms': cost.loopP99Ms,
      'loop max ms': cost.loopMaxMs,
    };
  },
};
