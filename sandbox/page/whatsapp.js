/**
 * WhatsApp's rules for formatted text: the delimiters `*`, `_`, `~` and backticks, and markers at the start of a line.
 * `render` creates DOM nodes from the result of `parse`; message text never becomes HTML.
 */

const WORD = /[\p{L}\p{N}]|(?![\uFE0E\uFE0F\u20E3])\p{M}/u;
const STYLES = { '*': 'bold', _: 'italic', '~': 'strike' };
const TAGS = { bold: 'strong', italic: 'em', strike: 's', code: 'code' };
const LINK = /https?:\/\/[^\s<>"'«»]*[^\s<>"'«».,;:!?)\]*_~]/g;

/** Parses a message into blocks: lines of text, bulleted and numbered lists, quotes, monospace; each line as inline nodes. */
export function parse(text) {
  const blocks = [];
  let rest = 0;
  for (const { start, end } of fences(text)) {
    addLines(blocks, text.slice(rest, start).replace(/\n$/, ''));
    blocks.push({ type: 'mono', text: text.slice(start + 3, end - 3).replace(/^\n|\n$/g, '') });
    // The line break on either side of a monospace block belongs to the block.
    rest = text[end] === '\n' ? end + 1 : end;
  }
  addLines(blocks, text.slice(rest));
  return blocks;
}

/** Finds blocks between triple backticks, across lines, that contain a visible character. */
export function fences(text) {
  const found = [];
  for (let start = text.indexOf('```'); start >= 0; ) {
    const close = text.indexOf('```', start + 3);
    if (close < 0) break;
    const filled = /\S/.test(text.slice(start + 3, close));
    if (filled) found.push({ start, end: close + 3 });
    start = filled ? text.indexOf('```', close + 3) : close;
  }
  return found;
}

function addLines(blocks, text) {
  if (text === '') return;
  for (const line of text.split('\n')) {
    const { type, marker, content } = readLine(line);
    const last = blocks.at(-1);
    const item = { marker, nodes: inline(content) };
    if (last?.type === type) last.items.push(item);
    else blocks.push({ type, items: [item] });
  }
}

function readLine(line) {
  const bullet = /^[*-] +(?=\S)/.exec(line);
  if (bullet) return { type: 'bullets', marker: '', content: line.slice(bullet[0].length) };
  const number = /^(\d{1,3})\. +(?=\S)/.exec(line);
  if (number) return { type: 'numbers', marker: number[1], content: line.slice(number[0].length) };
  const quote = /^> ?(?=\S)/.exec(line);
  if (quote) return { type: 'quote', marker: '', content: line.slice(quote[0].length) };
  return { type: 'text', marker: '', content: line };
}

/** Parses a line into nodes: text, links, and nested bold, italic, strike and code. */
export function inline(line) {
  const inOrder = pairs(line).sort((one, other) => one.open - other.open);
  return nodesBetween(line, 0, line.length, inOrder);
}

/** Removes from `inOrder` the pairs that begin before `to`; pairs nest and never cross. */
function nodesBetween(line, from, to, inOrder) {
  const nodes = [];
  let at = from;
  while (inOrder.length > 0 && inOrder[0].open < to) {
    const { mark, open, close } = inOrder.shift();
    nodes.push(...linked(line.slice(at, open)));
    if (mark === '`') nodes.push({ type: 'code', nodes: [line.slice(open + 1, close)] });
    else nodes.push({ type: STYLES[mark], nodes: nodesBetween(line, open + 1, close, inOrder) });
    at = close + 1;
  }
  nodes.push(...linked(line.slice(at, to)));
  return nodes;
}

function linked(text) {
  const nodes = [];
  let at = 0;
  for (const { 0: url, index } of text.matchAll(LINK)) {
    if (index > at) nodes.push(text.slice(at, index));
    nodes.push({ type: 'link', nodes: [url] });
    at = index + url.length;
  }
  if (at < text.length) nodes.push(text.slice(at));
  return nodes;
}

/**
 * Finds the formatted spans of a line: a mark opens at a word boundary before a visible character and closes after a
 * visible character at the next word boundary. Text between backticks has no other format.
 */
export function pairs(line) {
  const found = [];
  const open = [];
  let start = 0;
  let ticksClose = true;
  while (start < line.length) {
    const mark = line[start];
    const end = mark === '`' || mark in STYLES ? runEnd(line, start) : start + 1;
    let next = end;
    if (mark === '`' && mayOpen(line, start, end)) {
      const close = ticksClose ? closingTick(line, end) : -1;
      ticksClose = close >= 0;
      if (close >= 0) {
        found.push({ mark, open: end - 1, close });
        next = runEnd(line, close);
      }
    } else if (mark in STYLES) {
      const opened = open.findIndex((pair) => pair.mark === mark);
      if (opened >= 0 && mayClose(line, start, end)) found.push({ ...open.splice(opened)[0], close: start });
      else if (opened < 0 && mayOpen(line, start, end)) open.push({ mark, open: end - 1 });
    }
    start = next;
  }
  return found;
}

function closingTick(line, from) {
  for (let at = line.indexOf('`', from); at >= 0; at = line.indexOf('`', runEnd(line, at))) {
    if (mayClose(line, at, runEnd(line, at))) return at;
  }
  return -1;
}

function mayOpen(line, start, end) {
  return end < line.length && !/\s/.test(line[end]) && !WORD.test(characterBefore(line, start));
}

function mayClose(line, start, end) {
  return start > 0 && !/\s/.test(line[start - 1]) && !WORD.test(characterAt(line, end));
}

function runEnd(line, start) {
  let end = start + 1;
  while (end < line.length && line[end] === line[start]) end += 1;
  return end;
}

function characterAt(line, index) {
  const code = line.codePointAt(index);
  return code === undefined ? '' : String.fromCodePoint(code);
}

function characterBefore(line, index) {
  const low = line.charCodeAt(index - 1);
  return index <= 0 ? '' : line.slice(index - (low >= 0xdc00 && low <= 0xdfff && index >= 2 ? 2 : 1), index);
}

/** Renders a message as WhatsApp shows it. */
export function render(text) {
  const fragment = document.createDocumentFragment();
  for (const block of parse(text)) fragment.append(...elements(block));
  return fragment;
}

function elements({ type, items, text }) {
  if (type === 'mono') return [make('pre', [text])];
  const lines = items.map(({ nodes }) => nodesOf(nodes));
  if (type === 'text') return lines.map((line) => make('p', line));
  if (type === 'quote')
    return [
      make(
        'blockquote',
        lines.map((line) => make('p', line)),
      ),
    ];
  const list = lines.map((line, index) => {
    const item = make('li', line);
    if (type === 'numbers') item.value = Number(items[index].marker);
    return item;
  });
  return [make(type === 'numbers' ? 'ol' : 'ul', list)];
}

function nodesOf(nodes) {
  return nodes.map((node) => {
    if (typeof node === 'string') return node;
    if (node.type !== 'link') return make(TAGS[node.type], nodesOf(node.nodes));
    const link = make('a', node.nodes);
    return Object.assign(link, { href: node.nodes[0], target: '_blank', rel: 'noopener noreferrer' });
  });
}

function make(tag, children) {
  const made = document.createElement(tag);
  made.append(...children);
  return made;
}
