/** One target of a send; `number` is undefined if FONNTE would reject it. */
export interface Target {
  number: string | undefined;
  variables: string[];
}

/** Parses `number|name|var1|…`; a leading 0 becomes the country code unless that is "0". */
export function parseTarget(text: string, countryCode: string): Target {
  const [first = '', ...variables] = text.split('|');
  const filtered = countryCode === '0' ? first.trim() : first.replace(/[\s+-]/g, '').replace(/^0/, countryCode);
  const number = /^\d{8,20}$/.test(filtered) || /^[\d-]+@g\.us$/.test(filtered) ? filtered : undefined;
  return { number, variables };
}

/** Replaces `{name}` and `{var1}` … by the variables of one target. */
export function fillTemplate(message: string, [name, ...rest]: string[]): string {
  if (name === undefined) return message;
  const named = message.replaceAll('{name}', () => name);
  return rest.reduce((text, value, index) => text.replaceAll(`{var${index + 1}}`, () => value), named);
}
