import type { IsolationTier } from '@coderoom/protocol';
import type { Platform } from './platform.ts';

/** How well runs are isolated here, in words for whoever operates the server. */
export interface SandboxReport {
  tier: IsolationTier;
  /** One sentence. */
  summary: string;
  /** What would raise the tier; empty when nothing would. */
  advice: string[];
}

/** The report of a machine on which sandboxes work. */
export function describePlatform(platform: Platform): SandboxReport {
  const users = platform.slotUsers === null ? 'this process’s own user' : 'a user of its own';
  if (platform.groups !== null) {
    const groups = `cgroup v${platform.groups.version}`;
    const summary = `Each run has its own bubblewrap sandbox as ${users}, limited by ${groups}.`;
    return { tier: 'standard', summary, advice: [] };
  }
  const uncounted = platform.processesCountedPerSandbox
    ? ''
    : ' The number of processes is not limited on this kernel.';
  return {
    tier: 'degraded',
    summary:
      `Each run has its own bubblewrap sandbox as ${users}, but without control groups (${platform.groupsMissing}): ` +
      `memory and processor time are limited per process only, and memory use is not measured.${uncounted}`,
    advice: [
      'Start the server as root (runs then drop to users of their own before anything else), or',
      'under systemd with Delegate=yes in the unit, or',
      'in a container with a writable cgroup v2 subtree.',
    ],
  };
}

/** The report of a machine on which nothing is run. */
export function describeOff(reason: string): SandboxReport {
  return {
    tier: 'off',
    summary: `Code is not run here: ${reason}.`,
    advice: [
      'On Debian or Ubuntu: apt-get install -y bubblewrap tini',
      'Where the kernel forbids user namespaces: sysctl -w kernel.unprivileged_userns_clone=1 ' +
        '(Debian 10) or sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu 23.10 and later)',
      'In Docker: docker run --init --user 1000 --security-opt seccomp=deploy/runner-seccomp.json ' +
        '--security-opt systempaths=unconfined --security-opt apparmor=unconfined --cgroupns=private ' +
        '--memory 4g --pids-limit 2048 …, as a container that holds no secrets',
    ],
  };
}
