// Preloaded (--import) into a server that is measured: tells on a Unix socket how long its event loop was held up
// since the last question, what its heap holds, and how many timers run. No product code knows of it.
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

const path = process.env.PROBE_PATH;
const resolutionMs = 5;

if (isMainThread && path) {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc');
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  rmSync(path, { force: true });
  createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (question) => {
      const beyond = (ns) => Math.max(0, ns / 1e6 - resolutionMs);
      const answer = { loopP99Ms: beyond(delay.percentile(99)), loopMaxMs: beyond(delay.max) };
      if (String(question) === 'collect') collectGarbage();
      const { heapUsed, external } = process.memoryUsage();
      const timers = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
      socket.end(JSON.stringify({ ...answer, heapBytes: heapUsed + external, timers }));
      delay.reset();
    });
  })
    .listen(path)
    .unref();
}
