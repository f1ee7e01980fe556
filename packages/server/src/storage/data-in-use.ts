/** A running server. */
export interface Holder {
  pid: number;
  host: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
  address?: string;
}

/** The data belongs to another running server. */
export class DataInUse extends Error {
  /** The setting that names other data. */
  readonly variable: 'DATA_DIR' | 'DATABASE_URL';

  /** `what` is such as "The data directory data", `holder` such as "process 7 on host". */
  constructor(what: string, holder: string, variable: 'DATA_DIR' | 'DATABASE_URL') {
    super(`${what} is in use by ${holder}`);
    this.name = 'DataInUse';
    this.variable = variable;
  }
}
