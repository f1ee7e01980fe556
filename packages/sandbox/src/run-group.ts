/** The contract of control groups, whatever the kernel's version of them. */

/** What one run may take. */
export interface GroupLimits {
  memoryBytes: number;
  processes: number;
  cpuCores: number;
  priority: GroupPriority;
}

/** Its part when there is more to do than cores: `low` gives way to `normal`, `idle` to everything else. */
type GroupPriority = 'normal' | 'low' | 'idle';

/** The control group of one run. */
export interface RunGroup {
  /** Where a process of a single thread may put itself, by writing 0, which takes the kernel less than `attach`. */
  ownEntrances: readonly string[];
  /** Puts a process, and so all its future children, under the limits. */
  attach(pid: number): Promise<void>;
  /** Other limits from now on. */
  change(limits: GroupLimits): Promise<void>;
  /** Another priority from now on. */
  weigh(priority: GroupPriority): void;
  pids(): number[];
  cpuMs(): number;
  /** How many of its processes the kernel ended for want of memory; not 0 either while it holds more than it may. */
  memoryKills(): number;
  peakBytes(): number | null;
  /** Ends what is left in it and removes it. */
  remove(): Promise<void>;
}

/** The control groups of this process’s runs. */
export interface RunGroups {
  version: 1 | 2;
  create(limits: GroupLimits): Promise<RunGroup>;
  close(): Promise<void>;
}
