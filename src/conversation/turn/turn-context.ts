/** The permissions of one attempt of a turn, as the scheduler grants them. */
export interface TurnControl {
  /** Aborted at shutdown, or by `abort`. */
  signal: AbortSignal;
  /** Ends this attempt. */
  abort(): void;
  /** True when the running turns have been stopped. */
  isStopped(): boolean;
  /** False when no further send may start. */
  maySend(): boolean;
  /** True while an earlier question of the conversation waits for a model: rules answer if they can. */
  prefersRules: boolean;
  /** When the last pause of the conversation ended, ms since the epoch; 0 without one. Until then its messages did not wait. */
  resumedAt: number;
  /** False during the shutdown: no further message of the conversation arrives. */
  acceptsMessages(): boolean;
  /**
   * Calls `listener` whenever a message or notice of the conversation was stored, and when the shutdown begins.
   * @returns a function that ends this
   */
  watch(listener: () => void): () => void;
}

/** A TurnControl with the deadline of the turn; until the reply is stored, the signal also aborts at the deadline. */
export interface TurnContext extends TurnControl {
  /** The deadline, ms on the monotonic clock (`performance.now`). */
  deadlineAt: number;
}
