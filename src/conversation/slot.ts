/** What the runner lets one try of a turn do. */
export interface FreeSlot {
  /** Aborted at shutdown. */
  signal: AbortSignal;
  /** False when no send may begin any more. */
  maySend(): boolean;
}

/** The same within a turn's deadline: its signal, which bounds everything before the reply is stored, aborts there too. */
export interface Slot extends FreeSlot {
  /** When the deadline is, ms since the epoch. */
  deadlineAt: number;
}
