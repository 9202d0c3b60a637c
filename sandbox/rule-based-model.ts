import type { GenerateRequest, ScriptedResponse } from './gemini-types.ts';
import { readConversation } from './planner/conversation.ts';
import { answerConversation } from './planner/planner.ts';

export { readConversation, unfenced } from './planner/conversation.ts';

/**
 * The model of the sandbox: parses Indonesian questions by its own rules, calls the declared functions and formats
 * answers as Gemini does. It shares no code with the service, so that it can reveal faults of the service.
 * Deterministic: equal requests get equal responses.
 */
export function generateByRules(request: GenerateRequest): ScriptedResponse {
  return answerConversation(readConversation(request));
}
