/** A clock in ms that moves only when `advance` moves it. */
export function createManualClock(at = Date.now()): { now: () => number; advance(ms: number): void } {
  let time = at;
  return {
    now: () => time,
    advance(ms) {
      time += ms;
    },
  };
}
