/** Words that decide whether a number in an Indonesian sentence is a quantity or an identifier. */

const set = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/));

export const CURRENCY = set('rp idr usd $');
export const PERCENT = set('% ％ persen persennya percent prosen pct');

/** Nouns after which a small number is a figure. */
export const COUNTED = set('kegiatan akun laporan rincian hari');

/** May be between a number and the counted noun: «3 buah kegiatan», «12 kode akun». */
export const CLASSIFIERS = set(
  'buah macam jenis total rencana kode item baris judul usulan data paket kelompok lembar',
);

/** Countable nouns: a number before one of them is a quantity, whatever word precedes it. */
export const COUNTABLE =
  set(`kegiatan akun laporan rincian hari orang org pj pic peserta narasumber pegawai umkm koperasi unit dokumen paket item
  baris kali jam menit bulan minggu provinsi kabupaten kota desa satker berkas rapat lembar undangan pelaku usaha pos oh ok`);

/** After one of these words a number that looks like a year is a quantity: «diikuti 2000 peserta». */
export const COUNTING =
  set(`ada terdapat sebanyak sejumlah total jumlah memiliki punya tercatat mencatat dari sekitar melibatkan diikuti
  mengundang hampir dengan oleh minimal maksimal`);

export const WEEKDAYS = set('senin selasa rabu kamis jumat sabtu ahad minggu sen sel rab kam jum sab');
export const ZONES = set('wib wita wit');
export const DAY_PARTS = set('pagi siang sore malam dini');

const naming = (words: string, max = Number.POSITIVE_INFINITY) => [...set(words)].map((word) => [word, max] as const);

/** Words that make the next number an identifier, also across a colon, with the maximum plausible number. */
export const NAMING: ReadonlyMap<string, number> = new Map([
  ...naming('ruang ruangan kamar rt rw blok kav kavling km gedung aula'),
  ...naming('lantai lt', 200),
  ...naming('minggu pekan', 53),
  ...naming('bulan', 12),
  ...naming('tanggal tgl', 31),
  ...naming('pukul pkl pk jam', 24.59),
  ...naming('triwulan trw tw kuartal semester smt', 4),
  ...naming('tahun thn ta', 2100),
  ...naming('nomor nomer no pasal ayat bab bagian lampiran halaman hal hlm slide tabel gambar langkah opsi'),
  ...naming(
    'uu pp perpu perppu perpres keppres inpres pmk kmk permen permenkop kepmen perdirjen perda pergub se sk nd spm spp spk dipa kppn ba',
  ),
  ...naming('kode pos mak kro ro id passcode sandi otp pin rekening rek norek npwp nip nik nrp satker'),
  ...naming('telp telepon tel hp wa whatsapp fax faks ext ekstensi hotline center centre'),
  ...naming('versi edisi volume vol jilid seri tipe kelas golongan gol level eselon'),
  ...naming('tahap termin fase gelombang angkatan batch sesi kloter peringkat ranking urutan'),
  ...naming('windows excel office android iso top'),
]);

/** Abbreviations in NAMING with a full stop: «No. 17», «Lt. 12». */
export const ABBREVIATED = set('no lt tgl hal hlm kav km pkl pk ext telp tel rek vol gol thn smt trw tw');

/** Followed by groups of digits that belong together: «Meeting ID: 812 3456 7890». */
export const IN_GROUPS = set(
  'id rekening rek norek npwp nip nik nrp telp telepon tel hp wa whatsapp fax faks hotline passcode',
);

/** Words that make the next number an identifier unless they are counted: «akun 52», «laporan 12», not «total akun 14». */
export const NUMBERED =
  set(`akun kegiatan laporan rincian program komponen subkomponen output belanja item butir poin point contoh unit tim kelompok grup
  paket baris kolom hari wilayah regional zona day`);

export const TOTALLING = set('jumlah total banyak banyaknya seluruh semua sebanyak');

/** «per bulan 12 laporan»: no identifier. */
export const DISTRIBUTIVE = set('per tiap setiap dalam');

/** May be between ruang and its number. */
export const ROOM_PARTS = set('rapat sidang kerja kelas pertemuan auditorium serbaguna utama vip data');

/** Between the ends of a range or the members of a list. */
export const CONNECTORS = set('- – — / & , . dan s d sd sampai dengan hingga atau serta');

/** A number after ke is a quantity if one of these words precedes it: «naik ke 45». */
export const MOVING = set('naik turun berubah meningkat menurun bergeser melonjak bertambah berkurang');

/** Words before a number that may be negative in the data. */
export const NEGATIVE =
  set(`minus negatif defisit kurang kekurangan kekurangannya minusnya dipangkas dipotong berkurang pengurangan turun menurun penurunan diturunkan merosot menyusut penyusutan susut
  melebihi melampaui terlampaui dilampaui lebih kelebihan kelebihannya selisih rendah bawah overspending lewat
  pengembalian dikembalikan setoran penyetoran disetor disetorkan koreksi dikoreksi`);

/** «lebih dari 2,6 miliar», «hampir 3 miliar»: truncated instead of rounded. */
export const ABOVE = /^(?:lebih dari|di atas)$/;
export const BELOW = /^(?:kurang dari|di bawah|.* ?(?:hampir|nyaris|mendekati))$/;

/** Multipliers by the word after a numeral. units.ts decides when single letters count. */
export const SCALES: ReadonlyMap<string, number> = new Map([
  ...[...set('ribu rb k thousand')].map((word) => [word, 1e3] as const),
  ...[...set('juta jt jta mio mn million')].map((word) => [word, 1e6] as const),
  ...[...set('miliar milyar milliar milyard mlr mld m b bn billion')].map((word) => [word, 1e9] as const),
  ...[...set('triliun trilyun trilliun tln t tn trillion')].map((word) => [word, 1e12] as const),
]);

/** Words for a rise and a fall. */
export const UP = set('naik bertambah meningkat kenaikan tambahan penambahan tumbuh melonjak peningkatan');
export const DOWN = set('dipangkas turun berkurang menurun penurunan menyusut merosot penurunannya');
