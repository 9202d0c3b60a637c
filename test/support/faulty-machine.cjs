// Preloaded by a process (`node -r`): the machine has the faults that DOCTOR_FAULTS names, separated by commas.
const fs = require('node:fs/promises');
const { syncBuiltinESMExports } = require('node:module');

const HOUR_MS = 3_600_000;
const faults = (process.env.DOCTOR_FAULTS ?? '').split(',');

if (faults.includes('clock')) {
  const now = Date.now;
  Date.now = () => now() + 13 * HOUR_MS;
}
if (faults.includes('clock-minute')) {
  const now = Date.now;
  Date.now = () => now() - 90_000;
}
if (faults.includes('disk-full')) {
  fs.statfs = async () => ({ type: 0xef53, bsize: 4096, bavail: 10, files: 1_000, ffree: 500 });
}
if (faults.includes('network-disk')) {
  fs.statfs = async () => ({ type: 0x6969, bsize: 4096, bavail: 10_000_000, files: 1_000, ffree: 500 });
}
if (faults.includes('slow-disk')) {
  // The disk takes 200 ms for a sync; the clock of the process advances by this without waiting.
  let passedMs = 0;
  const monotonic = performance.now.bind(performance);
  performance.now = () => monotonic() + passedMs;
  const open = fs.open;
  fs.open = async (...args) => {
    const file = await open(...args);
    file.sync = async () => {
      passedMs += 200;
    };
    return file;
  };
}
syncBuiltinESMExports();
