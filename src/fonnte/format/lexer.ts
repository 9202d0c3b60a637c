import { Lexer, type Token, Tokenizer, type Tokens, type TokensList } from 'marked';

// Real answers nest three or four levels; marked recurses and rescans for each, so what is deeper stays text.
const DEEPEST_BLOCK = 10;
// Marked looks for every opening mark's end through the whole paragraph: longer or denser ones are read in pieces,
// which bounds how deep marks nest, too.
const PIECE_LENGTH = 4000;
const PIECE_MARKS = 200;
// Likewise for lines in a block: past each length a document is cut at the next line that allows it.
const CHUNK = { atParagraph: 4000, atLine: 8000, anywhere: 16000 };

/** The syntax tree of a Markdown document of any length and depth, in about linear time. Nothing is lost: what is nested too deep is text. */
export function lexMarkdown(markdown: string): Token[] {
  const tokens: Token[] = [];
  const text = markdown.replace(/\r\n?/g, '\n');
  for (const chunk of text.length <= CHUNK.atParagraph ? [{ text, endsParagraph: false }] : chunks(text)) {
    const tokenizer = new ProseTokenizer(chunk.text);
    for (const token of new BoundedLexer({ gfm: true, tokenizer }).lex(chunk.text)) tokens.push(token);
    tokenizer.showUnused();
    if (chunk.endsParagraph) tokens.push({ type: 'space', raw: '\n\n' });
  }
  return tokens;
}

class BoundedLexer extends Lexer {
  #blockDepth = 0;
  #inParagraph = false;

  override blockTokens(src: string, tokens?: Token[], lastParagraphClipped?: boolean): Token[];
  override blockTokens(src: string, tokens?: TokensList, lastParagraphClipped?: boolean): TokensList;
  override blockTokens(src: string, tokens: Token[] = [], lastParagraphClipped = false): Token[] {
    if (this.#blockDepth >= DEEPEST_BLOCK) {
      tokens.push({ type: 'text', raw: src, text: src, tokens: this.inline(src) });
      return tokens;
    }
    this.#blockDepth++;
    try {
      return super.blockTokens(src, tokens, lastParagraphClipped);
    } finally {
      this.#blockDepth--;
    }
  }

  override inlineTokens(src: string, tokens: Token[] = []): Token[] {
    if (tokens.length === 0 && isPlain(src)) {
      if (src !== '') tokens.push({ type: 'text', raw: src, text: src });
      return tokens;
    }
    // Too short to be read in pieces, whatever it holds.
    if (this.#inParagraph || src.length < PIECE_MARKS) return super.inlineTokens(src, tokens);
    this.#inParagraph = true;
    try {
      for (const piece of pieces(src)) super.inlineTokens(piece, tokens);
      return tokens;
    } finally {
      this.#inParagraph = false;
    }
  }
}

// Whether no rule for inline Markdown can find anything: no mark, tag, link, address or line break that counts.
function isPlain(src: string): boolean {
  return !/[\\<[*_~`@]|:\/\/|www\.| {2}\n/i.test(src);
}

const WORDED = String.raw`(?:\*\*)?[a-z][^\n]*(?:\n|$)`;
// Items of one line each that begin with a word, to a blank line before something that is neither indented nor an item.
const FLAT_LIST = new RegExp(
  String.raw`^(?:(?:- ${WORDED})+|(?:\* ${WORDED})+|(?:\d{1,9}\. ${WORDED})+)(?=\n*$|\n+(?!\s|[-*+](?:\s|$)|\d))`,
  'i',
);

class ProseTokenizer extends Tokenizer {
  readonly #definitions: Tokens.Def[] = [];
  readonly #usedAddresses = new Set<string>();
  readonly #mayUnderline: boolean;
  readonly #mayHoldTable: boolean;

  /** Rules that can find nothing in `document`, however deep in lists and quotes, are not tried at each of its blocks. */
  constructor(document: string) {
    super();
    this.#mayUnderline = /[=-]\s*$/m.test(document);
    this.#mayHoldTable = /\||:-|-:/.test(document);
  }

  override lheading(src: string): Tokens.Heading | undefined {
    return this.#mayUnderline ? super.lheading(src) : undefined;
  }

  override table(src: string): Tokens.Table | undefined {
    return this.#mayHoldTable ? super.table(src) : undefined;
  }

  override list(src: string): Tokens.List | undefined {
    return this.#flatList(src) ?? super.list(src);
  }

  // Most lists: the same as marked makes of them, read line by line.
  #flatList(src: string): Tokens.List | undefined {
    // Right after text not every number begins a list.
    if (this.lexer.state.lastToken?.type === 'text') return undefined;
    const raw = FLAT_LIST.exec(src)?.[0].trimEnd();
    if (!raw) return undefined;
    const ordered = /^\d/.test(raw);
    const lines = raw.split('\n');
    const items = lines.map((line, index) => {
      const text = line.slice(line.indexOf(' ') + 1);
      this.lexer.state.top = false;
      const tokens = this.lexer.blockTokens(text, []);
      const written = index < lines.length - 1 ? `${line}\n` : line;
      return { type: 'list_item' as const, raw: written, task: false, loose: false, text, tokens };
    });
    return { type: 'list', raw, ordered, start: ordered ? Number.parseInt(raw, 10) : '', loose: false, items };
  }

  // Blocks of HTML hold Markdown when a model writes them: their tags are read one by one. Only what is never shown is one block.
  override html(src: string): Tokens.HTML | undefined {
    const opening = /^ {0,3}<(?:!--|(script|style)[\s>])/i.exec(src);
    if (!opening) return undefined;
    const closing = (opening[1] ? new RegExp(`</${opening[1]}>`, 'i') : /-->/).exec(src);
    if (!closing) return undefined;
    const raw = src.slice(0, closing.index + closing[0].length);
    return { type: 'html', block: true, pre: false, raw, text: raw };
  }

  // `[Catatan]: penting` defines no address.
  override def(src: string): Tokens.Def | undefined {
    const token = super.def(src);
    if (!token || !/^(?:[a-z][a-z0-9+.-]*:|[/#])|\w\.\w/i.test(token.href)) return undefined;
    this.#definitions.push(token);
    return token;
  }

  override reflink(src: string, links: TokensList['links']): Tokens.Link | Tokens.Image | Tokens.Text | undefined {
    const token = super.reflink(src, links);
    if (token && 'href' in token) this.#usedAddresses.add(token.href);
    return token;
  }

  /** Makes text of the definitions that no link has used, since they would not be seen. */
  showUnused(): void {
    for (const token of this.#definitions) {
      if (!this.#usedAddresses.has(token.href)) Object.assign(token, { type: 'text' });
    }
  }

  // By the letter `**Sisa:**Rp5` and `**"Rapat"**nya` are no bold, and the stars would be shown. A model means bold.
  override emStrong(src: string, maskedSrc: string, prevChar?: string) {
    if (!/^[*_]/.test(src)) return undefined;
    const token = super.emStrong(src, maskedSrc, prevChar);
    const text = token ? undefined : /^\*\*(?!\s)([^*\n]{0,200}[^\s*])\*\*(?!\*)/.exec(src)?.[1];
    if (!text) return token;
    return { type: 'strong' as const, raw: `**${text}**`, text, tokens: this.lexer.inlineTokens(text) };
  }
}

// Cut after a line break, else after a space, else anywhere but inside a surrogate pair.
function* pieces(src: string): Generator<string> {
  let start = 0;
  let marks = 0;
  let lineEnd = 0;
  let wordEnd = 0;
  for (let at = 0; at < src.length; at++) {
    const unit = src[at];
    if (unit === '\n') lineEnd = at + 1;
    if (unit === ' ') wordEnd = at + 1;
    if (unit === '*' || unit === '_' || unit === '~') marks++;
    if (at + 1 - start < PIECE_LENGTH && marks < PIECE_MARKS) continue;
    let end = lineEnd > start ? lineEnd : wordEnd > start ? wordEnd : at + 1;
    if (/^[\uDC00-\uDFFF]/.test(src.slice(end, end + 1))) end++;
    yield src.slice(start, end);
    start = end;
    marks = 0;
    at = end - 1;
  }
  if (start < src.length || start === 0) yield src.slice(start);
}

type Chunk = { text: string; endsParagraph: boolean };

function* chunks(markdown: string): Generator<Chunk> {
  let text = '';
  let fence = '';
  for (const line of markdown.split(/(?<=\n)/)) {
    const afterBlank = text.endsWith('\n\n');
    if (mayCutBefore(line, text.length, afterBlank, fence !== '')) {
      yield { text, endsParagraph: afterBlank };
      text = fence ? `${fence}\n` : '';
    }
    text += line;
    const ticks = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (ticks && !fence) fence = ticks;
    else if (ticks?.startsWith(fence)) fence = '';
  }
  yield { text, endsParagraph: false };
}

// At first only between paragraphs, then at any line that is neither indented nor a table's, at last anywhere.
function mayCutBefore(line: string, length: number, afterBlank: boolean, inFence: boolean): boolean {
  if (length >= CHUNK.anywhere) return true;
  if (length < CHUNK.atParagraph || inFence || /^\s/.test(line)) return false;
  return afterBlank || (length >= CHUNK.atLine && !line.startsWith('|'));
}
