import { readFileSync } from 'node:fs';

/**
 * Every fixed text that the service sends in WhatsApp: replies and notices to users, alerts to operators. `fill` replaces the
 * `{name}` placeholders. Indonesian, short formal sentences.
 */
export const texts = {
  notLinked:
    'Nomor WhatsApp Anda belum terhubung dengan akun SAPA. Silakan login ke portal SAPA dan verifikasi nomor Anda terlebih dahulu.',
  notApproved: 'Nomor Anda sudah terhubung, tetapi akun SAPA Anda belum disetujui admin.',
  tooLong: 'Pesan Anda terlalu panjang (paling banyak {max} karakter). Mohon kirim pertanyaan yang lebih singkat.',
  rateLimited: 'Anda mengirim banyak pesan sekaligus. Mohon tunggu sebentar, jawaban akan segera dikirim.',
  replyLoop:
    'Pesan diterima terus-menerus tanpa jeda. Balasan dihentikan sementara. Silakan kirim pertanyaan lagi setelah {minutes} menit.',
  wait: 'Sedang saya proses, mohon tunggu sebentar.',
  unavailable:
    'Asisten AI sedang tidak dapat dihubungi. Pertanyaan Anda disimpan dan dijawab begitu asisten pulih.\n\nYang dapat dijawab sekarang, misalnya:\n{examples}',
  apology: 'Maaf, terjadi gangguan. Silakan coba beberapa saat lagi.',
  blocked: 'Maaf, saya tidak dapat menjawab pertanyaan itu. Silakan ajukan pertanyaan lain seputar SAPA.',
  noAnswer: 'Maaf, saya belum menemukan jawabannya. Silakan ulangi dengan kata lain.',
  cut: '(Jawaban terpotong karena terlalu panjang. Silakan tanyakan bagian yang Anda perlukan.)',
  ungrounded: '⚠️ Angka ini tidak dapat dipastikan dari data SAPA: {figures}.',
  ruleBasedNote: '(jawaban otomatis tanpa AI)',
  tokenBudgetExceeded:
    'Jatah pertanyaan Anda untuk hari ini sudah habis. Silakan lanjutkan besok. Perintah /bantuan, /sumber, dan /unduh tetap dapat digunakan.',
  help: [
    'Saya asisten {portal}. Tanyakan data anggaran dan kegiatan Anda, misalnya:',
    '{examples}',
    '',
    'Minta grafik dengan kata «grafik» atau «gambarkan», atau kirim /grafik setelah jawaban.',
    '/reset menghapus percakapan ini, /sumber menunjukkan sumber angka terakhir, /unduh mengirim daftar terakhir sebagai Excel.',
  ].join('\n'),
  exampleBudget: 'Berapa sisa anggaran saya?',
  exampleAccount: 'Akun {account} sudah terserap berapa persen?',
  exampleLowest: 'Akun mana yang serapannya terendah?',
  exampleWeek: 'Kegiatan minggu ini apa saja?',
  exampleNextWeek: 'Kegiatan minggu depan apa saja?',
  exampleOverdue: 'Kegiatan apa saja yang terlambat?',
  downloadCaption: '**{count} {noun}** dalam Excel{source}.',
  downloadCut: 'Berkas ini memuat {rows} baris pertama dari {count}; persempit pertanyaannya untuk baris yang lain.',
  downloadNoList:
    'Belum ada daftar yang dapat dikirim sebagai Excel. Tanyakan dulu daftarnya, misalnya «anggaran per akun» atau «kegiatan bulan ini», lalu tulis «kirim Excel-nya» atau /unduh.',
  downloadEmpty: 'Daftar itu sekarang kosong, jadi tidak ada yang dapat dikirim sebagai Excel.',
  downloadNotAccepted:
    'Excel tidak dapat dikirim, karena paket FONNTE nomor ini tidak dapat mengirim berkas. Tulis «lanjut» untuk melihat baris berikutnya di sini.',
  downloadUnavailable:
    'Data SAPA sedang tidak dapat dijangkau, jadi Excel belum dapat dibuat. Tulis /unduh lagi beberapa saat lagi.',
  downloadTooLarge:
    'Data daftar itu terlalu besar untuk satu Excel. Persempit pertanyaannya, misalnya menurut periode atau status.',
  downloadFailed:
    'Maaf, Excel gagal dibuat. Tulis /unduh untuk mencoba lagi, atau «lanjut» untuk melihat baris berikutnya di sini.',
  reset: 'Percakapan ini sudah dihapus. Silakan mulai dengan pertanyaan baru.',
  sources: '**Sumber angka terakhir**',
  sourceFunction: 'Fungsi: {call}',
  sourceCodes: 'Kode: {codes}',
  sourceFigures: '**Asal tiap angka**',
  sourceFigure: '{figure}: {name}',
  sourceRead: 'Kegiatan yang dibaca: {count}',
  sourceCalculated: 'Dihitung dari angka di atas',
  sourceActivities: 'Data kegiatan di SAPA',
  noChart:
    'Belum ada jawaban yang dapat digambarkan. Grafik memerlukan perkembangan paling sedikit tiga bulan atau daftar paling sedikit tiga baris.',
  chartTooFew: 'Grafik tidak dibuat, karena datanya kurang dari tiga bulan atau tiga baris.',
  chartCaption: '**{title}**\n{notes}',
  chartNotSupported: 'Grafik ini berupa teks, karena paket FONNTE nomor ini tidak dapat mengirim gambar.',
  chartNotDrawn: 'Grafik ini berupa teks, karena gambarnya sedang tidak dapat dibuat.',
  chartRejected: 'Grafik ini berupa teks, karena gambarnya tidak diterima oleh layanan WhatsApp.',
  noSource: 'Belum ada jawaban berangka dalam percakapan ini, sehingga belum ada sumber yang dapat ditunjukkan.',
  ruleBasedUnavailable: 'Maaf, data SAPA sedang tidak dapat dijangkau. Silakan coba beberapa saat lagi.',
  ruleBasedTooLarge:
    'Maaf, data Anda di SAPA terlalu besar untuk dibaca sekaligus. Silakan sebutkan periode atau statusnya, atau buka portal SAPA.',
  ruleBasedUnsupportedTopic: 'Maaf, di sini tidak tersedia {what}. Silakan buka portal SAPA untuk itu.',
  ruleBasedNoList: 'Saya belum menampilkan daftar dengan nomor itu. Silakan sebutkan nama kegiatan atau kode akunnya.',
  ruleBasedNothingToContinue: 'Belum ada daftar yang dapat saya lanjutkan.',
  ruleBasedNextPage: 'Lanjutannya:',
  ruleBasedListComplete: 'Daftar itu sudah lengkap.',
  ruleBasedActivityGone: 'Kegiatan itu sudah tidak ada di SAPA.',
  ruleBasedActivities: '**{count} kegiatan**{which}:',
  ruleBasedNoActivities: 'Tidak ada kegiatan Anda{which}.',
  ruleBasedToday: '{day} (hari ini)',
  ruleBasedUndated: 'Belum bertanggal',
  ruleBasedMoreActivities: 'Masih ada {count} kegiatan lainnya. Tulis «lanjut» untuk melihatnya.',
  ruleBasedUndatedLeftOut: 'Selain itu, {count} kegiatan belum bertanggal.',
  ruleBasedInCharge: 'Penanggung jawab:',
  ruleBasedNoSuchActivity: 'Tidak ada kegiatan «{keyword}» di antara kegiatan Anda.',
  ruleBasedActivitiesOfPerson: '**{count} kegiatan** dengan penanggung jawab {person}{which}:',
  ruleBasedActivitiesWithPerson: '**{count} kegiatan** yang memuat nama {person}{which}:',
  ruleBasedNoActivitiesOfPerson: 'Tidak ada kegiatan Anda yang memuat nama {person}{which}.',
  ruleBasedExpensive: 'Kegiatan{which} dengan alokasi {order}:',
  ruleBasedAllocation: 'Alokasi {count} kegiatan{which}: **{total}**.',
  ruleBasedNothingPlanned: 'Belum ada kegiatan Anda di SAPA.',
  ruleBasedStatistics: 'Anda punya **{total} kegiatan**, total alokasi {allocation}:',
  ruleBasedStatisticsWeeks:
    'Minggu ini {thisWeek} kegiatan, minggu depan {nextWeek} kegiatan, terlambat {overdue} kegiatan.',
  ruleBasedSource: '_Sumber: {report}._',
  ruleBasedNoReport: 'Belum ada laporan realisasi yang diunggah di SAPA untuk akun Anda.',
  ruleBasedNotThatReport: 'Laporan itu belum ada di SAPA.',
  ruleBasedOtherReports: 'Yang ada: {reports}.',
  ruleBasedReportDate: 'Data anggaran Anda per **{date}**, dari laporan {type}.',
  ruleBasedReportWithoutDate: 'Laporan anggaran Anda tidak bertanggal.',
  ruleBasedReportFile: 'Berkasnya: {file}.',
  ruleBasedSisa: 'Sisa{subject}: **{sisa}**.',
  ruleBasedSisaOthers: 'Pagu {pagu}, realisasi {realisasi} ({serapan}).',
  ruleBasedSerapan: 'Serapan{subject}: **{serapan}**.',
  ruleBasedSerapanOthers: 'Realisasi {realisasi} dari pagu {pagu}, sisa {sisa}.',
  ruleBasedRealisasi: 'Realisasi{subject}: **{realisasi}** ({serapan}).',
  ruleBasedRealisasiOthers: 'Pagu {pagu}, sisa {sisa}.',
  ruleBasedPagu: 'Pagu{subject}: **{pagu}**.',
  ruleBasedPaguOthers: 'Realisasi {realisasi} ({serapan}), sisa {sisa}.',
  ruleBasedAfterCommitments: 'Sisa setelah komitmen{subject}: **{after}**.',
  ruleBasedAfterCommitmentsOthers: 'Sisa {sisa}, outstanding {outstanding}, komitmen {komitmen}.',
  ruleBasedOutstanding: 'Outstanding{subject}: **{outstanding}**.',
  ruleBasedOutstandingOthers: 'Komitmen {komitmen}, sisa setelah keduanya {after}.',
  ruleBasedKomitmen: 'Komitmen{subject}: **{komitmen}**.',
  ruleBasedKomitmenOthers: 'Outstanding {outstanding}, sisa setelah keduanya {after}.',
  ruleBasedMonthMissing: 'Laporan {month} belum ada, jadi ini bulan terakhir yang ada.',
  ruleBasedMonthOnly: 'Realisasi periode ini{subject} ({month}): **{amount}**.',
  ruleBasedCumulative: 'Sejak awal tahun {realisasi} ({serapan}).',
  ruleBasedLockedPagu: 'Lock pagu{subject}: **{lock}**.',
  ruleBasedLockedPaguOthers: 'Pagu seluruhnya {pagu}, sisa {sisa}.',
  ruleBasedNoAccount: 'Akun {account} tidak ada dalam anggaran Anda menurut {report}.',
  ruleBasedRanking: 'Urutan {noun} dengan {measure} {order}:',
  ruleBasedGroups: 'Anggaran per {noun}:',
  ruleBasedNothingToRank: 'Tidak ada {noun} yang dapat diurutkan dalam {report}.',
  ruleBasedMoreRows: 'Masih ada {count} {noun} lainnya. Tulis «lanjut» untuk melihatnya.',
  ruleBasedMoreWithin: 'Mungkin masih ada yang lain; yang ditampilkan paling banyak 50.',
  ruleBasedAllRealized: 'Semua {noun} sudah ada realisasinya.',
  ruleBasedWithoutRealization: '**{count} {noun}** belum ada realisasi, pagunya {pagu}:',
  ruleBasedNegative: '**{count} {noun}** bersisa minus, seluruhnya {sisa}:',
  ruleBasedNoNegative: 'Tidak ada {noun} yang bersisa minus.',
  ruleBasedWithin: '**{count} {noun}** dengan {measure} {limits}:',
  ruleBasedSomeWithin: 'Daftar {noun} dengan {measure} {limits}:',
  ruleBasedNoneWithin: 'Tidak ada {noun} dengan {measure} {limits}.',
  ruleBasedAtLeast: 'paling sedikit {min}',
  ruleBasedAtMost: 'paling banyak {max}',
  ruleBasedBetween: 'antara {min} dan {max}',
  ruleBasedNoRows: 'Tidak ada rincian {term} dalam {report}.',
  ruleBasedWholeInstead: 'Secara keseluruhan:',
  ruleBasedRows: '**{count} rincian** untuk {term}.',
  ruleBasedNoTrend: 'Belum ada laporan bulan sebelumnya untuk dibandingkan dengan {report}.',
  ruleBasedTrend: 'Realisasi{subject} **{moved} {amount}** sejak {since}, menjadi {now}.',
  ruleBasedTrendShare: 'Serapan {moved} {points}, menjadi {now}.',
  ruleBasedTrendMonth: '- {month}: {realisasi} ({serapan})',
  ruleBasedTrendMonthChange: '- {month}: {realisasi} ({serapan}), {moved} {amount}',
  ruleBasedSpan: 'Realisasi{subject} {name}: **{amount}**.',
  ruleBasedSpanWithoutStart: 'Laporan sampai {month} belum ada, jadi realisasi {name} saja belum dapat dihitung.',
  ruleBasedSpanShare: 'Serapan akhir {month}: {serapan}.',
  ruleBasedNoSpan: 'Belum ada laporan untuk {name}.',
  ruleBasedCumulativeMonth: 'Sejak awal tahun sampai {month}: {realisasi} ({serapan}).',
  ruleBasedCompared: '- {name}: realisasi {realisasi} dari pagu {pagu} ({serapan})',
  ruleBasedComparedSisa: '- {name}: sisa {sisa} dari pagu {pagu}',
  ruleBasedDifference: '{measure} {larger} lebih tinggi **{amount}** daripada {smaller}.',
  ruleBasedSum: 'Jumlah {measure}: **{amount}**.',
  ruleBasedShare: 'Bagian{subject} dalam {measure} seluruhnya: **{share}** ({part} dari {whole}).',
  ruleBasedNoDifference: 'Keduanya sama.',
  ruleBasedNoProjection:
    'Laporan terbaru tidak bertanggal atau tanpa pagu, jadi akhir tahun belum dapat diproyeksikan.',
  ruleBasedProjection:
    'Bila laju realisasi tetap, serapan{subject} akhir tahun sekitar **{share}** ({projected} dari pagu {pagu}).',
  ruleBasedTargetMet: 'Target {target} tercapai menurut hitungan ini.',
  ruleBasedTargetMissed: 'Target {target} belum tercapai menurut hitungan ini.',
  ruleBasedSoFar: 'Saat ini serapan {serapan}.',
  ruleBasedTargetReached: 'Serapan{subject} sudah {serapan}, jadi target {target} sudah tercapai.',
  ruleBasedNeeded: 'Agar serapan{subject} {target}, realisasi masih harus bertambah sekitar **{gap}** ({points}).',
  ruleBasedPerMonth: 'Dibagi {months} bulan yang tersisa: sekitar **{amount}** per bulan.',
  ruleBasedBeforeYearEnd: 'Jumlah itu harus terealisasi sebelum akhir tahun.',
  ruleBasedSufficient: '**Cukup.** Bila semua kegiatan rencana terlaksana, sisa{subject} masih **{left}**.',
  ruleBasedInsufficient: '**Tidak cukup.** Bila semua kegiatan rencana terlaksana,{subject} kurang **{left}**.',
  ruleBasedNeeds: 'Sisa setelah komitmen {sisa}, kegiatan rencana {planned}.',
  ruleBasedNothingPlannedThere: 'Sisa setelah komitmen {sisa}; tidak ada kegiatan rencana yang membebaninya.',
  ruleBasedSufficiencyIncomplete:
    'Kegiatannya terlalu banyak untuk dijumlahkan semua, jadi kebutuhan sebenarnya lebih besar.',
  fromFile: '📎 Angka berikut tidak berasal dari SAPA; bila dari berkas Anda, belum dicocokkan: {figures}.',
  attachmentVideoOrSticker:
    'Maaf, stiker dan video belum dapat saya baca. Silakan kirim foto, PDF, pesan suara, atau teks.',
  attachmentUnsupportedType:
    'Maaf, berkas Word, Excel, dan sejenisnya belum dapat saya baca. Silakan simpan sebagai PDF lalu kirimkan, atau tuliskan isinya.',
  attachmentTypeMismatch:
    'Maaf, isi berkas itu tidak sesuai dengan jenisnya. Silakan kirim ulang sebagai foto (JPG atau PNG), PDF, atau pesan suara.',
  attachmentTooLarge:
    'Maaf, berkasnya terlalu besar (paling banyak 10 MB). Silakan kirim yang lebih kecil, atau bagian yang perlu saja.',
  attachmentExpired: 'Maaf, berkas itu sudah tidak tersedia. Silakan kirim sekali lagi.',
  attachmentUnreachable:
    'Maaf, berkas itu sedang tidak dapat diambil. Silakan kirim lagi beberapa saat lagi, atau tuliskan isinya.',
  attachmentForbidden:
    'Maaf, berkas dari alamat itu tidak dapat saya buka. Silakan kirim berkasnya langsung di WhatsApp ini.',
  attachmentNotRead: 'Maaf, saya belum dapat membuka berkas atau media. Mohon tuliskan pertanyaan Anda sebagai teks.',
  alertFiring: '⚠️ {portal} WhatsApp: {what}\nLangkah: docs/runbook/README.md, jenis {kind}.',
  alertResolved: '✅ {portal} WhatsApp: {what}',
  alertDevices: ' Perangkat ke-{devices} dalam FONNTE_TOKEN.',
  alertDeviceDisconnected:
    'perangkat WhatsApp terputus dari FONNTE sejak {since}. Balasan ditahan dan dikirim setelah tersambung.',
  alertDeviceConnected: 'perangkat WhatsApp tersambung kembali (gangguan sejak {since}).',
  alertQuotaLow: 'kuota FONNTE tinggal {quota} pesan. Pesan OTP portal memakai kuota yang sama.',
  alertQuotaEnough: 'kuota FONNTE sudah cukup kembali.',
  alertPackageExpiring: 'paket FONNTE berakhir dalam {daysLeft} hari.',
  alertPackageRenewed: 'paket FONNTE sudah diperpanjang.',
  alertTokenRejected: 'FONNTE menolak token perangkat sejak {since}. Tidak ada balasan yang terkirim.',
  alertTokenAccepted: 'FONNTE menerima token perangkat kembali (ditolak sejak {since}).',
  alertDeadLetter: 'ada {deadLetters} pesan yang gagal dijawab dan menunggu ditangani.',
  alertNoDeadLetters: 'tidak ada lagi pesan gagal yang menunggu ditangani.',
  alertSupabaseDown: 'Supabase tidak dapat dihubungi sejak {since}.',
  alertSupabaseUp: 'Supabase dapat dihubungi kembali.',
  alertGeminiDown: 'Gemini tidak dapat dihubungi sejak {since}. Pertanyaan umum dijawab tanpa AI.',
  alertGeminiUp: 'Gemini dapat dihubungi kembali.',
  alertFonnteDown: 'FONNTE tidak dapat dihubungi sejak {since}. Balasan ditahan dan dikirim setelah pulih.',
  alertFonnteUp: 'FONNTE dapat dihubungi kembali (gangguan sejak {since}).',
  alertInboxLate: 'ada pesan yang menunggu jawaban sejak {since}.',
  alertInboxInTime: 'tidak ada lagi pesan yang terlambat dijawab.',
  alertInactivity: 'tidak ada pesan masuk sejak {since}. Periksa autoread dan webhook di FONNTE.',
  alertInactivityResolved: 'pesan masuk diterima kembali.',
  alertAmbiguousUser: 'satu nomor dipakai beberapa akun yang disetujui, sehingga tidak dijawab: {conversations}.',
  alertAmbiguousUserResolved: 'tidak ada lagi nomor yang dipakai beberapa akun.',
  alertStoreFailed: 'penyimpanan layanan bermasalah sejak {since} ({condition}). Pesan baru ditolak sementara.',
  alertClockWrong:
    'jam server berbeda {hours} jam dari waktu pesan FONNTE. Pesan dapat diabaikan karena dianggap terlalu lama. Perbaiki jam server.',
  alertClockCorrect: 'jam server kembali sesuai dengan waktu pesan FONNTE.',
  alertStoreRecovered: 'penyimpanan layanan sudah pulih.',
  alertStoreQuarantined:
    'berkas penyimpanan rusak dan dipisahkan ({files}). Layanan memakai berkas baru. Data yang tidak terbaca hanya ada dalam berkas yang dipisahkan.',
  alertStoreQuarantineResolved: 'berkas penyimpanan yang rusak sudah ditangani.',
} satisfies Record<string, string>;

export type Texts = Record<keyof typeof texts, string>;

/** Replaces the `{name}` placeholders of a text. A placeholder without a value stays unchanged. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (placeholder, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : placeholder,
  );
}

/**
 * Returns the texts, with those of the JSON file TEXTS_FILE in place of the built-in ones.
 * @throws Error that names the file and every problem: not readable, unknown key, empty text, missing placeholder
 */
export function loadTexts(path: string | undefined): Texts {
  if (!path) return texts;
  const given = readJson(path);
  const problems = Object.entries(given).flatMap(([key, value]) => findProblems(key, value));
  if (problems.length > 0) throw new Error(`TEXTS_FILE ${path}: ${problems.join('; ')}`);
  return { ...texts, ...(given as Partial<Texts>) };
}

function readJson(path: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`TEXTS_FILE ${path}: tidak dapat dibaca sebagai JSON`, { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`TEXTS_FILE ${path}: bukan objek JSON`);
  return value as Record<string, unknown>;
}

function findProblems(key: string, value: unknown): string[] {
  if (!Object.hasOwn(texts, key)) return [`${key}: kalimat ini tidak ada`];
  if (typeof value !== 'string' || value.trim() === '') return [`${key}: harus teks yang tidak kosong`];
  const placeholders = texts[key as keyof typeof texts].match(/\{\w+\}/g) ?? [];
  const missing = placeholders.filter((placeholder) => !value.includes(placeholder));
  return missing.length > 0 ? [`${key}: tanpa ${missing.join(' dan ')}`] : [];
}
