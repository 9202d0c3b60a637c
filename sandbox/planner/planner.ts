import type { ScriptedResponse } from '../gemini-types.ts';
import type { Conversation } from './conversation.ts';
import { readInContext } from './follow-up.ts';
import { nextMove, type Plan, type Skill } from './plan.ts';
import { ACTIVITY_SKILLS } from './skills/activities.ts';
import { BUDGET_SKILLS } from './skills/budget.ts';
import { CHANGE_SKILLS } from './skills/change.ts';
import { FORECAST_SKILLS } from './skills/forecast.ts';
import { LIST_SKILLS } from './skills/lists.ts';
import { RANKING_SKILLS } from './skills/ranking.ts';
import { REFUSAL_SKILL } from './skills/refusals.ts';
import { answerSmallTalk, answerUnknown } from './skills/small-talk.ts';
import type { Query } from './slots.ts';

/** All kinds of questions, the more specific ones first. */
const SKILLS: readonly Skill[] = [
  REFUSAL_SKILL,
  ...LIST_SKILLS,
  ...ACTIVITY_SKILLS,
  ...FORECAST_SKILLS,
  ...CHANGE_SKILLS,
  ...RANKING_SKILLS,
  ...BUDGET_SKILLS,
];
const UNFINISHED = 'Maaf, data yang saya perlukan belum lengkap, jadi pertanyaan ini belum dapat saya jawab.';

/** Produces the next response: an answer or function calls. Deterministic. */
export function answerConversation(conversation: Conversation): ScriptedResponse {
  const { rejected, question, earlier, today, tools, completed } = conversation;
  if (rejected) return { text: withoutFigures(rejected.answer, rejected.figures) };
  const query = readInContext(question, earlier, today);
  const talk = answerSmallTalk(conversation, query);
  if (talk !== null) return { text: talk };
  const plan = findPlan(query, conversation);
  if (!plan) return { text: answerUnknown(conversation) };
  const move = nextMove(plan, completed);
  if ('text' in move) return { text: greet(conversation, move.text) };
  if (move.calls.every(({ name }) => tools.has(name))) return { functionCalls: move.calls };
  return { text: completed.length > 0 ? UNFINISHED : answerUnknown(conversation) };
}

/** Creates a plan for each question of the message if each is complete, otherwise one plan for the message. */
function findPlan(query: Query, conversation: Conversation): Plan | null {
  const { question, earlier, today } = conversation;
  const parts = question.split(/\n+|(?<=\?)\s+/).filter((part) => /\p{L}/u.test(part));
  if (parts.length > 1) {
    const plans = parts.map((part, index) => {
      const read = readInContext(part, [...earlier, ...parts.slice(0, index)], today);
      return SKILLS.find(({ fits }) => fits(read))?.plan(read, conversation);
    });
    const understood = plans.filter((plan) => plan !== undefined);
    if (understood.length === parts.length) return inTurn(understood);
  }
  return SKILLS.find(({ fits }) => fits(query))?.plan(query, conversation) ?? null;
}

function* inTurn(plans: readonly Plan[]): Plan {
  const answers: string[] = [];
  for (const plan of plans) answers.push(yield* plan);
  return answers.join('\n\n');
}

/** Adds a greeting with the user's name to the first answer of a conversation, as the prompt requires. */
function greet({ name, earlier }: Conversation, text: string): string {
  return name && earlier.length === 0 ? `Halo, ${name}! 👋\n\n${text}` : text;
}

/** Removes the lines of an answer that contain a rejected figure. */
function withoutFigures(answer: string, figures: readonly string[]): string {
  const kept = answer.split('\n').filter((line) => !figures.some((figure) => line.includes(figure)));
  return kept.some((line) => /\p{L}/u.test(line))
    ? kept.join('\n').trim()
    : 'Maaf, angkanya tidak tersedia dalam data SAPA.';
}
