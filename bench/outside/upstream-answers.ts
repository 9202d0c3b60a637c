/** Responses of FONNTE. @see https://docs.fonnte.com/api-send-message/ */
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

/** Builds Gemini's answer to the questions with these marks: Markdown without figures, with the marks of answers. */
export function answeredQuestion(marks: readonly string[]): string {
  const answers = marks.map((mark) => mark.replace('QK', 'JK')).join(' ');
  return generated([{ text: `${ANSWER}\n\n${answers}` }]);
}

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
  /** The request expects one object instead of a list. */
  single: boolean;
}

/** PostgREST's response: an approved user for every number, and no rows in any other table. @returns null if unknown */
export function restAnswer({ url, single }: RestRequest) {
  if (url.startsWith('/rest/v1/users')) {
    // The service searches by a pattern (`*8*1*2…*`), the other servers by the number.
    const national = /(?:62|like\.)(812\d{8})/.exec(decodeURIComponent(url).replaceAll('*', ''))?.[1] ?? '';
    const phone = `62${national}`;
    const row = `{"id":"${userId(phone)}","name":"Pegawai","role":"user","unit":"Biro Umum","is_approved":true,"phone_number":"${phone}","created_at":"2026-01-05T02:00:00+00:00"}`;
    return { operation: 'identify' as const, phone, body: single ? row : `[${row}]` };
  }
  if (!/^\/rest\/v1\/(?:activities|processed_results)/.test(url)) return null;
  const user = /user_id=eq\.([0-9a-f-]{36})/.exec(url)?.[1] ?? '';
  return { operation: 'read' as const, phone: `62812${user.slice(-8)}`, body: '[]' };
}

function userId(phone: string): string {
  return `10000000-0000-4000-8000-${phone.slice(-8).padStart(12, '0')}`;
}
