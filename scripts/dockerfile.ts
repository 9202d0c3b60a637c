/** One instruction: its name in capitals, its `--flags`, and the rest of it. */
export interface Instruction {
  name: string;
  flags: Record<string, string>;
  rest: string;
}

/** One `FROM` and what follows it. The last stage is the image. */
export interface Stage {
  name: string;
  from: string;
  instructions: Instruction[];
}

/** A Dockerfile's stages, `ARG`s before the first one filled in. Comments and continued lines are understood, heredocs are not. */
export function parseDockerfile(text: string): Stage[] {
  const stages: Stage[] = [];
  const args = new Map<string, string>();
  const lines = text.replace(/^\s*#.*\n/gm, '').replace(/\\\n\s*/g, ' ');
  for (const line of lines.split('\n').filter((line) => line.trim() !== '')) {
    const instruction = parseInstruction(line.trim());
    const { name, rest } = instruction;
    if (name === 'FROM') {
      const [from = '', , alias = ''] = rest.split(/\s+/);
      const filled = from.replace(/\$\{(\w+)\}/g, (_, arg) => args.get(arg) ?? '');
      stages.push({ name: alias, from: filled, instructions: [] });
    } else if (name === 'ARG' && stages.length === 0) {
      const [arg = '', value = ''] = rest.split('=');
      args.set(arg, value);
    } else stages.at(-1)?.instructions.push(instruction);
  }
  return stages;
}

function parseInstruction(line: string): Instruction {
  const [, name = '', flagText = '', rest = ''] = /^(\w+)\s+((?:--\S+\s+)*)(.*)$/.exec(line) ?? [];
  const flags = flagText.trim().split(/\s+/).filter(Boolean);
  return {
    name: name.toUpperCase(),
    flags: Object.fromEntries(flags.map((flag) => flag.slice(2).split('=', 2) as [string, string])),
    rest: rest.trim(),
  };
}

/** The values that `ENV` sets in a stage. */
export function environmentOf({ instructions }: Stage): Record<string, string> {
  const pairs = instructions.filter(({ name }) => name === 'ENV').flatMap(({ rest }) => rest.split(/\s+/));
  return Object.fromEntries(pairs.map((pair) => pair.split('=', 2) as [string, string]));
}

/** The command that a stage's `CMD` or `HEALTHCHECK` runs, which must be in the JSON form: no shell is in between. */
export function commandOf({ instructions }: Stage, name: 'CMD' | 'HEALTHCHECK'): string[] {
  const rest = instructions.findLast((instruction) => instruction.name === name)?.rest ?? '[]';
  return JSON.parse(rest.replace(/^CMD\s+/, '')) as string[];
}
