/** LaTeX commands for one character each. Pairs of name and character. */
const SYMBOLS = new Map(
  (
    'times=× cdot=· div=÷ pm=± le=≤ leq=≤ ge=≥ geq=≥ ne=≠ neq=≠ approx=≈ sim=~ equiv=≡ infty=∞ sum=∑ Delta=Δ delta=δ ' +
    'alpha=α beta=β sigma=σ mu=μ pi=π rightarrow=→ longrightarrow=→ to=→ Rightarrow=⇒ implies=⇒ leftarrow=← ' +
    'leftrightarrow=↔ uparrow=↑ downarrow=↓ ldots=… dots=… cdots=…'
  )
    .split(' ')
    .map((pair) => pair.split('=') as [string, string]),
);
const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const CODE = /(```[\s\S]*?(?:```|$)|`[^`\n]+`)/;
/** `$$…$$`, `\[…\]`, `\(…\)` and `$…$`; a dollar sign next to a space or before a digit is an amount. */
const FORMULA =
  /\$\$([^$]{1,1000})\$\$|\\\[([^[\]]{1,1000})\\\]|\\\(([^\n]{1,300}?)\\\)|\$(?!\s)([^$\n]{1,300})(?<!\s)\$(?!\d)/g;
/** Other text between dollar signs or escaped parentheses is ordinary: a price, an escaped Markdown character. */
const IS_LATEX = /\\[a-zA-Z]{2}|\^/;
const IS_CALCULATION = /^[\d.,\s+\-−×*/=()<>]*\\?%?$/;
const MAX_NESTING = 3;

/** Converts LaTeX and math markup outside code to plain text: `$33,3\%$` to `33,3%`, `\frac{a}{b}` to `a / b`, `\rightarrow` to `→`. */
export function convertMath(markdown: string): string {
  if (!/[\\$]/.test(markdown)) return markdown;
  const segments = markdown.split(CODE);
  return segments.map((segment, index) => (index % 2 === 0 ? convertText(segment) : segment)).join('');
}

function convertText(text: string): string {
  const withoutFormulas = text.replace(FORMULA, (whole, ...groups: (string | undefined)[]) => {
    const formula = groups.slice(0, 4).find((group) => group !== undefined) ?? '';
    const isFormula = IS_LATEX.test(formula) || (whole.startsWith('$') && IS_CALCULATION.test(formula));
    return isFormula ? convertFormula(formula).trim() : whole;
  });
  return convertCommands(withoutFormulas);
}

// Spacing, braces and exponents mean something else outside a formula.
function convertFormula(formula: string): string {
  const flat = formula.replace(/_\{([^{}]*)\}/g, '_$1').replace(/\^\{?(\d+)\}?/g, (_, digits: string) => {
    return digits.replace(/\d/g, (digit) => SUPERSCRIPTS.charAt(Number(digit)));
  });
  return convertCommands(flat)
    .replace(/\\[,;:! ]|\\q?quad\b|~/g, ' ')
    .replace(/\\(?:left|right|displaystyle|limits)\b/g, '')
    .replace(/(?<!\\)[{}]/g, '')
    .replace(/\\([%$&#_{}])/g, '$1');
}

function convertCommands(text: string): string {
  let converted = text;
  for (let level = 0; level < MAX_NESTING; level++) {
    converted = converted
      .replace(/\\(?:text|textbf|textit|mathrm|mathbf|mathit|operatorname|boxed)\s?\{([^{}]{0,300})\}/g, '$1')
      .replace(/\\[dt]?frac\s?\{([^{}]{1,300})\}\s?\{([^{}]{1,300})\}/g, (_, top: string, bottom: string) => {
        return `${group(top)} / ${group(bottom)}`;
      })
      .replace(/\\sqrt\s?\{([^{}]{1,300})\}/g, (_, inner: string) => `√${group(inner)}`);
  }
  // Not in a path (`C:\to`) or after another backslash.
  return converted.replace(/(?<![a-zA-Z:\\])\\([a-zA-Z]{2,15})(?![a-zA-Z])/g, (command, name: string) => {
    return SYMBOLS.get(name) ?? command;
  });
}

function group(expression: string): string {
  const trimmed = expression.trim();
  return /[+\-−×·÷/=]/.test(trimmed.slice(1)) ? `(${trimmed})` : trimmed;
}
