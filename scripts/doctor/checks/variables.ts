import { VITE_NAMES } from '../../../src/config/load.ts';
import { configSchema } from '../../../src/config/schema.ts';
import { defineCheck, type Finding } from '../check.ts';

const KNOWN = Object.keys(configSchema.properties);
/** Secrets that no name with `VITE_` may hold: Vite copies those variables into the page that every visitor loads. */
const SERVER_SECRETS = ['SUPABASE_SERVICE_ROLE_KEY', 'FONNTE_TOKEN', 'WEBHOOK_SECRET_KEY', 'ADMIN_API_KEY'];
/** Names of the old process `sapa-wa` and of packages that it used. */
const FORMER_NAME = /^(?:SAPA_?WA|WA)_/;

/** Missing and invalid variables. */
export const variables = defineCheck({
  id: 'variables',
  group: 'Konfigurasi',
  title: 'Variabel',
  needs: [],
  run: ({ problems, given }) => {
    if (problems.size === 0) return [{ status: 'ok', text: `Semua variabel sah (${given.ENV_FILE ?? '.env'}).` }];
    return [...problems].map(([name, problem]) => ({
      status: 'error',
      title: name,
      text: `${problem.charAt(0).toUpperCase()}${problem.slice(1)}.`,
      fix: 'Arti setiap variabel tertulis dalam .env.example.',
    }));
  },
});

/** Variables of the old `sapa-wa` and of the SAPA application that are ignored, hidden by another one, or public. */
export const leftovers = defineCheck({
  id: 'leftovers',
  group: 'Konfigurasi',
  title: 'Sisa sapa-wa',
  needs: [],
  run: ({ given }) => {
    const findings = [...findPublicSecrets(given), ...findExamples(given), ...findHidden(given), ...findUnread(given)];
    return findings.length > 0 ? findings : [{ status: 'ok', text: 'Tidak ada sisa konfigurasi lama.' }];
  },
});

type Given = Readonly<Record<string, string>>;

function findPublicSecrets(given: Given): Finding[] {
  const published = SERVER_SECRETS.map((name) => `VITE_${name}`).filter((name) => name in given);
  const findings: Finding[] = published.map((name) => ({
    status: 'error',
    title: name,
    text: 'Nilai berawalan VITE_ ikut termuat dalam halaman SAPA, sehingga terlihat oleh setiap pengunjung. Layanan ini tidak membacanya.',
    fix: `Ganti kunci itu, tulis yang baru sebagai ${name.slice('VITE_'.length)}, lalu hapus ${name}.`,
  }));
  const { GEMINI_API_KEY, VITE_GEMINI_API_KEY } = given;
  if (VITE_GEMINI_API_KEY !== undefined && GEMINI_API_KEY === VITE_GEMINI_API_KEY) {
    findings.push({
      status: 'warning',
      title: 'VITE_GEMINI_API_KEY',
      text: 'Layanan memakai kunci yang juga termuat dalam halaman SAPA dan dapat disalin pengunjungnya.',
      fix: 'Buat kunci tersendiri di Google AI Studio dan tulis sebagai GEMINI_API_KEY.',
    });
  }
  return findings;
}

/** The plan's example values, which do not have the form that the service rejects (`your_…_here`). */
function findExamples(given: Given): Finding[] {
  return KNOWN.filter((name) => /^your_/i.test(given[name] ?? '') && !/^your_.*_here$/i.test(given[name] ?? '')).map(
    (name) => ({
      status: 'error',
      title: name,
      text: 'Masih berisi contoh dari rencana.',
      fix: 'Isi dengan nilai sebenarnya.',
    }),
  );
}

function findHidden(given: Given): Finding[] {
  return VITE_NAMES.filter((name) => {
    const other = given[`VITE_${name}`];
    return other !== undefined && given[name] !== other;
  }).map((name) => ({
    status: 'warning',
    title: name,
    text: `Berbeda dari VITE_${name}; yang berlaku ${name}.`,
    fix: `Bila nilai aplikasi yang benar, hapus ${name}.`,
  }));
}

function findUnread(given: Given): Finding[] {
  const unknown = Object.keys(given).filter((name) => !KNOWN.includes(name));
  return unknown.flatMap((name): Finding[] => {
    const bare = name.replace(/^VITE_/, '');
    if (name !== bare && KNOWN.includes(bare) && !VITE_NAMES.includes(bare) && !SERVER_SECRETS.includes(bare))
      return [{ status: 'warning', title: name, text: 'Tidak dibaca.', fix: `Tulis sebagai ${bare}.` }];
    if (FORMER_NAME.test(name))
      return [{ status: 'warning', title: name, text: 'Tidak dibaca.', fix: 'Hapus: sisa proses lama.' }];
    const meant = KNOWN.find((known) => known.length > 5 && isOneEditApart(name, known) && !(known in given));
    return meant === undefined
      ? []
      : [{ status: 'warning', title: name, text: 'Tidak dibaca.', fix: `Mungkin maksudnya ${meant}.` }];
  });
}

/** Whether two names differ in one character that was added, left out or replaced. */
function isOneEditApart(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  if (long.length - short.length > 1) return false;
  let start = 0;
  while (start < short.length && short[start] === long[start]) start += 1;
  const skip = short.length === long.length ? 1 : 0;
  return short.slice(start + skip) === long.slice(start + 1);
}
