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

/** Fields that replace the defaults; `message` and `sender` also set their old names; unknown fields come last. */
export type PayloadOverrides = Partial<FonntePayload>;

/** Encodes a payload as a form, as some integrators receive it: flat, lists with `[]`, null as an empty value. */
export function toForm(payload: object): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(payload)) {
    if (Array.isArray(value)) for (const item of value) form.append(`${name}[]`, String(item));
    else form.append(name, value === null || value === undefined ? '' : String(value));
  }
  return form.toString();
}
