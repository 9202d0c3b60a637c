// Loaded before anything else (`node -r`), so that an older Node says one plain sentence instead of a syntax error.
const needed = 26;
if (Number(process.versions.node.split('.')[0]) < needed) {
  process.stderr.write(
    `Layanan ini memerlukan Node.js ${needed} atau lebih baru; yang berjalan ${process.version}. ` +
      `Jalankan lewat npm (npm ci lalu npm start): paket opsional membawa Node ${needed} sendiri untuk linux x64/arm64 dan macOS arm64. ` +
      `(This service needs Node.js ${needed} or newer.)\n`,
  );
  process.exit(1);
}
