import { SECRET } from '../environment.ts';

/** @returns the invented number of the user with this index; the fake Supabase links it to an approved account */
export const personNumber = (person: number) => `62812${String(person).padStart(8, '0')}`;

/** Marks a question, so that its reply can be told from every other: letters and digits in one run are no figure. */
export const questionMark = (question: number) => `QK${String(question).padStart(8, '0')}`;

/** The whole HTTP request with which FONNTE brings a message: the fields of a real call in their order, ASCII only. */
export function webhookRequest(host: string, sender: string, text: string, inboxid: number): string {
  const body =
    `{"quick":false,"device":"6281100000000","pesan":"${text}","pengirim":"${sender}","member":"","message":"${text}",` +
    `"text":"non-button message","sender":"${sender}","name":"Budi","location":"","url":"","type":"text","extension":"",` +
    `"filename":"","pollname":"","choices":[],"inboxid":${inboxid},"isgroup":false,"isforwarded":false,` +
    `"timestamp":${Math.floor(Date.now() / 1000)}}`;
  return (
    `POST /webhook/whatsapp?secret=${SECRET} HTTP/1.1\r\nhost: ${host}\r\nuser-agent: FONNTE\r\naccept: */*\r\n` +
    `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  );
}
