/** Builds a pattern that matches whole words only. `alternatives`: regular expressions, in lower case. */
export function wordPattern(...alternatives: string[]): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${alternatives.join('|')})(?![\\p{L}\\p{N}])`, 'u');
}
