/** A request of a `.http` file (VS Code REST Client, JetBrains), before variable substitution. */
export interface HttpExample {
  name: string;
  /** The expected status of the comment `# → 200`. */
  status: number;
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string | undefined;
}

/** Parses variables (`@name = value`) and requests of a `.http` file. @throws if a request has no name or no status */
export function parseHttpFile(text: string): { variables: Map<string, string>; examples: HttpExample[] } {
  const [head = '', ...blocks] = text.split(/^###/m);
  const variables = [...head.matchAll(/^@(\w+) = (\S.*)$/gm)].map(
    ([, name = '', value = '']) => [name, value] as const,
  );
  return { variables: new Map(variables), examples: blocks.map(parseExample) };
}

/** Substitutes `{{variables}}` in a text. @throws for an unknown variable */
export function filled(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = variables.get(name);
    if (value === undefined) throw new Error(`no variable ${name}`);
    return value;
  });
}

function parseExample(block: string): HttpExample {
  const [title = '', ...lines] = block.split('\n');
  const name = title.trim();
  const comments = lines.filter((line) => line.startsWith('#'));
  const status = comments.flatMap((comment) => /^# → (\d{3})$/.exec(comment)?.[1] ?? []);
  const [request = '', ...rest] = lines.slice(lines.findIndex((line) => /^[A-Z]/.test(line)));
  const [, method = '', url = ''] = /^([A-Z]+) (\S+)$/.exec(request) ?? [];
  if (name === '' || status.length !== 1 || method === '') throw new Error(`not a whole example: ${block}`);
  const blank = rest.indexOf('');
  const headers = rest.slice(0, blank).map((line) => /^([\w-]+): (.+)$/.exec(line) ?? []);
  if (headers.some(({ length }) => length === 0)) throw new Error(`an unreadable header in ${name}`);
  return {
    name,
    status: Number(status[0]),
    method,
    url,
    headers: Object.fromEntries(headers.map(([, key = '', value = '']) => [key.toLowerCase(), value])),
    body: rest.slice(blank).join('\n').trim() || undefined,
  };
}
