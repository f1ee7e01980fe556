/** A connection of its own to a database, which the lock on that database lives and dies with. */
export interface LockConnection {
  /** Takes the lock if nobody has it, and gives who has it otherwise. */
  take(): Promise<LockOwner | undefined>;
  /** Ends another connection of the same account. */
  end(owner: LockOwner): Promise<void>;
  /** Fails when the connection, and the lock with it, is gone. */
  ping(): Promise<void>;
  /** Resolves when the connection is gone. */
  readonly gone: Promise<void>;
  close(): Promise<void>;
}

export interface LockOwner {
  /** What the database calls its connection. */
  connection: number;
  /** Such as "process 7 on host". */
  description: string;
  /** It was a connection of this very process. */
  isOurs: boolean;
}

export interface LockConnectionOptions {
  url: string;
  /** Such as "process 7 on host". */
  description: string;
  /** Of this process and no other: letters, digits and hyphens, 36 at most. */
  instance: string;
  /** The connection is given up when nothing has moved on it for so long. */
  answerTimeoutMs: number;
  /** The database gives it up when it has heard nothing for so long. */
  silentMaxMs: number;
}
