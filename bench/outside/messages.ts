import { SECRET } from '../environment.ts';

/** @returns the invented number of the user with this index; the fake Supabase links it to an approved account */
export const personNumber = (person: number) => `62812${String(person).padStart(8, '0')}`;

/** Builds the mark of a question, to recognize its reply; letters with digits are not a figure. */
export const questionMark = (question: number) => `QK${String(question).padStart(8, '0')}`;

/** Builds the complete HTTP request of a FONNTE message with the real fields in their order, ASCII only. */
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
