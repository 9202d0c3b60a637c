/** Arguments that are well-formed, but make no sense together; the message is for the model. */
export class InvalidToolArguments extends Error {}

/** A code as it is searched for: no blanks, no dots at its ends. @throws UnfitArguments where nothing is left */
export function parseCodeFilter(code: string): string {
  const segments = code.replace(/\s+/g, '').split('.');
  const clean = segments.slice(Math.max(0, segments.findIndex(Boolean)), segments.findLastIndex(Boolean) + 1).join('.');
  if (!clean) throw new InvalidToolArguments('code harus berisi sedikitnya satu segmen kode.');
  return clean;
}

/** The digits that an account begins with. @throws UnfitArguments */
export function accountDigits(account: string): string {
  const digits = account.trim();
  if (!/^\d{1,6}$/.test(digits))
    throw new InvalidToolArguments('account harus 1 sampai 6 angka, misalnya 52 atau 524111.');
  return digits;
}
