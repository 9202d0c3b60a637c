// PM2: pm2 start ecosystem.config.cjs   (setelah: npm ci && npm run build; .env terisi)
const { existsSync, mkdirSync } = require('node:fs');
const { join } = require('node:path');

/** Versi Node terendah untuk layanan; sama dengan node-version.cjs. */
const NEEDED = 26;

// PM2 sendiri membuat folder log yang dapat dibaca siapa saja. Folder yang sudah ada tidak diubah haknya.
mkdirSync(join(__dirname, 'logs'), { recursive: true, mode: 0o700 });

module.exports = {
  apps: [
    {
      name: 'excel-processor-whatsapp-webhook',
      cwd: __dirname,
      script: builtService(),
      interpreter: ownNode(),
      // Diukur (docs/reliability.md): diam 128 MB; 32 pengguna dengan 3.000 kegiatan sekaligus 215 MB, juga dengan laporan
      // 3.000 baris 233 MB, juga dengan 4 foto 9,9 MB 284 MB. Tanpa batas heap, V8 membersihkan memori lebih jarang: 379 MB.
      node_args: ['--max-old-space-size=320', '--max-semi-space-size=8', '-r', join(__dirname, 'node-version.cjs')],
      exec_mode: 'fork',
      // DATA_DIR hanya boleh dipakai satu proses. Dengan DATABASE_URL, layanan lain dijalankan di mesin lain atau di port lain.
      instances: 1,
      watch: false,
      max_memory_restart: '512M',

      // Layanan berhenti sendiri paling lama dalam 24 detik (src/app-options.ts). Di atas 30 detik `pm2 reload` kedua tidak lagi menunggu.
      kill_timeout: 28_000,
      kill_retry_time: 250,
      // Layanan tidak punya proses anak; dengan treekill, PM2 memerlukan program `ps` untuk menghentikannya.
      treekill: false,
      // Yang tidak bisa mulai (.env keliru, DATA_DIR terkunci) dicoba lagi setelah 1; 1,5; 2,25 … paling lama 15 detik, tanpa menyerah.
      autorestart: true,
      exp_backoff_restart_delay: 1000,

      // Kunci dan token tidak ada di sini: layanan membaca .env (atau ENV_FILE) sendiri, dan `pm2 save` menulis env ini
      // apa adanya ke ~/.pm2/dump.pm2. Karena itu pula env shell tidak ikut ('' ada dalam setiap nama), selain yang disebut.
      filter_env: [''],
      // Port bawaan (3003) tidak ditulis di sini: nilai di sini akan mengalahkan isi .env.
      env: {
        NODE_ENV: 'production',
        // DATABASE_URL sebaiknya di .env juga; dari shell hanya untuk mencoba, karena kata sandinya ikut ke dump.pm2.
        ...fromShell('ENV_FILE', 'WHATSAPP_SERVER_PORT', 'DATABASE_URL', 'NODE_EXTRA_CA_CERTS', 'TZ'),
      },
      // Pemantauan PM2 tidak dimuat ke dalam layanan.
      pmx: false,

      // Tanpa `time`: cap waktu PM2 di depan baris merusak JSON. merge_logs: tanpanya nama berkas mendapat nomor (-0).
      // webhook.log berisi gabungan keduanya dan menggandakan isi disk; deploy/logrotate membatasi ketiganya.
      error_file: './logs/webhook-err.log',
      out_file: './logs/webhook-out.log',
      log_file: './logs/webhook.log',
      merge_logs: true,
    },
  ],
};

/** Node milik proyek, yang dibawa `npm ci`; tanpanya Node yang menjalankan PM2, bila cukup baru. */
function ownNode() {
  const own = join(__dirname, 'node_modules', '.bin', 'node');
  if (existsSync(own)) return own;
  if (Number.parseInt(process.versions.node, 10) >= NEEDED) return process.execPath;
  return refuse(`Node.js ${NEEDED} tidak ditemukan di node_modules; jalankan \`npm ci\` di ${__dirname}.`);
}

function builtService() {
  const script = join(__dirname, 'dist', 'src', 'server.js');
  if (existsSync(script)) return script;
  return refuse(`${script} belum ada; jalankan \`npm ci\`, lalu \`npm run build\`.`);
}

function fromShell(...names) {
  return Object.fromEntries(names.filter((name) => process.env[name]).map((name) => [name, process.env[name]]));
}

/** Satu kalimat, lalu selesai: kesalahan yang dilempar ditampilkan PM2 sebagai jejak tumpukan. */
function refuse(sentence) {
  process.stderr.write(`${sentence}\n`);
  return process.exit(1);
}
