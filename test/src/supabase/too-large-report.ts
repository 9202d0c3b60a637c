import { createReportParser } from '../../../src/supabase/reports/parser.ts';

// Parses reports of so many rows one after another with little memory, and writes how each ended.
const ROWS = [200_000, 3, 4];

// As the server of a service does: threads alone do not keep a process running.
const running = setInterval(() => undefined, 1_000);
const parser = createReportParser({ heapMb: 12 });
const ended: unknown[] = [];
for (const length of ROWS) {
  const processed_data = Array.from({ length }, (_, i) => ['WA.1', `Bahan ${i}`, i, 0, 0, 0, 0]);
  try {
    const report = await parser.parse({ text: JSON.stringify([{ user_id: 'u', processed_data }]), userId: 'u' });
    ended.push(report?.rows);
  } catch (error) {
    ended.push((error as NodeJS.ErrnoException).code);
  }
}
await parser.close();
clearInterval(running);
process.stdout.write(JSON.stringify(ended));
