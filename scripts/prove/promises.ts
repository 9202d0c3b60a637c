/** A row of the table in README.md: the name of a check in backquotes, and the promise that it proves. */
const ROW = /^\| `([a-z]+)` \| (.+?) \|$/gm;

/**
 * Reads the promises of README.md by the names of their checks.
 * @throws Error if a check has no promise there, or a promise no check
 */
export function readPromises(readme: string, checks: readonly string[]): Map<string, string> {
  const [, section = ''] = readme.split('\n## Promises\n');
  const promises = new Map(
    [...(section.split('\n## ')[0] ?? '').matchAll(ROW)].map(([, name = '', text = '']) => [name, text]),
  );
  const unproven = [...promises.keys()].filter((name) => !checks.includes(name));
  const unpromised = checks.filter((name) => !promises.has(name));
  if (unproven.length + unpromised.length > 0)
    throw new Error(
      `README.md, «Promises»: no check for ${unproven.join(', ') || '–'}; no promise for ${unpromised.join(', ') || '–'}`,
    );
  return promises;
}
