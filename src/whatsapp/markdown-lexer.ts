import { Lexer, type Token, Tokenizer, type TokensList } from 'marked';

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
  for (const chunk of chunks(markdown.replace(/\r\n?/g, '\n'))) {
    for (const token of new BoundedLexer({ gfm: true, tokenizer: new ProseTokenizer() }).lex(chunk.text))
      tokens.push(token);
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
    if (this.#inParagraph) return super.inlineTokens(src, tokens);
    this.#inParagraph = true;
    try {
      for (const piece of pieces(src)) super.inlineTokens(piece, tokens);
      return tokens;
    } finally {
      this.#inParagraph = false;
    }
  }
}

// Blocks of HTML hold Markdown when a model writes them; only what is never shown is taken as one piece.
class ProseTokenizer extends Tokenizer {
  override html(src: string) {
    const hidden = /^ {0,3}<(?:(!--)|(script|style)[\s>])/i.exec(src);
    if (!hidden) return undefined;
    const end = hidden[1] ? src.indexOf('-->') : src.toLowerCase().indexOf(`</${hidden[2]?.toLowerCase()}>`);
    return end < 0 ? undefined : super.html(src);
  }

  // By the letter `**Sisa:**Rp5` and `**"Rapat"**nya` are no bold, and the stars would be shown. A model means bold.
  override emStrong(src: string, maskedSrc: string, prevChar?: string) {
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
