import { once } from 'node:events';
import { createServer } from 'node:net';
import { limits } from '@coderoom/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { attempts, outcomes } from '../test/attempts.ts';
import { hostilePrograms, needsGroups } from '../test/hostile-programs.ts';
import { sandboxForSuite } from '../test/test-sandbox.ts';

const { test, missing } = await sandboxForSuite();

const listener = createServer((socket) => socket.end('reached'));
const abstractListener = createServer((socket) => socket.end('reached'));
const abstractName = `coderoom-hostile-${process.pid}`;
let port = 0;
beforeAll(async () => {
  listener.listen(0, '127.0.0.1');
  abstractListener.listen({ path: `\0${abstractName}` });
  await Promise.all([once(listener, 'listening'), once(abstractListener, 'listening')]);
  port = (listener.address() as { port: number }).port;
});
afterAll(async () => {
  listener.close();
  abstractListener.close();
  await test?.[Symbol.asyncDispose]();
});

// Without control groups memory and the time of all processes together are held less well; see degraded.test.ts.
const held =
  test?.sandbox.report.tier === 'standard'
    ? hostilePrograms
    : hostilePrograms.filter(({ rule }) => !needsGroups.includes(rule));

describe.skipIf(test === null)(`a hostile program${missing}`, () => {
  if (test === null) return;

  afterEach(async () => {
    await test.expectNothingLeft();
    const hello = await test.run({ language: 'python' }, 'print("hello")');
    expect(hello).toMatchObject({ status: 'ok', stdout: 'hello\n' });
    expect(test.errors).toEqual([]);
  });

  it.each(held.map((row) => ({ language: 'python', ...row })))('$rule is held: $name ($language)', async (row) => {
    const result = await test.run({ language: row.language, ...row.job }, row.program);
    expect(result).toMatchObject(row.expect);
    row.check?.(result);
    expect(result.frames.map(({ seq }) => seq)).toEqual(result.frames.map((_, index) => index));
  });

  it('EXEC-4 is held: three places can be written, each up to its bound and for one run only', async () => {
    const program = `${attempts}
def fill(place):
    for name in ['a', 'b']:
        with open(place + '/' + name, 'wb', buffering=0) as file:
            for _ in range(40):
                if file.write(bytes(1_000_000)) < 1_000_000: raise OSError(errno.ENOSPC, '')
for place in ['/tmp', '/box', '/dev/shm']:
    if os.path.exists(place + '/a'): print('found', place)
    attempt(place, lambda: fill(place))
    os.remove(place + '/a')
    os.remove(place + '/b')
    open(place + '/a', 'w')
report()`;
    for (let round = 0; round < 2; round += 1) {
      const result = await test.run({ language: 'python' }, program);
      expect(outcomes(result)).toEqual({ '/tmp': 'ENOSPC', '/box': 'ENOSPC', '/dev/shm': 'ENOSPC' });
    }
  });

  it('EXEC-6 is held: connections to the machine and beyond', async () => {
    const result = await test.run(
      { language: 'python', args: [String(port), abstractName] },
      `${attempts}
def connect(family, address):
    with socket.socket(family) as s:
        s.settimeout(2)
        s.connect(address)
        print('reached', address, file=sys.stderr)
own = int(sys.argv[1])
for address in [('127.0.0.1', own), ('10.0.0.1', 80), ('169.254.169.254', 80), ('8.8.8.8', 53)]:
    attempt(address[0], lambda: connect(socket.AF_INET, address))
attempt('::1', lambda: connect(socket.AF_INET6, ('::1', own)))
attempt('abstract', lambda: connect(socket.AF_UNIX, '\\0' + sys.argv[2]))
try: socket.getaddrinfo('example.com', 80)
except socket.gaierror: outcome['dns'] = 'none'
report()`,
    );
    expect(result).toMatchObject({ status: 'ok', stderr: '' });
    expect(outcomes(result)).toEqual({
      '127.0.0.1': 'ECONNREFUSED',
      '10.0.0.1': 'ENETUNREACH',
      '169.254.169.254': 'ENETUNREACH',
      '8.8.8.8': 'ENETUNREACH',
      '::1': expect.stringMatching(/ECONNREFUSED|EADDRNOTAVAIL|ENETUNREACH/),
      abstract: 'ECONNREFUSED',
      dns: 'none',
    });
  });

  it('EXEC-20 puts ten thousand small writes into few frames', async () => {
    const result = await test.run({ language: 'python' }, 'import os\nfor _ in range(10_000): os.write(1, b".")');
    expect(result.frames.length).toBeLessThan(result.wallMs / limits.runFrameWindowMs + 5);
    expect(result.frames.map(({ data }) => data).join('')).toBe(result.stdout);
  });

  it('EXEC-9 two runs at once see nothing of each other', async () => {
    const frames: string[] = [];
    const first = test.sandbox.start({
      id: 'first',
      owner: 'a',
      language: 'python',
      files: [
        {
          path: 'main.py',
          text: [
            'for path in ["/tmp/secret", "/dev/shm/secret", "/box/secret"]: open(path, "w").write("secret")',
            'print("ready")',
            'input()',
          ].join('\n'),
        },
      ],
      onFrames: (batch) => frames.push(...batch.map(({ data }) => data)),
    });
    while (!frames.join('').includes('ready')) await new Promise((resolve) => setTimeout(resolve, 10));
    const second = await test.run(
      { language: 'python', owner: 'b' },
      [
        'import os',
        'print([p for p in ["/tmp/secret", "/dev/shm/secret", "/box/secret"] if os.path.exists(p)])',
        'print([p for p in os.listdir("/proc") if p.isdigit() and "secret" in open(f"/proc/{p}/cmdline").read()])',
        'print(open("/proc/sysvipc/shm").read().count("\\n"), open("/proc/net/unix").read().count("\\n"))',
      ].join('\n'),
    );
    first.write('\n');
    expect(second).toMatchObject({ status: 'ok', stdout: '[]\n[]\n1 1\n' });
    expect(await first.result).toMatchObject({ status: 'ok' });
  });
});
