import { MONTH_NAMES, MONTH_NUMBERS } from '../../../indonesian-months.ts';

/** Synonyms, short forms and typos: the first word of a line replaces the others. */
const SYNONYMS = `
berapa brp brapa bpr brpa
anggaran ang angg anggrn anggran anggara dana duit uang budget biaya
realisasi real realisai relisasi terealisasi direalisasikan realisasikan dibelanjakan terpakai dipakai kepake terpake pengeluaran cair dicairkan pencairan
serapan srapan serpan penyerapan terserap diserap serap keserap
sisa ssa saldo tersisa sisain tinggal
pagu plafon
blokir lock kunci dikunci terkunci kekunci terblokir keblokir diblokir
kegiatan kgtn keg kegiatn acara agenda jadwal
akun akn mak
terendah terkecil tersedikit terjelek terminim
tertinggi terbesar terbanyak termahal top
terlambat telat trlambat overdue terlewat molor
komitmen komit
cukup mencukupi
minggu mgg mggu mg pekan
bulan bln
hari hr hri
besok bsk besuk
kemarin kmrn kemaren
depan dpn mendatang
ini ni skrg skr skrng sekarang skarang
yang yg
nomor no nmr nomer
siapa spa
apa ap
saya sy aku gue
tahun thn th
tidak nggak gak ga ngga enggak tdk kagak engga
belum blm blum
sudah sdh udah udh
kendala masalah isu issue hambatan permasalahan
naik kenaikan bertambah nambah meningkat peningkatan
turun penurunan berkurang menurun
tren trend perkembangan perubahan berubah
banding bandingkan dibanding dibandingkan perbandingan vs versus
selisih beda perbedaan
proyeksi perkiraan prediksi prognosis estimasi
capai tembus mencapai nyampe tercapai mengejar kejar
supaya agar biar
perlu butuh dibutuhkan
rincian detail detil perincian
baris pos item
triwulan tw kuartal quarter
persen prosen
minus negatif
tiap setiap per masing menurut berdasarkan
mahal besar banyak gede
murah kecil sedikit minim
lanjut lanjutkan next lagi
berikutnya selanjutnya
sumber asal
terbayar dibayar bayar
selesai rampung
tanggal tgl
diperbarui update diupdate diunggah terupdate
laporan lap report
dengan dgn
kenapa mengapa knp
dari dr
untuk utk buat
sampai hingga sd
kalau kalo klo bila jika
saja aja doang
pak bapak bpk
bu ibu
saudara sdr sdri mas mbak
penanggung penanggungjawab
dipegang pegang memegang
ditangani tangani menangani
dipimpin pimpin memimpin
`;

/** Words without synonyms that never belong to the name of an activity or a budget row. */
const FUNCTION_WORDS = `
yang di ke dari pada dengan dan atau itu ada juga sih deh dong donk kok ya iya nih kah lah tolong mohon coba bisa bisakah mau ingin
lihat lihatkan tampilkan cari carikan sebutkan cek info infokan tentang soal mengenai terkait saat semua semuanya seluruh seluruhnya
keseluruhan kami kita anda kamu halo hai hi pagi siang sore malam selamat kak min oleh dalam jadi masih lalu terus trus harus hanya
cuma kira minta bantu adalah akan punya terima kasih makasih baik oke ok begitu gitu nanti tadi barusan jelaskan dulu daftar list
sapa sebesar nya berikan beri kasih tahu tau tunjukkan mana kapan dimana kemana ngapain gimana bagaimana apakah kenapa mohon maaf
lakukan dilakukan kerjakan dikerjakan hadiri dihadiri ikuti diikuti laksanakan dilaksanakan berlangsung berjalan jalan terlaksana
terbaru terakhir paling total jumlah jumlahnya ringkasan rekap rekapitulasi statistik posisi data angka summary keadaan kondisi
tahun belanja barang modal pegawai gaji jasa outstanding rencana alokasi status berstatus statusnya kode program output kro ro komponen subkomponen
selama sepanjang setelah sesudah dikurangi bersih periode akhir awal sejak mulai satu dua tiga empat lima enam tujuh delapan sembilan sepuluh
pertama kedua ketiga keempat kelima juta jt ribu rb miliar milyar triliun rupiah rp jawab undated pj pic bertanggal terjadwal
dijadwalkan tanpa senin selasa rabu kamis jumat sabtu lusa semester akrual sp2d sama nol kosong atas bawah kurang lebih antara
minimal maksimal target unit satker tindak bertanggung bersama sebulan bulanan poin draft komponennya jenis rencananya lain lainnya bukan jangan tapi tetapi rendah tinggi
rata ratarata informasi disampaikan sampaikan i ii iii iv kiranya berkenan hormat bantuan dimohon buatkan
`;

/** Long words of which one typing error is recognized: a letter too many, too few, wrong or exchanged. */
const CORE_WORDS = [
  'anggaran',
  'realisasi',
  'serapan',
  'penyerapan',
  'kegiatan',
  'komitmen',
  'outstanding',
  'terlambat',
  'terendah',
  'tertinggi',
  'penanggung',
  'triwulan',
];
/** Shortest word of which a typing error is recognized, in letters. */
const MIN_MISSPELLED_LENGTH = 6;

const WORD_BY_FORM = new Map<string, string>();
for (const line of SYNONYMS.trim().split('\n')) {
  const [word = '', ...forms] = line.split(' ');
  for (const form of [word, ...forms]) WORD_BY_FORM.set(form, word);
}
for (const [form, month] of MONTH_NUMBERS) WORD_BY_FORM.set(form, MONTH_NAMES[month - 1]?.toLowerCase() ?? form);
const KNOWN_WORDS = new Set([...WORD_BY_FORM.values(), ...FUNCTION_WORDS.trim().split(/\s+/)]);

/** Returns the word that a written form (lower case) means; unknown words unchanged. */
export function findWord(form: string): string {
  const known = lookUp(form) ?? lookUp(form.replace(/(?:nya|ku|mu|kah|lah)$/, ''));
  if (known !== undefined) return known;
  const misspelled = form.length >= MIN_MISSPELLED_LENGTH && CORE_WORDS.find((word) => isOneErrorApart(form, word));
  return misspelled ? (WORD_BY_FORM.get(misspelled) ?? misspelled) : form;
}

function lookUp(form: string): string | undefined {
  return WORD_BY_FORM.get(form) ?? (KNOWN_WORDS.has(form) ? form : undefined);
}

/** Returns whether a word (not a written form) belongs to the vocabulary; numbers do. */
export function isKnownWord(word: string): boolean {
  // A single letter finds almost every row.
  return KNOWN_WORDS.has(word) || /^(?:\d+|\p{L})$/u.test(word);
}

/** Returns whether one insertion, deletion, replacement or exchange of neighbors makes the words equal. */
function isOneErrorApart(written: string, word: string): boolean {
  if (written[0] !== word[0] || Math.abs(written.length - word.length) > 1) return false;
  let start = 0;
  while (start < word.length && written[start] === word[start]) start++;
  const rest = (text: string, skipped: number) => text.slice(start + skipped);
  if (written.length > word.length) return rest(written, 1) === rest(word, 0);
  if (written.length < word.length) return rest(written, 0) === rest(word, 1);
  const isExchanged = written[start] === word[start + 1] && written[start + 1] === word[start];
  return rest(written, 1) === rest(word, 1) || (isExchanged && rest(written, 2) === rest(word, 2));
}
