import { basename, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What `--cpu-prof` writes; times in µs on the system's monotonic clock. */
export interface CpuProfile {
  startTime: number;
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
  timeDeltas: number[];
}

/** Self time by who owns the code, and by function; ms, most first. `busy` is all of it. */
export interface ProfileSummary {
  busyMs: number;
  idleMs: number;
  owners: [owner: string, ms: number][];
  functions: [name: string, ms: number][];
}

/** Adds up the samples between two times (µs, the same clock; all without them). */
export function summariseProfile(profile: CpuProfile, root: string, from = 0, to = Infinity): ProfileSummary {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const owners = new Map<string, number>();
  const functions = new Map<string, number>();
  let at = profile.startTime;
  let [busyMs, idleMs] = [0, 0];
  for (const [index, id] of profile.samples.entries()) {
    const delta = profile.timeDeltas[index] ?? 0;
    at += delta;
    const frame = frames.get(id);
    if (!frame || at < from || at > to) continue;
    const ms = delta / 1000;
    if (frame.functionName === '(idle)') {
      idleMs += ms;
      continue;
    }
    busyMs += ms;
    const owner = ownerOf(frame, root);
    const name = `${frame.functionName || '(anonymous)'} ${whereOf(frame, root)}`.trim();
    owners.set(owner, (owners.get(owner) ?? 0) + ms);
    functions.set(name, (functions.get(name) ?? 0) + ms);
  }
  return { busyMs, idleMs, owners: sorted(owners), functions: sorted(functions) };
}

function sorted(times: Map<string, number>): [string, number][] {
  return [...times].toSorted(([, a], [, b]) => b - a);
}

type Frame = CpuProfile['nodes'][number]['callFrame'];

/** A package, a folder of ours, a part of Node, or what V8 names in parentheses. */
function ownerOf({ functionName, url }: Frame, root: string): string {
  if (url === '') return functionName.startsWith('(') ? functionName : 'native code called from JS';
  if (url.startsWith('node:'))
    return `node:${
      url
        .slice(5)
        .replace(/^internal\//, '')
        .split('/')[0]
    }`;
  const path = pathOf(url, root);
  const parts = path.split('node_modules/').at(-1)?.split('/') ?? [];
  if (path.includes('node_modules/')) return parts.slice(0, parts[0]?.startsWith('@') ? 2 : 1).join('/');
  return path
    .split('/')
    .slice(0, path.startsWith('src/') ? 2 : 1)
    .join('/');
}

function whereOf({ url, lineNumber }: Frame, root: string): string {
  if (url === '') return '';
  if (url.startsWith('node:')) return `(${url}:${lineNumber + 1})`;
  const path = pathOf(url, root);
  const packaged = path.split('node_modules/').at(-1) ?? path;
  return `(${path.includes('node_modules/') ? `${packaged.split('/').slice(0, 2).join('/')}/…/${basename(path)}` : path}:${lineNumber + 1})`;
}

function pathOf(url: string, root: string): string {
  return url.startsWith('file:') ? relative(root, fileURLToPath(url)) : relative(root, url);
}

/** A summary as Markdown: two lists of the largest shares. `turns` were taken meanwhile. */
export function profileInWords({ busyMs, idleMs, owners, functions }: ProfileSummary, turns: number): string {
  const share = (ms: number) => `${((ms / busyMs) * 100).toFixed(1)} %`;
  const rows = (list: [string, number][], most: number) =>
    list
      .slice(0, most)
      .map(([name, ms]) => `| ${name.replaceAll('|', '\\|')} | ${share(ms)} | ${((ms * 1000) / turns).toFixed(0)} |`);
  const head = (name: string) => [`| ${name} | of CPU | µs a turn |`, '| --- | --- | --- |'];
  return [
    `Where the CPU goes (\`--cpu-prof\`, self time of the main thread over ${turns} turns: ${busyMs.toFixed(0)} ms busy, ${idleMs.toFixed(0)} ms idle):`,
    '',
    ...head('owner'),
    ...rows(owners, 24),
    '',
    ...head('function'),
    ...rows(functions, 24),
  ].join('\n');
}
