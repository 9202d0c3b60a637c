/** One token of Python or JSON data: a string, a number, a constant, the name of an argument, or a bracket or separator. */
const TOKEN =
  /\s*(?:("(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*')|(-?\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?)(?![\w.])|(true|false|none|null)\b|([A-Za-z_]\w*)\s?=(?!=)|([[\]{}():,]))/iy;

/**
 * Parses the arguments of a Python call, `a="b", n=[1, 2]`, from the position after its opening parenthesis.
 * @returns the arguments and the position after the closing parenthesis; null unless all of them are named literals
 */
export function parseCallArguments(code: string, start: number): { args: Record<string, unknown>; end: number } | null {
  const translated = translateToJson(code, start);
  const args = translated && parseObject(`{${translated.json}}`);
  return args ? { args, end: translated.end } : null;
}

/** Parses a Python dict, `{'name': 'x', 'args': {}}`, or a list of them. @returns undefined if the text is nothing else */
export function parsePythonData(text: string): unknown {
  const translated = translateToJson(`${text})`, 0);
  return translated?.end === text.length + 1 ? parseJson(translated.json) : undefined;
}

/** Parses JSON. @returns undefined if the text is not JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseObject(json: string): Record<string, unknown> | null {
  const value = parseJson(json);
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

/** Translates literals up to the parenthesis that closes them. JSON.parse decides whether the result is valid. */
function translateToJson(code: string, start: number): { json: string; end: number } | null {
  const json: string[] = [];
  let depth = 0;
  TOKEN.lastIndex = start;
  for (;;) {
    const token = TOKEN.exec(code);
    if (!token) return null;
    const [, string, number, constant, name, mark = ''] = token;
    if (mark === ')' && depth === 0) return { json: dropTrailingComma(json).join(''), end: TOKEN.lastIndex };
    if (/[[{(]/.test(mark)) depth++;
    if (/[\]})]/.test(mark)) {
      depth--;
      dropTrailingComma(json);
    }
    if (string) json.push(translateString(string));
    else if (number) json.push(number.replaceAll('_', ''));
    else if (constant) json.push(constant.toLowerCase().replace('none', 'null'));
    else if (name) json.push(`"${name}":`);
    else json.push(mark.replace('(', '[').replace(')', ']'));
  }
}

function dropTrailingComma(json: string[]): string[] {
  if (json.at(-1) === ',') json.pop();
  return json;
}

function translateString(literal: string): string {
  const content = literal.slice(1, -1).replace(/\\(.)|"/g, (written, escaped?: string) => {
    if (escaped === undefined) return '\\"';
    return '"\\/bfnrtu'.includes(escaped) ? written : escaped;
  });
  return `"${content}"`;
}
