import { PostgrestError } from './error.ts';
import type { Field, JsonStep } from './query.ts';

/** Reads a text from left to right; text that does not fit the grammar is a PGRST100. */
export class Scanner {
  readonly #text: string;
  readonly #part: string;
  #at = 0;

  /** @param part the part of the request that the text is, for the error message */
  constructor(text: string, part: string) {
    this.#text = text;
    this.#part = part;
  }

  next(ahead = 0): string {
    return this.#text[this.#at + ahead] ?? '';
  }

  rest(): string {
    return this.#text.slice(this.#at);
  }

  takeAll(): string {
    const rest = this.rest();
    this.#at = this.#text.length;
    return rest;
  }

  /** @returns whether the text continues with the token, which is then consumed */
  consume(token: string): boolean {
    const found = this.#text.startsWith(token, this.#at);
    if (found) this.#at += token.length;
    return found;
  }

  skipSpace(): void {
    while (this.next() === ' ' || this.next() === '\t') this.#at += 1;
  }

  expect(token: string): void {
    if (!this.consume(token)) this.fail(`"${token}"`);
  }

  expectEnd(): void {
    if (this.#at < this.#text.length) this.fail('end of input');
  }

  /** Reads a column with its JSON path. */
  readField(): Field {
    return { name: this.readName(), path: this.readJsonPath() };
  }

  readName(): string {
    const quoted = this.#readQuoted();
    if (quoted !== undefined) return quoted;
    const [name = ''] = /^[\p{L}\p{N}_ $]+(?:-(?!>)[\p{L}\p{N}_ $]+)*/u.exec(this.rest()) ?? [];
    if (name.trim() === '') this.fail('field name (* or [a..z0..9_$])');
    this.#at += name.length;
    return name.trim();
  }

  readJsonPath(): JsonStep[] {
    const path: JsonStep[] = [];
    while (this.rest().startsWith('->')) {
      const asText = this.consume('->>');
      if (!asText) this.consume('->');
      const [index] = /^-?\d+(?=->|::|\.|,|$)/.exec(this.rest()) ?? [];
      if (index !== undefined) this.consume(index);
      path.push({ key: index === undefined ? this.readName() : Number(index), asText });
    }
    return path;
  }

  /** Reads a value of a list or a logic tree: quoted, or up to the next comma or closing parenthesis. */
  readElement({ mayBeArray }: { mayBeArray: boolean }): string {
    const start = this.#at;
    const quoted = this.#readQuoted();
    if (quoted !== undefined && /^[,)]?$/.test(this.next())) return quoted;
    this.#at = start;
    const array = mayBeArray ? /^\{[^{}]*\}/.exec(this.rest())?.[0] : undefined;
    const raw = array ?? /^[^,)]*/.exec(this.rest())?.[0] ?? '';
    this.#at += raw.length;
    return raw;
  }

  fail(expected: string): never {
    const found = this.next() === '' ? 'end of input' : `"${this.next()}"`;
    throw new PostgrestError(400, 'PGRST100', `failed to parse ${this.#part} (${this.#text})`, {
      details: `unexpected ${found} at column ${this.#at + 1}, expecting ${expected}`,
    });
  }

  #readQuoted(): string | undefined {
    const [whole, content] = /^"((?:[^"\\]|\\[\s\S])*)"/.exec(this.rest()) ?? [];
    if (whole === undefined) return undefined;
    this.#at += whole.length;
    return content?.replace(/\\([\s\S])/g, '$1');
  }
}
