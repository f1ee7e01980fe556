import type { IsolationTier } from '@coderoom/protocol';
import type { Platform } from './platform.ts';

/** How well runs are isolated here, in words for whoever operates the server. */
export interface SandboxReport {
  tier: IsolationTier;
  /** One sentence. */
  summary: string;
  /** What would raise the tier, or bring what is missing; empty when nothing would. */
  advice: string[];
  /** What runs have to do without, in words for those who start them: a sentence each, and nothing of the machine. */
  missing: string[];
}

/** Why a language cannot be run where sandboxes have no /proc. */
export const needsProc = 'it does not run without /proc, which sandboxes do not have in this container';

/**
 * The report of a machine on which sandboxes work. Without a /proc of its own a sandbox is no weaker (it sees less, not
 * more), so that the tier is the same; that languages are missing is told beside it.
 */
export function describePlatform(platform: Platform): SandboxReport {
  const users = platform.slotUsers === null ? 'this process’s own user' : 'a user of its own';
  const own = `Each run has its own sandbox as ${users}`;
  const proc = describeProc(platform);
  if (platform.groups !== null) {
    const summary = `${own}, limited by cgroup v${platform.groups.version}.${proc.summary}`;
    return { tier: 'standard', summary, advice: proc.advice, missing: proc.missing };
  }
  const uncounted = platform.processesCountedPerSandbox
    ? ''
    : ' The number of processes is not limited on this kernel.';
  return {
    tier: 'degraded',
    summary:
      `${own}, but without control groups (${platform.groupsMissing}): ` +
      `memory and processor time are limited per process only, and memory use is not measured.${uncounted}${proc.summary}`,
    advice: [
      ...proc.advice,
      'For the whole of a run to be limited: start the server as root (runs then drop to users of their own before',
      'anything else), or under systemd with Delegate=yes in the unit, or in a container with a writable cgroup v2 subtree.',
    ],
    missing: ['Memory is limited for each process, not for a whole run, and its use is not measured.', ...proc.missing],
  };
}

function describeProc({ mountProc }: Platform): Pick<SandboxReport, 'summary' | 'advice' | 'missing'> {
  if (mountProc) return { summary: '', advice: [], missing: [] };
  return {
    summary: ' Sandboxes have no /proc, because this container’s is masked: some languages do not run without.',
    advice: ['For all languages: add --security-opt systempaths=unconfined (in Kubernetes procMount: Unmasked).'],
    missing: ['Programs have no /proc, nor /dev/stdin; languages that need it cannot be run.'],
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
    missing: [],
  };
}
