import type { Day } from '../../supabase/calendar.ts';
import { isOnlyThanks } from '../courtesy.ts';
import type { Intent } from './intent.ts';
import { INTENTS } from './intents.ts';
import { type ParsedQuestion, parseQuestion } from './parse-question.ts';
import { MAX_PARSED_LENGTH } from './read-words.ts';

/** A question of a message with its kind. */
export interface MatchedQuestion {
  question: ParsedQuestion;
  intent: Intent;
}

/** Maximum questions of one message that are answered separately. */
const MAX_QUESTIONS = 3;
/** A question about the meaning of a term: data does not answer it. */
const DEFINITION = / (?:apa itu|itu apa|apa arti|arti|apa maksud|maksud|artinya|maksudnya) /;
/** A line or sentence that asks nothing: greeting, thanks, agreement. */
const SMALL_TALK =
  /^\W*(?:halo+|hai|hi|hello|assalamu.?alaikum|wa.?alaikum.?salam|(?:selamat )?(?:pagi|siang|sore|malam)|terima ?kasih|makasih|trims|thanks|oke?|siap|baik)(?:\W+\p{L}+){0,3}\W*$/iu;

/** Returns the kind of a question. @returns null if no rule recognizes it */
export function matchIntent(question: ParsedQuestion): Intent | null {
  if (DEFINITION.test(question.words)) return null;
  return INTENTS.find((intent) => intent.asks(question)) ?? null;
}

/**
 * Returns the questions of a message: each line or sentence if rules recognize every one, else the whole message as one.
 * @returns an empty list if no rule recognizes it
 */
export function matchQuestions(text: string, today: Day): MatchedQuestion[] {
  const parts = text
    .slice(0, MAX_PARSED_LENGTH)
    .split(/\n+|(?<=\?)\s+/)
    .filter((part) => /[\p{L}\p{N}]/u.test(part) && !isSmallTalk(part) && !isOnlyThanks(part));
  if (parts.length > 1 && parts.length <= MAX_QUESTIONS) {
    const matched = parts.map((part) => matchQuestion(part, today)).filter((each) => each !== null);
    if (matched.length === parts.length) return matched;
  }
  if (parts.length === 0) return [];
  const whole = matchQuestion(parts.length === 1 ? (parts[0] ?? '') : text, today);
  return whole ? [whole] : [];
}

function matchQuestion(text: string, today: Day): MatchedQuestion | null {
  const question = parseQuestion(text, today);
  const intent = matchIntent(question);
  return intent && { question, intent };
}

function isSmallTalk(part: string): boolean {
  return part.length <= 60 && SMALL_TALK.test(part);
}
