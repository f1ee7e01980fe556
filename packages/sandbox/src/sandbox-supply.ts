import { join } from 'node:path';
import { limits, type RunLimits } from '@coderoom/protocol';
import { type CompileCache, createCompileCache } from './compile-cache.ts';
import type { LanguageDefinition } from './languages.ts';
import type { SandboxLogger } from './logger.ts';
import type { Platform } from './platform.ts';
import { type PreparedSandbox, prepareSandbox } from './prepared-sandbox.ts';
import type { ProcessLimits } from './program-launcher.ts';
import type { GroupLimits } from './run-group.ts';
import { type Runtime, runtimes } from './runtimes.ts';
import type { Toolchains } from './toolchains/toolchains.ts';
import { createWarmPool, type WarmKind, type WarmPool } from './warm-pool.ts';

/** Where runs get their sandboxes from, and compiled programs. */
export interface SandboxSupply {
  toolchains: Toolchains;
  compiled: CompileCache;
  /** What checkers said of sources, by what they were asked; bounded by who adds to it. */
  checked: Map<string, string>;
  /** A sandbox under these limits, which waits for its job: one that is warm, or a new one. Rejects when none can be had. */
  take(runtime: Runtime, limits: Required<RunLimits>): Promise<PreparedSandbox>;
  /** A new one that gives way to everything else. */
  takeAside(runtime: Runtime, limits: Required<RunLimits>): Promise<PreparedSandbox>;
  /** From now on sandboxes for these languages are prepared ahead. */
  warm(languages: readonly LanguageDefinition[], hasTime: () => boolean): void;
  pool(): WarmPool | undefined;
  close(): Promise<void>;
}

export function createSandboxSupply(options: {
  platform: Platform;
  /** What sandboxes that wait may take together. */
  warmBytes: number;
  logger: SandboxLogger;
}): SandboxSupply {
  const { platform, warmBytes, logger } = options;
  let pool: WarmPool | undefined;

  const prepareNew = (runtime: Runtime, asked: Required<RunLimits>, priority: GroupLimits['priority']) =>
    prepareSandbox({
      platform,
      runtime,
      groupLimits: { ...groupLimits(runtime, asked), priority },
      processLimits: platform.groups === null ? processLimits(platform, runtime, asked) : {},
      logger,
    });

  const prepareAhead = async ({ runtime, memoryBytes }: WarmKind) => {
    const asked = { cpuMs: limits.runCpuMs, wallMs: limits.runWallMs, memoryBytes };
    const sandbox = await prepareNew(runtime, asked, 'idle');
    await sandbox.process.ready;
    if (sandbox.hasEnded()) {
      await sandbox.release();
      return undefined;
    }
    await sandbox.group?.change(groupLimits(runtime, asked));
    return sandbox;
  };

  return {
    toolchains: platform.toolchains,
    compiled: createCompileCache(join(platform.workFolder, 'compiled')),
    checked: new Map(),
    async take(runtime, asked) {
      const warm = pool?.take(runtime, asked.memoryBytes);
      if (warm === undefined || warm.hasEnded()) return await prepareNew(runtime, asked, 'normal');
      if (warm.memoryBytes !== asked.memoryBytes) await warm.group?.change(groupLimits(runtime, asked));
      return warm;
    },
    takeAside: (runtime, asked) => prepareNew(runtime, asked, 'idle'),
    warm(languages, hasTime) {
      // Without control groups nobody would see what they take, and limits are given when a sandbox begins.
      if (platform.groups === null || warmBytes === 0) return;
      const kinds = warmKinds(languages);
      pool = createWarmPool({ kinds, budgetBytes: warmBytes, prepare: prepareAhead, hasTime, now: Date.now, logger });
      pool.refill();
    },
    pool: () => pool,
    close: async () => await pool?.close(),
  };
}

/** The cheaper ones first, which are then there before the others. */
function warmKinds(languages: readonly LanguageDefinition[]): WarmKind[] {
  const kinds = new Map<Runtime, WarmKind>();
  for (const { runtime, memoryBytes, compiler } of languages) {
    if (!kinds.has(runtime)) kinds.set(runtime, { runtime, memoryBytes });
    if (compiler === null) continue;
    const maker = compiler.runtime ?? runtimes.make;
    kinds.set(maker, { runtime: maker, memoryBytes: compiler.memoryBytes });
  }
  return [...kinds.values()].sort((a, b) => a.runtime.idleBytes - b.runtime.idleBytes);
}

function groupLimits({ processes, cpuCores }: Runtime, { memoryBytes }: { memoryBytes: number }): GroupLimits {
  return { memoryBytes, processes, cpuCores, priority: 'normal' };
}

/** What stands in for control groups. */
function processLimits(platform: Platform, runtime: Runtime, asked: Required<RunLimits>): ProcessLimits {
  const { of, reservedBytes } = runtime.memoryRlimit;
  const bytes = asked.memoryBytes + reservedBytes;
  const cpuMs = runtime.isCompiler ? asked.cpuMs + limits.compileCpuMs : asked.cpuMs;
  return {
    cpuSeconds: Math.ceil(cpuMs / 1_000),
    ...(platform.processesCountedPerSandbox ? { processes: runtime.processes } : {}),
    ...(of === 'data' ? { dataBytes: bytes } : { addressSpaceBytes: bytes }),
  };
}
