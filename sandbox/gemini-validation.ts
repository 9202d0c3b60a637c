import type { Content, GenerateRequest, Part } from './gemini-types.ts';

const REQUEST_FIELDS = new Set(
  'contents systemInstruction system_instruction tools toolConfig tool_config safetySettings safety_settings generationConfig generation_config cachedContent cached_content labels serviceTier service_tier store model'.split(
    ' ',
  ),
);
const DATA_FIELDS = [
  'text',
  'functionCall',
  'functionResponse',
  'inlineData',
  'fileData',
  'executableCode',
  'codeExecutionResult',
] as const;
const PART_FIELDS = new Set<string>([
  ...DATA_FIELDS,
  'thought',
  'thoughtSignature',
  'videoMetadata',
  'partMetadata',
  'mediaResolution',
]);
// Google documents these values for function calls that another model made.
const PLACEHOLDER_SIGNATURES = new Set(['skip_thought_signature_validator', 'context_engineering_is_the_way_to_go']);

/** Creates a thought signature that is valid for one model and one function. */
export function createSignature(model: string, functionName: string, serial: number): string {
  return Buffer.from(`fake-gemini\n${model}\n${functionName}\n${serial}`).toString('base64');
}

/**
 * Validates a request as Google does. Gemini 3 and later require the signature on the first function call of every step
 * of the current turn.
 * @returns Google's error message; undefined if the request is valid
 */
export function findRequestError(body: unknown, model: string): string | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return 'Invalid JSON payload received.';
  const unknown = Object.keys(body).find((field) => !REQUEST_FIELDS.has(field));
  if (unknown) return unknownFieldMessage(unknown);
  const { contents, systemInstruction } = body as Partial<GenerateRequest>;
  if (!Array.isArray(contents) || contents.length === 0) {
    return '* GenerateContentRequest.contents: contents is not specified\n';
  }
  return (
    findSystemInstructionError(systemInstruction) ??
    contents.map(findContentError).find((reason) => reason !== undefined) ??
    findOrderError(contents) ??
    (requiresSignatures(model) ? findSignatureError(contents, model) : undefined)
  );
}

function findSystemInstructionError(instruction: Content | undefined): string | undefined {
  if (instruction === undefined) return undefined;
  if (instruction.parts?.every((part) => typeof part.text === 'string')) return undefined;
  return '* GenerateContentRequest.system_instruction.parts: system instruction must contain text only\n';
}

function findContentError({ role, parts }: Content, index: number): string | undefined {
  const at = `GenerateContentRequest.contents[${index}]`;
  if (role !== undefined && role !== 'user' && role !== 'model') return 'Please use a valid role: user, model.';
  if (!Array.isArray(parts) || parts.length === 0) return `* ${at}.parts: contents.parts must not be empty.\n`;
  for (const [number, part] of parts.entries()) {
    const unknown = Object.keys(part).find((field) => !PART_FIELDS.has(field));
    if (unknown) return unknownFieldMessage(unknown, `contents[${index}].parts[${number}]`);
    const data = DATA_FIELDS.filter((field) => field in part);
    if (data.length > 1)
      return `Invalid value at 'contents[${index}].parts[${number}]' (oneof), oneof field 'data' is already set.`;
    if (data.length === 0)
      return `* ${at}.parts[${number}].data: required oneof field 'data' must have one initialized field\n`;
    if (!hasName(part.functionCall)) return `* ${at}.parts[${number}].function_call.name: Name cannot be empty.\n`;
    if (!hasName(part.functionResponse))
      return `* ${at}.parts[${number}].function_response.name: Name cannot be empty.\n`;
  }
  return undefined;
}

function hasName(call: { name: string } | undefined): boolean {
  return call === undefined || (typeof call.name === 'string' && call.name !== '');
}

function findOrderError(contents: Content[]): string | undefined {
  for (const [index, content] of contents.entries()) {
    const before = contents[index - 1];
    const calls = callKeys(content, 'functionCall');
    const responses = callKeys(content, 'functionResponse');
    if (calls.length > 0 && (content.role !== 'model' || !before || before.role === 'model')) {
      return 'Please ensure that function call turn comes immediately after a user turn or after a function response turn.';
    }
    if (responses.length > 0 && (!before || callKeys(before, 'functionCall').length === 0)) {
      return 'Please ensure that function response turn comes immediately after a function call turn.';
    }
    const next = contents[index + 1];
    if (calls.length > 0 && calls.sort().join() !== (next ? callKeys(next, 'functionResponse').sort().join() : '')) {
      return 'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.';
    }
  }
  return undefined;
}

function callKeys(content: Content, kind: 'functionCall' | 'functionResponse'): string[] {
  return (content.parts ?? []).flatMap((part) => {
    const call = part[kind];
    return call ? [`${call.id ?? ''} ${call.name}`] : [];
  });
}

function requiresSignatures(model: string): boolean {
  const generation = /^gemini-(\d+)/.exec(model)?.[1];
  return generation !== undefined && Number(generation) >= 3;
}

function findSignatureError(contents: Content[], model: string): string | undefined {
  const lastQuestion = contents.findLastIndex(({ role, parts }) => role !== 'model' && parts?.some(isPlainText));
  for (const [index, content] of contents.entries()) {
    const signed = (content.parts ?? []).filter((part) => part.thoughtSignature !== undefined);
    if (signed.some((part) => !isValidSignature(part, model))) return 'Corrupted thought signature.';
    const first = content.parts?.find((part) => part.functionCall);
    if (index <= lastQuestion || !first || first.thoughtSignature) continue;
    return (
      'Function call is missing a thought_signature in functionCall parts. This is required for tools to work ' +
      'correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call ' +
      `\`default_api:${first.functionCall?.name}\` , position ${index + 1}. Please refer to ` +
      'https://ai.google.dev/gemini-api/docs/thought-signatures for more details.'
    );
  }
  return undefined;
}

function isPlainText(part: Part): boolean {
  return part.text !== undefined;
}

function isValidSignature({ thoughtSignature = '', functionCall }: Part, model: string): boolean {
  if (PLACEHOLDER_SIGNATURES.has(thoughtSignature)) return true;
  const [issuer, signedModel, name] = Buffer.from(thoughtSignature, 'base64').toString().split('\n');
  return issuer === 'fake-gemini' && signedModel === model && name === (functionCall?.name ?? '');
}

function unknownFieldMessage(field: string, at = ''): string {
  return `Invalid JSON payload received. Unknown name "${field}"${at && ` at '${at}'`}: Cannot find field.`;
}
