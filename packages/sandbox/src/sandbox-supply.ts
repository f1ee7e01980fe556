import { join } from 'node:path';
import { limits, type RunLimits } from '@coderoom/protocol';
import { type CompileCache, createCompileCache } from './compile-cache.ts';
import type { SandboxLogger } from './logger.ts';
import type { Platform } from './platform.ts';
import { type PreparedSandbox, prepareSandbox } from './prepared-sandbox.ts';
import type { ProcessLimits } from './program-launcher.ts';
import type { GroupLimits } from './run-group.ts';
import type { Runtime } from './runtimes.ts';
import type { Toolchains } from './toolchains/toolchains.ts';

/** Where runs get their sandboxes from, and compiled programs. */
export interface SandboxSupply {
  toolchains: Toolchains;
  compiled: CompileCache;
  /** A sandbox under these limits, which waits for its job. Rejects when none can be had. */
  take(runtime: Runtime, limits: Required<RunLimits>): Promise<PreparedSandbox>;
}

export function createSandboxSupply(options: { platform: Platform; logger: SandboxLogger }): SandboxSupply {
  const { platform, logger } = options;
  return {
    toolchains: platform.toolchains,
    compiled: createCompileCache(join(platform.workFolder, 'compiled')),
    take: (runtime, runLimits) =>
      prepareSandbox({
        platform,
        runtime,
        groupLimits: groupLimits(runtime, runLimits),
        processLimits: platform.groups === null ? processLimits(platform, runtime, runLimits) : {},
        logger,
      }),
  };
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
