import { Lexer, type Token, Tokenizer, type Tokens, type TokensList } from 'marked';

/** Blocks nested deeper stay text: answers nest three or four levels, and marked reads the text again at each level. */
const MAX_BLOCK_DEPTH = 10;
/** A paragraph is read in pieces of 1,500 characters, because marked searches the rest of it for the end of each delimiter. */
const PARAGRAPH_PIECES = /[\s\S]{1,1500}(?:\n|$)|[\s\S]{1,1500} |[\s\S]{1,1500}/gu;

/**
 * Parses an answer of the model as GitHub-flavored Markdown.
 * @throws Error or RangeError where marked cannot advance or nests too deep
 */
export function lexMarkdown(markdown: string): Token[] {
  return new BoundedLexer({ gfm: true, tokenizer: new AnswerTokenizer(markdown) }).lex(markdown);
}

class BoundedLexer extends Lexer {
  #depth = 0;

  override blockTokens(src: string, tokens?: Token[], lastParagraphClipped?: boolean): Token[];
  override blockTokens(src: string, tokens?: TokensList, lastParagraphClipped?: boolean): TokensList;
  override blockTokens(src: string, tokens: Token[] = [], lastParagraphClipped = false): Token[] {
    if (this.#depth >= MAX_BLOCK_DEPTH) {
      tokens.push({ type: 'text', raw: src, text: src, tokens: this.inline(src) });
      return tokens;
    }
    this.#depth++;
    super.blockTokens(src, tokens, lastParagraphClipped);
    this.#depth--;
    return tokens;
  }

  override inlineTokens(src: string, tokens: Token[] = []): Token[] {
    for (const [piece] of src.matchAll(PARAGRAPH_PIECES)) super.inlineTokens(piece, tokens);
    return tokens;
  }
}

/** Reads what a model means where CommonMark reads something else. */
class AnswerTokenizer extends Tokenizer {
  readonly #source: string;
  readonly #closingTags: string[];

  constructor(source: string) {
    super();
    this.#source = source.toLowerCase();
    this.#closingTags = ['-->', '</script>', '</style>'].filter((tag) => this.#source.includes(tag));
  }

  // Models write Markdown inside HTML blocks: only comments, scripts and styles are one block, other tags are inline.
  override html(src: string): Tokens.HTML | undefined {
    const opening = /^ {0,3}<(?:!--|(script|style)[\s>])/i.exec(src);
    if (!opening) return undefined;
    const closingTag = opening[1] ? `</${opening[1].toLowerCase()}>` : '-->';
    const closing = this.#closingTags.includes(closingTag) ? new RegExp(closingTag, 'i').exec(src) : null;
    if (!closing) return undefined;
    const raw = src.slice(0, closing.index + closing[0].length);
    return { type: 'html', block: true, pre: false, raw, text: raw };
  }

  // `[Catatan]: penting` is text, and so is an address that no link refers to: a definition would not be shown.
  override def(src: string): Tokens.Def | undefined {
    const token = super.def(src);
    if (!token || !/^(?:[a-z][a-z0-9+.-]*:|[/#])|\w\.\w/i.test(token.href)) return undefined;
    return this.#source.split(`[${token.tag}]`).length > 2 ? token : undefined;
  }

  // Only one line can be a heading: below several lines, `---` is a rule. Marked would search the whole paragraph, at each line.
  override lheading(src: string): Tokens.Heading | undefined {
    const heading = /^.+\n {0,3}(?:=+|-+) *(?:\n|$)/.exec(src)?.[0];
    return heading ? super.lheading(heading) : undefined;
  }

  // In CommonMark `**Sisa:**Rp5` and `**"Rapat"**nya` are not bold and would show the asterisks. A model means bold.
  override emStrong(src: string, maskedSrc: string, prevChar?: string) {
    const token = super.emStrong(src, maskedSrc, prevChar);
    const text = token ? undefined : /^\*\*(?!\s)([^*\n]{0,200}[^\s*])\*\*(?!\*)/.exec(src)?.[1];
    if (!text) return token;
    return { type: 'strong' as const, raw: `**${text}**`, text, tokens: this.lexer.inlineTokens(text) };
  }
}
