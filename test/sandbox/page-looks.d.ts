/** Types of `page-looks.js`. Elements exist only in the browser, so their type is unknown here. */
export function isInView(element: unknown): boolean;
export function comesIntoView(element: unknown): Promise<void>;
export function scrollToEnd(): void;
export function arePicturesLoaded(): boolean;
export function focusedId(): string;
export function overflowing(): string[];
export function hardToRead(): string[];
export function nameless(): string[];
export function difference(pngs: string[]): Promise<number>;
