import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { constants } from 'node:os';
import { join } from 'node:path';
import { temporaryFolder } from '@coderoom/testkit';

/**
 * A Judge0 by its documented interface: it really runs Python and shell, unpacks archives with a tool that is not ours, and
 * misbehaves when told to.
 */
export interface Judge0StandIn extends AsyncDisposable {
  readonly url: string;
  readonly key: string;
  /** Method and path of everything that was asked. */
  readonly asked: string[];
  /** What was handed in, newest last. */
  readonly submissions: Submission[];
  /** Answers instead, for requests that begin so (such as "POST /submissions"); undefined: as before. */
  misbehave(prefix: string, answer: Answer | undefined): void;
  /** What every submission comes to from now on, instead of being run. */
  pretend(state: object | undefined): void;
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

interface Submission {
  language_id: number;
  source_code?: string;
  additional_files?: string;
  stdin: string;
  cpu_time_limit: number;
  wall_time_limit: number;
  memory_limit: number;
  max_file_size: number;
  [field: string]: unknown;
}

const python = { id: 171, name: 'Python (3.11.2)', source_file: 'script.py', run_cmd: '/usr/bin/python3 script.py' };
const languages = [
  { id: 46, name: 'Bash (5.0.0)', source_file: 'script.sh', run_cmd: '/bin/bash script.sh' },
  { id: 48, name: 'C (GCC 7.4.0)', source_file: 'main.c', compile_cmd: 'false %s main.c', run_cmd: './a.out' },
  { id: 50, name: 'C (GCC 9.2.0)', source_file: 'main.c', compile_cmd: 'false %s main.c', run_cmd: './a.out' },
  { id: 75, name: 'C (Clang 17.0.1)', source_file: 'main.c', compile_cmd: 'false %s main.c', run_cmd: './a.out' },
  { id: 70, name: 'Python (2.7.17)', source_file: 'script.py', run_cmd: '/usr/bin/python2 script.py' },
  { id: 71, name: 'Python (3.8.1)', source_file: 'script.py', run_cmd: '/usr/bin/python3 script.py' },
  python,
  { id: 10, name: 'Python for ML (3.12.7)', source_file: 'script.py', run_cmd: '/usr/bin/python3 script.py' },
  // Its compiler is the shell's own check of the syntax, and its programs are shell scripts.
  {
    id: 72,
    name: 'Ruby (2.7.0)',
    source_file: 'script.rb',
    compile_cmd: '/bin/sh -n %s script.rb',
    run_cmd: '/bin/sh script.rb',
  },
  { id: 89, name: 'Multi-file program' },
];

const config = {
  enable_wait_result: true,
  enable_submission_delete: true,
  max_queue_size: 100,
  cpu_time_limit: 5,
  max_cpu_time_limit: 15,
  wall_time_limit: 10,
  max_wall_time_limit: 20,
  memory_limit: 128_000,
  max_memory_limit: 512_000,
  max_file_size: 1_024,
  max_max_file_size: 4_096,
};

export async function openJudge0StandIn(): Promise<Judge0StandIn> {
  const key = 'judge0-key-of-the-test';
  const asked: string[] = [];
  const submissions: Submission[] = [];
  const states = new Map<string, object>();
  const children = new Set<ChildProcess>();
  const instead = new Map<string, Answer>();
  let pretended: object | undefined;

  const server = createServer(async (request, response) => {
    const { method = '', url = '' } = request;
    asked.push(`${method} ${url}`);
    const send = (body: unknown, status = 200) =>
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
    const [, other] = [...instead].find(([prefix]) => `${method} ${url}`.startsWith(prefix)) ?? [];
    if (other !== undefined) return other(request, response);
    if (request.headers['x-auth-token'] !== key) return send({ error: 'unauthenticated' }, 401);
    const { pathname, searchParams } = new URL(url, 'http://stand-in');
    const [, noun, name] = pathname.split('/');
    if (noun === 'about') return send({ version: '1.13.1', homepage: 'https://judge0.com' });
    if (noun === 'config_info') return send(config);
    if (noun === 'languages' && name === undefined)
      return send(languages.map(({ id, name: title }) => ({ id, name: title })));
    if (noun === 'languages') {
      const found = languages.find(({ id }) => id === Number(name));
      return found === undefined ? send({ error: 'not found' }, 404) : send({ is_archived: false, ...found });
    }
    if (noun !== 'submissions') return send({}, 404);
    if (method === 'POST') {
      let text = '';
      for await (const chunk of request.setEncoding('utf8')) text += chunk;
      const submission = JSON.parse(text) as Submission;
      const faults = faultsOf(submission);
      if (Object.keys(faults).length > 0) return send(faults, 422);
      const token = randomUUID();
      submissions.push(submission);
      states.set(token, stateOf(1, 'In Queue'));
      const take = () => {
        if (pretended !== undefined) return void states.set(token, pretended);
        states.set(token, stateOf(2, 'Processing'));
        void execute(submission, children).then((state) => states.set(token, state));
      };
      setTimeout(take, 20);
      return send({ token }, 201);
    }
    const state = states.get(name ?? '');
    if (state === undefined) return send({ error: 'not found' }, 404);
    if (method === 'DELETE') states.delete(name ?? '');
    const fields = searchParams.get('fields')?.split(',') ?? [];
    return send(Object.fromEntries(Object.entries(state).filter(([field]) => fields.includes(field))));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    key,
    asked,
    submissions,
    misbehave(prefix, answer) {
      if (answer === undefined) instead.delete(prefix);
      else instead.set(prefix, answer);
    },
    pretend(state) {
      pretended = state;
    },
    async [Symbol.asyncDispose]() {
      for (const child of children) child.kill('SIGKILL');
      server.close().closeAllConnections();
    },
  };
}

const stateOf = (id: number, description: string, more: object = {}) => ({
  ...{ stdout: null, stderr: null, compile_output: null, message: null, time: null, wall_time: null, memory: null },
  ...{ exit_code: null, exit_signal: null, status: { id, description } },
  ...more,
});

/** What Judge0's model validates. */
function faultsOf(submission: Submission): Record<string, string[]> {
  const faults: Record<string, string[]> = {};
  if (!languages.some(({ id }) => id === submission.language_id)) faults.language_id = ["doesn't exist"];
  const isProject = submission.language_id === 89;
  if (isProject !== (submission.source_code === undefined)) faults.source_code = ["can't be blank"];
  if (isProject && submission.additional_files === undefined) faults.additional_files = ["can't be blank"];
  if (submission.cpu_time_limit > config.max_cpu_time_limit) faults.cpu_time_limit = ['must be less'];
  if (submission.wall_time_limit > config.max_wall_time_limit) faults.wall_time_limit = ['must be less'];
  if (submission.memory_limit > config.max_memory_limit || submission.memory_limit < 2_048) {
    faults.memory_limit = ['must be between'];
  }
  if (submission.max_file_size > config.max_max_file_size) faults.max_file_size = ['must be less'];
  return faults;
}

async function execute(submission: Submission, children: Set<ChildProcess>): Promise<object> {
  using folder = temporaryFolder();
  const box = join(folder.path, 'box');
  mkdirSync(box);
  const decode = (text = '') => Buffer.from(text, 'base64');
  const language = languages.find(({ id }) => id === submission.language_id);
  const {
    source_file: sourceFile,
    compile_cmd: compileCommand,
    run_cmd: runCommand,
  } = language as typeof python & { compile_cmd?: string };
  const isProject = submission.language_id === 89;
  const archive = join(folder.path, 'archive.zip');
  if (isProject) {
    writeFileSync(archive, decode(submission.additional_files));
    execFileSync('/usr/bin/python3', ['-m', 'zipfile', '-t', archive]);
    execFileSync('/usr/bin/python3', ['-m', 'zipfile', '-e', archive, box]);
  } else writeFileSync(join(box, sourceFile), decode(submission.source_code));
  const step = (command: string, stdin: Buffer, seconds: number) =>
    runStep(command, { cwd: box, stdin, seconds, children });
  const compiled = await step(
    isProject ? '[ ! -f compile ] || bash --norc compile' : (compileCommand ?? ':').replace('%s', ''),
    Buffer.alloc(0),
    10,
  );
  const said = Buffer.concat([compiled.stdout, compiled.stderr]);
  if (compiled.code !== 0) return stateOf(6, 'Compilation Error', { compile_output: encode(said) });
  const run = await step(
    isProject ? 'exec bash --norc run' : `exec ${runCommand}`,
    decode(submission.stdin),
    submission.wall_time_limit,
  );
  const [id, description] = run.isLate
    ? [5, 'Time Limit Exceeded']
    : run.signal === 'SIGSEGV'
      ? [7, 'Runtime Error (SIGSEGV)']
      : run.code === 0
        ? [3, 'Accepted']
        : [11, 'Runtime Error (NZEC)'];
  return stateOf(id as number, description as string, {
    stdout: encode(run.stdout),
    stderr: encode(run.stderr),
    compile_output: encode(said),
    time: run.seconds.toFixed(3),
    wall_time: run.seconds.toFixed(3),
    memory: 3_212,
    exit_code: run.signal === null && !run.isLate ? run.code : null,
    exit_signal: run.signal === null ? null : constants.signals[run.signal],
  });
}

/** As Judge0 does: lines of 60 characters; nothing is null. */
function encode(bytes: Buffer): string | null {
  return bytes.length === 0 ? null : `${bytes.toString('base64').replace(/(.{60})/g, '$1\n')}\n`;
}

function runStep(
  command: string,
  options: { cwd: string; stdin: Buffer; seconds: number; children: Set<ChildProcess> },
): Promise<{
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: Buffer;
  stderr: Buffer;
  isLate: boolean;
  seconds: number;
}> {
  const { cwd, stdin, seconds, children } = options;
  return new Promise((resolve) => {
    const since = performance.now();
    const child = spawn('/bin/bash', ['--norc', '-c', command], { cwd, env: { PATH: '/usr/bin:/bin' } });
    children.add(child);
    const chunks: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
    child.stdout.on('data', (chunk: Buffer) => chunks.stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.stderr.push(chunk));
    child.stdin.on('error', () => {});
    child.stdin.end(stdin);
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, seconds * 1_000);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      children.delete(child);
      const [stdout, stderr] = [Buffer.concat(chunks.stdout), Buffer.concat(chunks.stderr)];
      resolve({ code, signal, stdout, stderr, isLate, seconds: (performance.now() - since) / 1_000 });
    });
  });
}
