/** One target of a send; no number where FONNTE would refuse it. */
export interface Target {
  number: string | undefined;
  variables: string[];
}

/** `number|name|var1|…`; a leading 0 becomes the country code unless that is "0". No number: undefined. */
export function parseTarget(text: string, countryCode: string): Target {
  const [first = '', ...variables] = text.split('|');
  const filtered = countryCode === '0' ? first.trim() : first.replace(/[\s+-]/g, '').replace(/^0/, countryCode);
  const number = /^\d{8,20}$/.test(filtered) || /^[\d-]+@g\.us$/.test(filtered) ? filtered : undefined;
  return { number, variables };
}

/** The message as one target gets it: `{name}` and `{var1}` … replaced by its variables. */
export function fillTemplate(message: string, [name, ...rest]: string[]): string {
  if (name === undefined) return message;
  const named = message.replaceAll('{name}', () => name);
  return rest.reduce((text, value, index) => text.replaceAll(`{var${index + 1}}`, () => value), named);
}
