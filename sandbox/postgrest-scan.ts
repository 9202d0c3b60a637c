import { PostgrestError } from './postgrest-error.ts';

/** A column, with the steps into it where it is JSON. */
export interface Field {
  name: string;
  path: { key: string; asText: boolean }[];
}

/** Reads a text from left to right; what doesn't fit is a PGRST100 under the given message. */
export class Scanner {
  readonly #text: string;
  readonly #message: string;
  #at = 0;

  constructor(text: string, message: string) {
    this.#text = text;
    this.#message = message;
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

  skip(token: string): boolean {
    const found = this.#text.startsWith(token, this.#at);
    if (found) this.#at += token.length;
    return found;
  }

  space(): void {
    while (this.next() === ' ' || this.next() === '\t') this.#at += 1;
  }

  expect(token: string): void {
    if (!this.skip(token)) this.fail(`expecting "${token}"`);
  }

  end(): void {
    if (this.#at < this.#text.length) this.fail('expecting end of input');
  }

  fieldName(): string {
    if (this.next() === '"') {
      const quoted = this.#quoted();
      if (quoted !== undefined) return quoted;
    }
    const [name = ''] = /^[\p{L}\p{N}_ $]+(?:-(?!>)[\p{L}\p{N}_ $]+)*/u.exec(this.rest()) ?? [];
    if (name.trim() === '') this.fail('expecting field name (* or [a..z0..9_$])');
    this.#at += name.length;
    return name.trim();
  }

  jsonPath(): Field['path'] {
    const path: Field['path'] = [];
    while (this.rest().startsWith('->')) {
      const asText = this.skip('->>');
      if (!asText) this.skip('->');
      const [index] = /^-?\d+(?=->|::|\.|,|$)/.exec(this.rest()) ?? [];
      if (index !== undefined) this.skip(index);
      path.push({ key: index ?? this.fieldName(), asText });
    }
    return path;
  }

  /** A value of a list or a logic tree: quoted, or up to the next comma or closing parenthesis. */
  element(mayBeArray: boolean): string {
    const start = this.#at;
    const quoted = this.next() === '"' ? this.#quoted() : undefined;
    if (quoted !== undefined && /^[,)]?$/.test(this.next())) return quoted;
    this.#at = start;
    const array = mayBeArray ? /^\{[^{}]*\}/.exec(this.rest())?.[0] : undefined;
    const raw = array ?? /^[^,)]*/.exec(this.rest())?.[0] ?? '';
    this.#at += raw.length;
    return raw;
  }

  fail(expecting: string): never {
    const unexpected = this.next() === '' ? 'unexpected end of input' : `unexpected "${this.next()}"`;
    throw new PostgrestError(400, 'PGRST100', `"${this.#message}" (line 1, column ${this.#at + 1})`, {
      details: `${unexpected} ${expecting}`,
    });
  }

  #quoted(): string | undefined {
    const match = /^"((?:[^"\\]|\\[\s\S])*)"/.exec(this.rest());
    if (!match) return undefined;
    this.#at += match[0].length;
    return match[1]?.replace(/\\([\s\S])/g, '$1');
  }
}

/** The elements of a PostgreSQL array literal, `{a,"b,c"}`. */
export function arrayLiteral(text: string): string[] {
  const malformed = () => new PostgrestError(400, '22P02', `malformed array literal: "${text}"`);
  if (!text.startsWith('{') || !text.endsWith('}')) throw malformed();
  const values: string[] = [];
  const element = /\s*(?:"((?:[^"\\]|\\.)*)"|([^",{}]*))\s*(,|$)/y;
  const inner = text.slice(1, -1);
  if (inner.trim() === '') return values;
  for (let separator = ','; separator === ','; ) {
    const match = element.exec(inner);
    if (!match) throw malformed();
    values.push(match[1]?.replace(/\\(.)/g, '$1') ?? (match[2] ?? '').trim());
    separator = match[3] ?? '';
  }
  return values;
}
