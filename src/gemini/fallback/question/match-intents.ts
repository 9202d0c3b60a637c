import type { Day } from '../../../supabase/calendar.ts';
import { isOnlyThanks } from '../../courtesy.ts';
import { isAboutMoney } from '../refusals.ts';
import type { Intent } from './intent-types.ts';
import { INTENTS } from './intents.ts';
import { type ParsedQuestion, parseQuestion } from './parse-question.ts';
import { MAX_PARSED_LENGTH } from './read-words.ts';
import { isAboutActivities } from './recognize.ts';

/** A question of a message with its kind. */
export interface MatchedQuestion {
  question: ParsedQuestion;
  intent: Intent;
}

/** Maximum questions of one message that are answered separately. */
const MAX_QUESTIONS = 3;
/** A question about the meaning of a term: data does not answer it. */
const DEFINITION = / (?:apa itu|itu apa|apa arti|arti|apa maksud|maksud|artinya|maksudnya) /;
/** A question about everything except something: no tool excludes accounts or activities. */
const EXCEPTION =
  /(?<!\p{L})(?:selain(?! itu)|kecuali|(?:kegiatan|agenda|acara|jadwal) (?:(?:yang|yg) )?bukan|(?:bukan|di ?luar) (?:(?:yang|yg|akun|belanja|kode) )*(?:\d|gaji|pegawai|barang|modal|perjalanan|perjadin))/iu;
/** A line or sentence that asks nothing: greeting, thanks, agreement. */
const SMALL_TALK =
  /^\W*(?:halo+|hai|hi|hello|assalamu.?alaikum|wa.?alaikum.?salam|(?:selamat )?(?:pagi|siang|sore|malam)|terima ?kasih|makasih|trims|thanks|oke?|siap|baik)(?:\W+\p{L}+){0,3}\W*$/iu;

/** Returns the kind of a question. @returns null if no rule recognizes it */
function matchIntent(question: ParsedQuestion): Intent | null {
  if (DEFINITION.test(question.words) || EXCEPTION.test(question.text)) return null;
  return INTENTS.find((intent) => intent.asks(question)) ?? null;
}

/**
 * Returns the questions of a message: each line or sentence if rules recognize every one, or the budget and activities next to «dan», else the whole message as one.
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
  const whole = parts.length === 1 ? (parts[0] ?? '') : text;
  const both = matchBudgetAndActivities(whole, today);
  if (both.length > 0) return both;
  const matched = matchQuestion(whole, today);
  return matched ? [matched] : [];
}

/** «Sisa anggaran dan kegiatan minggu ini»: one half concerns the budget only, the other half activities only. */
function matchBudgetAndActivities(text: string, today: Day): MatchedQuestion[] {
  const halves = text.split(/,? (?:dan|serta|sama|plus) /i);
  if (halves.length !== 2) return [];
  const matched = halves.map((half) => matchQuestion(half, today)).filter((each) => each !== null);
  const aboutActivities = matched.filter(({ question }) => isAboutActivities(question));
  const aboutMoney = matched.filter(({ question }) => isAboutMoney(question) && !isAboutActivities(question));
  return aboutActivities.length === 1 && aboutMoney.length === 1 ? matched : [];
}

function matchQuestion(text: string, today: Day): MatchedQuestion | null {
  const question = parseQuestion(text, today);
  const intent = matchIntent(question);
  return intent && { question, intent };
}

function isSmallTalk(part: string): boolean {
  return part.length <= 60 && SMALL_TALK.test(part);
}
