import type { Readable, Writable } from 'node:stream';
import type { BwrapOptions } from './bwrap-arguments.ts';
import type { Platform } from './platform.ts';
import type { ProcessLimits } from './program-launcher.ts';

/** What a sandbox is started with, whichever program makes it. */
export interface SandboxStart {
  platform: Platform;
  bwrapOptions: BwrapOptions;
  processLimits: ProcessLimits;
  /** The agent's command. */
  program: readonly string[];
  /** Whom to become before anything else, which is this process's own user where there is no other. */
  user: number;
  /** Its control group's. */
  ownEntrances: readonly string[];
}

/** A sandbox that waits to be told to begin. */
export interface StartedSandbox {
  /** Of its outermost process, on the host. */
  pid: number;
  /** Whether it joins its control group by itself; otherwise it is to be put there. */
  joinsGroup: boolean;
  stdin: Writable;
  stdout: Readable;
  stderr: Readable;
  job: Writable;
  report: Readable;
  /** What its launcher says. */
  status: Readable;
  begin(): void;
  /** When its outermost process has ended and all streams are closed: how that ended. Never rejects. */
  closed: Promise<{ code: number } | { code: null; reason: string }>;
}
