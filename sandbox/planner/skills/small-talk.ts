import type { Conversation } from '../conversation.ts';
import type { Query } from '../slots.ts';

/** A greeting with at most two further words; with more words it is a question. */
const GREETING =
  /^\W*(?:halo|hai|hi|hello|assalamu.?alaikum|(?:selamat )?(?:pagi|siang|sore|malam))(?:\W+\p{L}+){0,2}\W*$/iu;
const THANKS = /\b(?:terima ?kasih|makasih|trims|thanks)\b/i;
const HONEST = 'Saya model tiruan berbasis aturan untuk uji coba, bukan Gemini';
const TERMS: Record<string, string> = {
  pagu: '**Pagu** adalah batas anggaran yang boleh dibelanjakan.',
  realisasi: '**Realisasi** adalah anggaran yang sudah dibelanjakan, kumulatif dalam tahun berjalan.',
  serapan: '**Serapan** adalah realisasi dibagi pagu, dinyatakan dalam persen.',
  sisa: '**Sisa** adalah pagu dikurangi realisasi.',
  outstanding: '**Outstanding** adalah alokasi kegiatan yang sudah berjalan dan belum dibayar.',
  komitmen: '**Komitmen** adalah alokasi kegiatan yang sudah diperjanjikan dan belum dibayar.',
};

/** @returns the answer to a message that requests no data; null for other messages */
export function answerSmallTalk(conversation: Conversation, query: Query): string | null {
  const { question, name, unit, earlier, answers } = conversation;
  const addressed = name ? `, ${name}` : '';
  if (/\b(?:tadi|barusan|sebelumnya)\b.*\b(?:tanya|bertanya|menanyakan|bilang)\b/i.test(question)) {
    return earlier.length > 0 ? recall(earlier) : `Belum ada pertanyaan sebelumnya dalam percakapan ini${addressed}.`;
  }
  if (/\bsiapa (?:nama )?saya\b/i.test(question)) {
    return name ? `Anda ${name}${unit ? ` dari ${unit}` : ''}.` : 'Saya tidak diberi tahu nama Anda.';
  }
  if (/\b(?:siapa|apa) (?:kamu|anda)\b|\b(?:kamu|anda) siapa\b/i.test(question)) {
    return `${HONEST}. Saya menjawab sebagai asisten SAPA di kotak pasir${addressed}.`;
  }
  if (query.goal === 'define') return defineTerm(query);
  if (query.goal === 'provenance') return nameSource(answers);
  if (query.subject === null && THANKS.test(question)) return `Sama-sama${addressed}!`;
  if (!GREETING.test(question) || query.subject !== null) return null;
  const remembered = earlier.length > 0 ? `\n\n${recall(earlier)}` : '';
  return `Halo${addressed}! ${HONEST}. Ada yang bisa saya bantu?${remembered}`;
}

function defineTerm({ normalized }: Query): string | null {
  const term = Object.keys(TERMS).find((word) => normalized.includes(` ${word} `));
  return term === undefined ? null : (TERMS[term] ?? null);
}

/** Repeats the source of an earlier answer. */
function nameSource(answers: readonly string[]): string {
  const line = answers.findLast((answer) => answer.includes('Sumber:'))?.match(/Sumber: ([^\n]*?)\.?_?$/m)?.[1];
  return line ? `Angka itu berasal dari ${line}.` : 'Belum ada jawaban berangka dalam percakapan ini.';
}

/** The answer to an unsupported question; it lists supported questions. */
export function answerUnknown({ question, name, earlier }: Conversation): string {
  const opening = earlier.length > 0 ? recall(earlier) : `Halo${name ? `, ${name}` : ''}!`;
  return [
    `${opening} Pertanyaan Anda saya terima: «${quote(question)}».`,
    `${HONEST}, jadi untuk pertanyaan ini saya belum punya jawaban. Yang bisa saya jawab, misalnya:`,
    [
      '- Berapa sisa anggaran?',
      '- Akun mana yang serapannya terendah?',
      '- Akun 524111 sudah terserap berapa persen?',
      '- Naik berapa dari bulan lalu?',
      '- Kegiatan minggu ini apa saja?',
      '- Siapa penanggung jawab rapat koordinasi?',
    ].join('\n'),
  ].join('\n\n');
}

function recall(earlier: readonly string[]): string {
  return `Anda baru saja bertanya: «${quote(earlier.at(-1) ?? '')}».`;
}

function quote(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}
