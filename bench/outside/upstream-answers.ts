import { bigReport } from '../report.ts';

/** FONNTE's answers. @see https://docs.fonnte.com/api-send-message/ */
export const SENT =
  '{"detail":"success! message in queue","id":["80367170"],"process":"pending","requestid":2937124,"status":true,"target":["6281200000001"]}';
export const DEVICE =
  '{"device":"6281200000000","device_status":"connect","expired":"18 November 2039","messages":1,"name":"bench","package":"Reguler","quota":"100000000","status":true}';
export const TYPED = '{"detail":"success! typing","requestid":2937125,"status":true}';

const ANSWER = [
  '**Ringkasan untuk unit Anda**',
  '',
  'Pelaksanaan berjalan sesuai rencana. Beberapa hal yang perlu diperhatikan:',
  '',
  '- Dokumen pertanggungjawaban belum seluruhnya diunggah ke portal.',
  '- Rapat koordinasi masih menunggu konfirmasi dari *unit terkait*.',
  '- Belanja bahan sebaiknya diajukan sebelum akhir triwulan.',
  '',
  'Silakan tanyakan rinciannya bila diperlukan.',
].join('\n');

/** Gemini's answer to the questions with these marks: some Markdown without a figure, each mark as an answer's. */
export function answeredQuestion(marks: readonly string[]): string {
  const answers = marks.map((mark) => mark.replace('QK', 'JK')).join(' ');
  return generated([{ text: `${ANSWER}\n\n${answers}` }]);
}

/** Gemini's wish to see a report. */
export const answeredReport = generated([
  { functionCall: { name: 'budget_summary', args: {} }, thoughtSignature: 'dGFuZGEgdGFuZ2Fu' },
]);

function generated(parts: unknown[]): string {
  return JSON.stringify({
    candidates: [{ content: { parts, role: 'model' }, finishReason: 'STOP', index: 0 }],
    usageMetadata: { promptTokenCount: 150, candidatesTokenCount: 30, totalTokenCount: 180 },
    modelVersion: 'gemini-3.8-flash',
    responseId: 'pengukuran',
  });
}

export interface RestRequest {
  url: string;
  /** One object is wanted instead of a list. */
  single: boolean;
}

/** PostgREST's answer: an approved user for every number asked for, no activities, one large report each; null: unknown. */
export function restAnswer({ url, single }: RestRequest) {
  if (url.startsWith('/rest/v1/users')) {
    const phone = /62812\d{8}/.exec(url)?.[0] ?? '';
    const row = `{"id":"${userId(phone)}","name":"Pegawai","role":"user","unit":"Biro Umum","is_approved":true,"phone_number":"${phone}"}`;
    return { operation: 'identify' as const, phone, body: single ? row : `[${row}]` };
  }
  const user = /user_id=eq\.([0-9a-f-]{36})/.exec(url)?.[1] ?? '';
  const answer = { operation: 'read' as const, phone: `62812${user.slice(-8)}` };
  if (url.startsWith('/rest/v1/activities')) return { ...answer, body: '[]' };
  if (!url.startsWith('/rest/v1/processed_results')) return null;
  const fields = `"id":"20000000-0000-4000-8000-${user.slice(-12)}","user_id":"${user}"`;
  const info =
    '"file_name":"laporan.xlsx","report_type":"Akrual","report_date":"2026-11-20","created_at":"2026-11-21T02:00:00+00:00"';
  return {
    ...answer,
    body: url.includes('processed_data') ? `[{${fields},${reportFields()}}]` : `[{${fields},${info}}]`,
  };
}

function userId(phone: string): string {
  return `10000000-0000-4000-8000-${phone.slice(-8).padStart(12, '0')}`;
}

let fields: string | undefined;

function reportFields(): string {
  fields ??= bigReport().slice(1, -1);
  return fields;
}
