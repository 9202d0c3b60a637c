/** Types of `whatsapp.js`, for the tests. */
export type Inline = string | { type: 'bold' | 'italic' | 'strike' | 'code' | 'link'; nodes: Inline[] };
export interface Item {
  marker: string;
  nodes: Inline[];
}
export type Block =
  | { type: 'text' | 'bullets' | 'numbers' | 'quote'; items: Item[]; text?: never }
  | { type: 'mono'; text: string; items?: never };
export interface Pair {
  mark: string;
  open: number;
  close: number;
}

export function parse(text: string): Block[];
export function fences(text: string): { start: number; end: number }[];
export function inline(line: string): Inline[];
export function pairs(line: string): Pair[];
export function render(text: string): unknown;
