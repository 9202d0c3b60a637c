/** What the runner lets one try of a turn do. */
export interface TurnControl {
  /** Aborted at shutdown, or by `abort`. */
  signal: AbortSignal;
  /** Ends what this try alone is doing. */
  abort(): void;
  /** True from the moment the running turns are stopped. */
  isStopped(): boolean;
  /** False when no send may begin any more. */
  maySend(): boolean;
}

/** The same within a turn's deadline, where its signal aborts too until the reply is stored. */
export interface TurnContext extends TurnControl {
  /** When the deadline is, in ms on the monotonic clock (`performance.now`). */
  deadlineAt: number;
}
