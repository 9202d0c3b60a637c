// What a model writes. `<nama kegiatan>` is a placeholder and no HTML: it stays, as do names that are Indonesian or English words.
const TAGS = new Set(
  (
    'a abbr article aside b big blockquote body br caption center cite code col colgroup dd del details dfn div dl dt em ' +
    'figcaption figure font footer h1 h2 h3 h4 h5 h6 head header hr html i iframe img ins kbd li main mark nav ol p pre q s ' +
    'samp script section small span strike strong style sub summary sup svg table tbody td tfoot th thead tr u ul var wbr'
  ).split(' '),
);
const LINE_BREAKS = new Set(
  'article aside blockquote br center dd details div dl dt figure footer h1 h2 h3 h4 h5 h6 header hr main nav ol p pre section summary table tr ul'.split(
    ' ',
  ),
);

/** What an inline tag leaves behind: a line break, a list's dot, a space between cells, nothing; undefined if it is no HTML but text. */
export function textOfTag(raw: string): string | undefined {
  const name = tagName(raw);
  if (!name) return /^<[!?]/.test(raw) ? '' : undefined;
  if (!TAGS.has(name)) return undefined;
  if (LINE_BREAKS.has(name)) return '\n';
  const closing = raw.startsWith('</');
  if (name === 'li') return closing ? '' : '\n• ';
  if (name === 'td' || name === 'th') return closing ? ' ' : '';
  return '';
}

/** Whether the tag opens something that is never shown; its closing tag if so. */
export function hiddenUntil(raw: string): string | undefined {
  const name = raw.startsWith('</') ? undefined : tagName(raw);
  return name === 'script' || name === 'style' ? `</${name}>` : undefined;
}

function tagName(raw: string): string | undefined {
  return /^<\/?([a-zA-Z][a-zA-Z0-9-]*)/.exec(raw)?.[1]?.toLowerCase();
}
