import { createReportParser } from '../../../src/supabase/reports/parser.ts';

// Parses reports with these numbers of rows with little memory and prints the result of each.
const ROWS = [200_000, 3, 4];

// Keeps the process running, as a server does; threads alone do not.
const running = setInterval(() => undefined, 1_000);
const parser = createReportParser({ heapMb: 12 });
const results: unknown[] = [];
for (const length of ROWS) {
  const processed_data = Array.from({ length }, (_, i) => ['WA.1', `Bahan ${i}`, i, 0, 0, 0, 0]);
  try {
    const report = await parser.parse({ text: JSON.stringify([{ user_id: 'u', processed_data }]), userId: 'u' });
    results.push(report?.rows);
  } catch (error) {
    results.push((error as NodeJS.ErrnoException).code);
  }
}
await parser.close();
clearInterval(running);
process.stdout.write(JSON.stringify(results));
