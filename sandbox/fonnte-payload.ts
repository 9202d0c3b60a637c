/** The fields of a real message, in the order in which FONNTE sends them. */
export interface FonntePayload {
  quick: boolean;
  device: string;
  pesan: string;
  pengirim: string;
  member: string;
  message: string;
  text: string;
  sender: string;
  name: string;
  location: string;
  url: string | null;
  type: string;
  extension: string;
  filename: string;
  pollname: string;
  choices: string[] | string;
  inboxid: number | string;
  isgroup: boolean;
  isforwarded: boolean;
  timestamp: number;
  [field: string]: unknown;
}

/** Fields to be other than usual; `message` and `sender` set their old names too; unknown ones come last. */
export type PayloadOverrides = Partial<FonntePayload>;

/** The payload as the integrators see it who get it urlencoded: flat, lists with `[]`, null as nothing. */
export function toForm(payload: object): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(payload)) {
    if (Array.isArray(value)) for (const item of value) form.append(`${name}[]`, String(item));
    else form.append(name, value === null || value === undefined ? '' : String(value));
  }
  return form.toString();
}
