const CHART_WORDS = /\b(?:grafik|diagram|chart|visualisasi|visualkan)(?:kan|nya|lah)*\b/i;
/** «Gambarkan» also means «describe»: then a picture of the rows does no harm, but its absence needs no explanation. */
const DRAW_WORDS = /\bgambar(?:kan(?:lah)?|in)\b/i;
const REFUSED =
  /\b(?:tanpa|jangan|tidak (?:usah|perlu|pakai)|tak (?:usah|perlu)|bukan)\b[^.,;!?]{0,30}\b(?:grafik|diagram|chart|gambar|visual)/i;
const LAST_ANSWER = /\b(?:grafik|diagram|chart)nya\b|\b(?:itu|tersebut|tadi|di atas|barusan)\b/i;
/** Maximum words of a request without a topic: «buatkan grafik». */
const MAX_BARE_WORDS = 4;

/** Parses whether a question requests a chart, explicitly, and about the last answer. */
export function parseChartRequest(question: string): {
  isRequested: boolean;
  isExplicit: boolean;
  isAboutLastAnswer: boolean;
} {
  const isExplicit = CHART_WORDS.test(question);
  const isRequested = (isExplicit || DRAW_WORDS.test(question)) && !REFUSED.test(question);
  const words = question.trim().split(/\s+/).length;
  return {
    isRequested,
    isExplicit: isRequested && isExplicit,
    isAboutLastAnswer: isRequested && (LAST_ANSWER.test(question) || words <= MAX_BARE_WORDS),
  };
}
