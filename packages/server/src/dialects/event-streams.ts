import type { OutgoingHttpHeaders } from 'node:http';
import { limits, ProblemError } from '@coderoom/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * Server-sent events (HTML, 9.2) for clients that never come back: streams that go on until their reader, or the server,
 * ends. A slow reader is told the latest instead of all.
 */
export interface EventStreams {
  /** Takes the answer over. Fails with `rate_limited` when there are too many from one address. */
  open(request: FastifyRequest, reply: FastifyReply): EventStream;
  close(): void;
}

export interface EventStream {
  /** Sends what replaces all that was sent before. */
  send(data: object): void;
  /** Called now and then while it is open. */
  onBeat(listener: () => void): void;
  onClosed(listener: () => void): void;
  end(): void;
}

/** `pingMs`: how often each says that it is still there. */
export function createEventStreams({
  pingMs = limits.socketPingMs,
}: {
  pingMs?: number | undefined;
} = {}): EventStreams {
  const open = new Set<() => void>();
  const byAddress = new Map<string, number>();

  return {
    open({ address, raw: { socket } }, reply) {
      const count = byAddress.get(address) ?? 0;
      if (count >= limits.eventStreamsPerAddress) throw new ProblemError('rate_limited');
      byAddress.set(address, count + 1);
      const { raw } = reply;
      const beats: (() => void)[] = [];
      const closings: (() => void)[] = [];
      let waiting: string | undefined;
      let isOpen = true;

      reply.hijack();
      raw.writeHead(200, {
        ...(reply.getHeaders() as OutgoingHttpHeaders),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache',
        // Proxies that gather answers would hold events back.
        'x-accel-buffering': 'no',
      });
      raw.flushHeaders();

      const write = (text: string) => {
        if (raw.writableNeedDrain) waiting = text;
        else raw.write(text);
      };
      raw.on('drain', () => {
        const text = waiting;
        waiting = undefined;
        if (text !== undefined) raw.write(text);
      });
      const beat = setInterval(() => {
        // An answer that waits behind another on its connection is never told of that connection's end.
        if (socket.destroyed) return end();
        if (!raw.writableNeedDrain) raw.write(': still here\n\n');
        for (const listener of beats) listener();
      }, pingMs);

      function close(): void {
        if (!isOpen) return;
        isOpen = false;
        clearInterval(beat);
        open.delete(end);
        const left = (byAddress.get(address) ?? 1) - 1;
        if (left === 0) byAddress.delete(address);
        else byAddress.set(address, left);
        for (const listener of closings) listener();
      }
      function end(): void {
        raw.end();
        close();
      }
      raw.once('close', close);
      open.add(end);

      return {
        end,
        send: (data) => isOpen && write(`data: ${JSON.stringify(data)}\n\n`),
        onBeat: (listener) => void beats.push(listener),
        onClosed: (listener) => void (isOpen ? closings.push(listener) : listener()),
      };
    },

    close() {
      for (const end of [...open]) end();
    },
  };
}
