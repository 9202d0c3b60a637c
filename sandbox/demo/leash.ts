import { rmSync } from 'node:fs';

// Loaded into the service by the demo (`--import`): ends it when the demo is gone, however that ended. Its stdin is a
// pipe that only the demo holds, so the end of it is the demo's end. The last one out takes the temporary folder along.
const { DEMO_PID, DEMO_FOLDER: folder } = process.env;
let isAlone = false;

const leave = () => {
  // Said before the system names another parent: a process that is killed loses its pipes first.
  isAlone = true;
  process.exit(1);
};
process.stdin.on('end', leave);
process.stdin.on('error', leave);
process.stdin.resume();
process.stdin.unref();
process.on('exit', () => {
  if (folder && (isAlone || process.ppid !== Number(DEMO_PID))) rmSync(folder, { recursive: true, force: true });
});
