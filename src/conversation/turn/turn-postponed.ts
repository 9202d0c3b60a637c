/** Nothing was attempted because nothing can be sent now; it costs the turn neither time nor attempts. */
export class TurnPostponedError extends Error {
  readonly delayMs: number;
  constructor(delayMs: number) {
    super('postponed: nothing can be sent now');
    this.delayMs = delayMs;
  }
}
