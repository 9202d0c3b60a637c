/** Code in Markdown: a fenced block, also without its end, or a code span. `split` returns it as every second segment. */
export const CODE_SPANS = /(```[\s\S]*?(?:```|$)|`[^`\n]+`)/;
