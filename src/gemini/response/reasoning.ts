/** A tag around reasoning: `<think>`, `</thinking>`, `<|THOUGHT|>`, also with attributes, escaped, or cut at the end of the text. */
const TAG =
  /(?<!`)(?:<|&lt;)\|?\s?(\/?)\|?\s?(?:[a-z]{1,20}:)?(?:ant)?(?:think(?:ing)?|thoughts?|reasoning|reflection|analysis|scratchpad)\b[^<>\n]{0,200}?\s{0,5}?(?:>|&gt;|$)/gi;
/** The same in square brackets, which need an end: `[THINK]…[/THINK]`. */
const BRACKETED = /\[(\/?)(?:think(?:ing)?|thought|reasoning)\]/gi;
/** A fenced block of reasoning, also without its end. */
const REASONING_FENCE = /```(?:think(?:ing)?|thoughts?|reasoning|scratchpad)\b[\s\S]*?(?:```|$)\s*/gi;
/** «THOUGHT:», «**Thinking:**» or a line «## Thought» before a paragraph of reasoning. */
const LABEL =
  /\s*[>*_#[( ]{0,6}(?:thoughts?|thinking|reasoning|proses berpikir)(?: process)?[*_\])]{0,4} ?(?:[:：]|\n)/iy;
/** The end of that paragraph: a blank line (also written as `\n\n`), a fence, or the label of the answer. */
const PARAGRAPH_END =
  /\n[^\S\n]*\n\s*|(?:\\n){2,}|\n(?=```)|\n(?=[*_#]{0,4}(?:final answer|answer|jawaban(?: akhir)?)[*_]{0,2}:)/gi;
const ANSWER_LABEL = /^[*_#]{0,4}(?:final answer|answer|jawaban(?: akhir)?)[*_]{0,2}:[*_\s]{0,4}/i;

/** Removes reasoning that a model wrote into its answer: in tags, or in leading paragraphs «THOUGHT:». Takes linear time. */
export function removeReasoning(text: string): string {
  const untagged = removeTagged(removeBracketed(text).replace(REASONING_FENCE, ''));
  const start = skipLabeledParagraphs(untagged);
  return start === 0 ? untagged : untagged.slice(start).replace(ANSWER_LABEL, '');
}

function removeBracketed(text: string): string {
  let answer = '';
  let from = 0;
  let openedAt: number | null = null;
  for (const tag of text.matchAll(BRACKETED)) {
    if (tag[1] !== '/') openedAt ??= tag.index;
    else if (openedAt !== null) {
      answer += text.slice(from, openedAt);
      from = tag.index + tag[0].length;
      openedAt = null;
    }
  }
  return answer + text.slice(from);
}

function removeTagged(text: string): string {
  let answer = '';
  let from = 0;
  let isInside = false;
  for (const tag of text.matchAll(TAG)) {
    const closes = tag[1] === '/';
    // A model that answers after `</think>` without an opening tag began with reasoning.
    if (closes && !isInside) answer = '';
    if (!closes && !isInside) answer += text.slice(from, tag.index);
    isInside = !closes;
    from = tag.index + tag[0].length;
  }
  return isInside ? answer : answer + text.slice(from);
}

/** Returns the position after the leading paragraphs of reasoning. */
function skipLabeledParagraphs(text: string): number {
  let start = 0;
  for (;;) {
    LABEL.lastIndex = start;
    if (!LABEL.test(text)) return start;
    PARAGRAPH_END.lastIndex = LABEL.lastIndex;
    if (!PARAGRAPH_END.test(text)) return text.length;
    start = PARAGRAPH_END.lastIndex;
  }
}
