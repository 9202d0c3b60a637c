/** Synonyms: the first word of a line is the canonical form of the others. */
const MEANINGS = `
anggaran dana uang duit budget biaya
pagu plafon
realisasi terealisasi terpakai dipakai terpake kepake dibelanjakan pengeluaran
serapan penyerapan terserap diserap keserap
sisa saldo tersisa
blokir lock kunci dikunci terkunci terblokir diblokir
komitmen komit
akun mak
rincian detail detil perincian baris pos
laporan report
kegiatan keg agenda jadwal acara
terlambat telat overdue molor terlewat lewat
kendala masalah permasalahan isu issue hambatan
pic pj penanggungjawab
terbayar dibayar
selesai rampung
draft draf
capaian hasil hasilnya
bagaimana gimana
cukup mencukupi
rendah kecil sedikit minim
tinggi besar banyak gede mahal
terendah terkecil tersedikit terjelek
tertinggi terbesar terbanyak termahal
naik kenaikan bertambah meningkat nambah peningkatan
turun penurunan berkurang menurun
tren trend perkembangan perubahan
banding bandingkan dibanding dibandingkan perbandingan vs versus
selisih beda perbedaan
proyeksi perkiraan prediksi prognosis estimasi
capai mencapai tercapai tembus nyampe mengejar kejar
jumlah total jumlahkan
persen prosen persentase porsi
minus negatif
besok besuk
kemarin kemaren
minggu pekan
triwulan tw kuartal
depan mendatang
ini ni
lanjut lanjutkan berikutnya selanjutnya lanjutan
nomor no nmr nomer
sumber asal asalnya
tiap setiap masing masing-masing per menurut berdasarkan
ubah ubahkan ganti gantikan perbarui
hapus hapuskan batalkan
tambah tambahkan pindahkan setujui
jam pukul
lokasi tempat ruang ruangan zoom
berkas file dokumen pdf undangan
kirim kirimkan
unduh download
pak bapak bpk
bu ibu
saudara sdr mas mbak
milik punya kepunyaan
kalau kalo klo bila jika
sudah udah
tidak nggak gak ga enggak ngga
bukan
saja aja
saya aku gue
untuk buat
januari jan
februari feb
maret mar
april apr
juni jun
juli jul
agustus agu agt ags
september sep sept
oktober okt
november nov nop
desember des
`;

/** Known words without synonyms and function words. They are never part of a search term. */
const PLAIN_WORDS = `
belanja barang modal pegawai gaji jasa outstanding rencana alokasi status versi sepanjang selama jalan berjalan dipegang ditangani program output kro ro komponen
subkomponen jenis kode dipa realisasikan target bersih setelah sesudah dikurangi periode penarikan rpd
hari lusa bulan tahun semester tanggal senin selasa rabu kamis jumat sabtu mei sekarang hingga awal akhir
berapa apa siapa kapan mana kenapa mengapa apakah dimana kemana ngapain arti artinya maksud maksudnya
atas bawah lebih kurang minimal maksimal antara melebihi paling
satu dua tiga empat lima enam tujuh delapan sembilan sepuluh pertama kedua ketiga keempat kelima kesatu
nol kosong nihil juta jt ribu rb m miliar milyar triliun rupiah rp
penanggung jawab terjadwal dijadwalkan bertanggal tanpa sama sekali undated statistik rekap ringkasan posisi data angka update
diperbarui diupdate terupdate diunggah ditangani dipimpin terbaru terakhir akrual sp2d statusnya berstatus
yang di ke dari pada dengan dan atau itu ada belum lagi juga sih deh dong kok ya iya nih kah lah tolong mohon coba
bisa mau ingin lihat lihatkan tampilkan cari carikan sebutkan cek info tentang soal mengenai terkait sampai saat semua
seluruh kami kita anda kamu halo hai pagi siang sore malam selamat kak min apa oleh agar biar supaya dalam jadi masih
lalu terus trus harus perlu hanya cuma kira buatan minta bantu adalah akan lain orang teman rekan unit bagian mereka dia
terima kasih makasih baik oke ok begitu gitu nanti tadi barusan jelaskan dulu tinggal udahan tampil daftar list seluruhnya
grafik grafiknya diagram diagramnya buatkan kelompok
semuanya keseluruhan keseluruhannya sebesar punyanya nya tanya bertanya batas bagus sejak mulai poin tunjukkan berikan beri
`;

/** Words that resemble a misspelled known word but are different words. */
const NOT_MISSPELLED = new Set([
  'ls',
  'kapal',
  'benar',
  'model',
  'moral',
  'karang',
  'cakup',
  'lapangan',
  'pasar',
  'rapat',
]);

/** Maps every known form to its canonical word. */
const FORMS = new Map<string, string>();
for (const line of MEANINGS.trim().split('\n')) {
  const [canonical = '', ...forms] = line.split(' ');
  for (const form of [canonical, ...forms]) FORMS.set(form, canonical);
}
for (const word of PLAIN_WORDS.trim().split(/\s+/)) if (!FORMS.has(word)) FORMS.set(word, word);

/** @returns the canonical form of a written word, or null when the word is not known */
export function findCanonical(written: string): string | null {
  const exact = FORMS.get(written);
  if (exact !== undefined) return exact;
  if (/\d/.test(written) || written.length < 2) return null;
  const stem = written.replace(/(?:nya|ku|mu|kah|lah)$/, '');
  const stemmed = FORMS.get(stem);
  if (stemmed !== undefined) return stemmed;
  if (NOT_MISSPELLED.has(written)) return null;
  const forms = [...FORMS].filter(([form]) => form[0] === written[0]);
  const found =
    forms.find(([form]) => isShortened(stem, form)) ?? forms.find(([form]) => isMisspelled(written, form)) ?? null;
  return found?.[1] ?? null;
}

/** @returns whether only vowels, doubled letters and one n, m or h are missing: «brp», «mgg», «srapan». */
function isShortened(written: string, form: string): boolean {
  if (written.length >= form.length || written.length < 2 || form.length > written.length * 2.5) return false;
  let at = 0;
  let consonants = 0;
  for (const [index, letter] of [...form].entries()) {
    if (letter === written[at]) at += 1;
    else if ('aeiou'.includes(letter) || letter === form[index - 1]) continue;
    else if ('nmh'.includes(letter)) consonants += 1;
    else return false;
  }
  return at === written.length && consonants <= 1;
}

/** @returns whether two words differ by one typing error, or two in a long word */
function isMisspelled(written: string, form: string): boolean {
  const allowed = form.length >= 10 ? 2 : 1;
  return written.length >= 6 && form.length >= 5 && editDistance(written, form) <= allowed;
}

/** Counts insertions, deletions, substitutions and transpositions between two words. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  const rows = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = 0; i <= a.length; i++) {
    for (let j = 0; j <= b.length; j++) {
      const row = rows[i]!;
      if (i === 0 || j === 0) {
        row[j] = i + j;
        continue;
      }
      const replaced = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? rows[i - 2]![j - 2]! + 1 : 9;
      row[j] = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, replaced, swapped);
    }
  }
  return rows[a.length]![b.length]!;
}
