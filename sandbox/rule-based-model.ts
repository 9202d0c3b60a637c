import type { GenerateRequest, ScriptedResponse } from './gemini-types.ts';
import { readConversation } from './planner/conversation.ts';
import { answerConversation } from './planner/planner.ts';

export { readConversation, unfenced } from './planner/conversation.ts';

/**
 * The sandbox's model: it understands Indonesian questions by its own rules, calls the declared functions and words its
 * answers as Gemini does. It shares no code with the service, so it can reveal faults of the service. The same request
 * gets the same answer.
 */
export function generateByRules(request: GenerateRequest): ScriptedResponse {
  return answerConversation(readConversation(request));
}
