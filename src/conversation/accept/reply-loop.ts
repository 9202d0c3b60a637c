import type { RecentTurn, Turn } from '../../store/records.ts';
import { one, type Turns } from '../../store/types.ts';

/** A pause of this length between two turns ends a loop and starts a new count, ms. People pause; machines do not. */
export const LOOP_PAUSE_MS = 5 * 60 * 1000;
/**
 * Maximum number of turns in a row without such a pause, with any text and with one text. A higher rate limit raises them to
 * what a sender may write in six minutes and in one minute: an operator who raises it expects machines.
 */
const LIMITS = { anyText: { turns: 60, minutes: 6 }, oneText: { turns: 10, minutes: 1 } };

/**
 * Detects that the other side is a machine that answers each of our replies (an auto-responder, another instance of this
 * service), so that the two do not write to each other for ever. `perMinute`: the rate limit.
 */
export function createLoopDetector(options: { turns: Pick<Turns, 'recent'>; perMinute: number; now: () => number }) {
  const { turns, perMinute, now } = options;
  const maxInARow = Math.max(LIMITS.anyText.turns, LIMITS.anyText.minutes * perMinute);
  const maxOfOneText = Math.max(LIMITS.oneText.turns, LIMITS.oneText.minutes * perMinute);

  /**
   * Whether a turn must not be sent: an answer, or a notice that would keep the other side writing. A turn that was dropped
   * for this reason counts as well, so a loop lasts until the sender pauses or, with one text, writes a different text.
   */
  return async function isReplyLoop(turn: Turn): Promise<boolean> {
    const row = turnsWithoutPause(await one(turns.recent([{ sender: turn.sender, limit: maxInARow }])), now());
    if (row.length >= maxInARow) return true;
    const text = turn.kind === 'notice' ? (row[0]?.text ?? '') : toRecentText(turn);
    return countSameText(row, text) >= maxOfOneText;
  };
}

/** The newest turns up to the first pause, newest first. */
function turnsWithoutPause(recent: readonly RecentTurn[], now: number): RecentTurn[] {
  const pauseAt = recent.findIndex(({ endedAt }, index) => {
    const nextAt = index === 0 ? now : (recent[index - 1]?.endedAt ?? now);
    return nextAt - endedAt >= LOOP_PAUSE_MS;
  });
  return pauseAt < 0 ? [...recent] : recent.slice(0, pauseAt);
}

/** The text of a turn in the form that RecentTurn has; empty if it has files. */
function toRecentText({ messages }: Turn): string {
  return messages.some(({ attachment }) => attachment) ? '' : messages.map(({ text }) => text).join('\n');
}

/** Counts the newest turns in a row that have this text. Turns with files never count: files differ. */
function countSameText(row: readonly RecentTurn[], text: string): number {
  const same = toComparable(text);
  if (same === '') return 0;
  const other = row.findIndex((turn) => toComparable(turn.text) !== same);
  return other < 0 ? row.length : other;
}

function toComparable(text: string): string {
  return text.toLowerCase().split(/\s/).filter(Boolean).join(' ');
}
