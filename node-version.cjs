// Loaded before anything else (`node -r`): an older Node prints one plain sentence instead of a syntax error, and on the
// right one a second start finds the code compiled, which saves a third of its CPU time: 1.1 instead of 1.7 s
// (docs/adr/0013). Without a writable folder nothing is stored. Not under coverage, which it makes less exact; and not in
// the shared /tmp, where somebody else could leave code for us.
const { enableCompileCache } = require('node:module');
const { join } = require('node:path');

const needed = 26;
if (Number(process.versions.node.split('.')[0]) < needed) {
  process.stderr.write(
    `Layanan ini memerlukan Node.js ${needed} atau lebih baru; yang berjalan ${process.version}. ` +
      `Jalankan lewat npm (npm ci lalu npm start): paket opsional membawa Node ${needed} sendiri untuk linux x64/arm64 dan macOS arm64. ` +
      `(This service needs Node.js ${needed} or newer.)\n`,
  );
  process.exit(1);
}

if (!process.env.NODE_V8_COVERAGE && !process.env.NODE_COMPILE_CACHE) {
  enableCompileCache(join(__dirname, 'node_modules', '.cache', 'node-compile'));
}
