/** The hidden frame in which programs run, where they run in browsers. It is made when it is first wanted. */
import type { BrowserJob } from '@coderoom/protocol';
import type { FrameNews, FrameOrder } from '../../runner/messages.ts';

export interface ProgramFrame {
  execute(runId: string, job: BrowserJob, onNews: (news: FrameNews) => void): void;
  input(more: { data?: string; end?: boolean }): void;
  stop(): void;
  /** With whatever runs in it. */
  close(): void;
}

export function openProgramFrame(): ProgramFrame {
  const frame = document.createElement('iframe');
  const { port1: port, port2: other } = new MessageChannel();
  let listener: ((news: FrameNews) => void) | undefined;
  // The server's answer says the same; a frame with an origin of its own cannot be told to by anybody else.
  frame.setAttribute('sandbox', 'allow-scripts');
  frame.hidden = true;
  frame.title = 'Runs programs';
  frame.src = '/runner.html';
  frame.addEventListener('load', () => frame.contentWindow?.postMessage('port', '*', [other]), { once: true });
  port.addEventListener('message', ({ data }: MessageEvent<FrameNews>) => listener?.(data));
  port.start();
  document.body.append(frame);
  const tell = (order: FrameOrder) => port.postMessage(order);
  return {
    execute(runId, job, onNews) {
      listener = onNews;
      tell({ kind: 'execute', runId, job });
    },
    input: (more) => tell({ kind: 'input', ...more }),
    stop: () => tell({ kind: 'stop' }),
    close() {
      port.close();
      frame.remove();
    },
  };
}
