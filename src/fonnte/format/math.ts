import { CODE_SPANS } from '../../language/code-spans.ts';

/** LaTeX commands for one character each. Pairs of name and character. */
const SYMBOLS = new Map(
  (
    'times=× cdot=· div=÷ pm=± le=≤ leq=≤ ge=≥ geq=≥ ne=≠ neq=≠ approx=≈ sim=~ equiv=≡ infty=∞ sum=∑ Delta=Δ delta=δ ' +
    'alpha=α beta=β sigma=σ mu=μ pi=π rightarrow=→ longrightarrow=→ to=→ Rightarrow=⇒ implies=⇒ leftarrow=← ' +
    'leftrightarrow=↔ uparrow=↑ downarrow=↓ ldots=… dots=… cdots=… gamma=γ lambda=λ theta=θ omega=ω phi=φ Sigma=Σ Omega=Ω ' +
    'll=≪ gg=≫ propto=∝ mid=| lfloor=⌊ rfloor=⌋ lceil=⌈ rceil=⌉ langle=⟨ rangle=⟩ therefore=∴ partial=∂ prod=∏ in=∈'
  )
    .split(' ')
    .map((pair) => pair.split('=') as [string, string]),
);
const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';
/** `$$…$$`, `\[…\]`, `\(…\)` and `$…$`; a dollar sign next to a space or before a digit is an amount. */
const FORMULA =
  /\$\$([^$]{1,1000})\$\$|\\\[([^[\]]{1,1000})\\\]|\\\(([^\n]{1,300}?)\\\)|\$(?!\s)([^$\n]{1,300})(?<!\s)\$(?!\d)/g;
/** Other text between dollar signs or escaped parentheses is ordinary: a price, an escaped Markdown character. */
const IS_LATEX = /\\(?:[a-zA-Z]{2}|%)|[\^]|_\{/;
const IS_CALCULATION = /^(?:[\d.,\s+\-−×*/=()<>]*\\?%?|[a-zA-Z])$/;
const MAX_NESTING = 5;
/** `\begin{align*}…\end{align*}`, `\begin{array}{cc}…\end{array}`: rows of a formula. */
const ENVIRONMENT = /\\begin\{([a-z]{1,12}\*?)\}(?:\{[^{}]{0,20}\})?([\s\S]{1,2000}?)\\end\{\1\}/g;
/** A command with one argument that styles or decorates it: `\textbf{a}`, `\boxed{a}`, `\overline{a}`. */
const STYLED = /(?<![a-zA-Z:\\])\\(?![dt]?frac|sqrt|begin|end)[a-zA-Z]{2,20}\*?\s?\{([^{}]{0,300})\}/g;
/** Commands without a visible character. */
const LAYOUT = /(?<![a-zA-Z:\\])\\(?:left|right|[bB]ig[lr]?|displaystyle|(?:no)?limits)(?![a-zA-Z])/g;

/** Converts LaTeX and math markup outside code to plain text: `$33,3\%$` to `33,3%`, `\frac{a}{b}` to `a / b`, `\rightarrow` to `→`. */
export function convertMath(markdown: string): string {
  if (!/[\\$]/.test(markdown)) return markdown;
  const segments = markdown.split(CODE_SPANS);
  return segments.map((segment, index) => (index % 2 === 0 ? convertText(segment) : segment)).join('');
}

function convertText(text: string): string {
  const withRows = text.replace(ENVIRONMENT, (_, _name, rows: string) => {
    return convertFormula(rows.replace(/\s*\\\\\s*/g, '\n').replaceAll('&', ' ')).trim();
  });
  const withoutFormulas = withRows.replace(FORMULA, (whole, ...groups: (string | undefined)[]) => {
    const formula = groups.slice(0, 4).find((group) => group !== undefined) ?? '';
    const isFormula = IS_LATEX.test(formula) || (whole.startsWith('$') && IS_CALCULATION.test(formula));
    return isFormula ? convertFormula(formula).trim() : whole;
  });
  return convertCommands(withoutFormulas);
}

// Spacing, braces and exponents mean something else outside a formula.
function convertFormula(formula: string): string {
  const flat = formula.replace(/\^(\d+)/g, (_, digits: string) => toSuperscript(digits));
  return convertCommands(flat)
    .replace(/\\[,;:! ]|~/g, ' ')
    .replace(/(?<!\\)[{}]/g, '')
    .replace(/\\([%$&#_{}])/g, '$1');
}

function convertCommands(text: string): string {
  let converted = text
    .replace(LAYOUT, '')
    .replace(/(?<![a-zA-Z:\\])\\(?:q?quad|enspace)(?![a-zA-Z])/g, ' ')
    .replace(/\\[dt]?frac\s?(\d)(\d)/g, '$1 / $2');
  for (let level = 0; level < MAX_NESTING; level++) {
    converted = converted
      .replace(/\^\{(\d{1,9})\}/g, (_, digits: string) => toSuperscript(digits))
      .replace(/(?<=[\w)\]])([_^])\{([^{}\n]{1,60})\}/g, '$1$2')
      .replace(STYLED, '$1')
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

function toSuperscript(digits: string): string {
  return digits.replace(/\d/g, (digit) => SUPERSCRIPTS.charAt(Number(digit)));
}

function group(expression: string): string {
  const trimmed = expression.trim();
  return /[+\-−×·÷/=]/.test(trimmed.slice(1)) ? `(${trimmed})` : trimmed;
}
