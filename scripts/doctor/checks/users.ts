import { maskPhone, normalizePhone } from '../../../src/phone.ts';
import { readPages } from '../../../src/supabase/paging.ts';
import { defineCheck, type Finding } from '../check.ts';
import { createReader, SUPABASE_VARIABLES } from '../supabase-reader.ts';

/** Accounts that one row names; the text contains the number of the others. */
const MAX_SHOWN = 5;
/** Memory for the numbers, bytes: 20,000 accounts need less. */
const MAX_BYTES = 8 * 1024 * 1024;

interface Account {
  id: string;
  approved: boolean;
  /** The number as SAPA has it; null if empty. */
  written: string | null;
  /** In international form; null if it is not a phone number. */
  number: string | null;
}

/** How many users the service can recognize, and whose number it cannot use. */
export const users = defineCheck({
  id: 'users',
  group: 'Supabase',
  title: 'Nomor pengguna',
  needs: SUPABASE_VARIABLES,
  async run(context) {
    const accounts: Account[] = [];
    await readPages(createReader(context), {
      operation: 'users',
      build: (client) => client.from('users').select('id,is_approved,phone_number', { count: 'exact' }),
      addRow: (row) => {
        const account = toAccount(row);
        accounts.push(account);
        return 200 + (account.written?.length ?? 0) * 2;
      },
      maxBytes: MAX_BYTES,
      signal: context.signal,
    });
    return [describeNumbers(accounts), ...describeInvalid(accounts), ...describeShared(accounts)];
  },
});

function toAccount(row: unknown): Account {
  const { id, is_approved: approved, phone_number: phone } = Object(row) as Record<string, unknown>;
  const written = phone === null || phone === undefined || String(phone).trim() === '' ? null : String(phone);
  return { id: String(id), approved: approved === true, written, number: normalizePhone(written) };
}

function describeNumbers(accounts: readonly Account[]): Finding {
  if (accounts.length === 0) {
    return {
      status: 'error',
      text: 'Tidak satu akun pun terlihat dengan kunci ini.',
      fix: 'Periksa SUPABASE_URL. Kunci hanya-baca memerlukan kebijakan dari deploy/supabase/readonly-role.sql.',
    };
  }
  const approved = accounts.filter((account) => account.approved);
  const usable = approved.filter(({ number }) => number !== null).length;
  const empty = accounts.filter(({ written }) => written === null).length;
  const text =
    `${usable} dari ${accounts.length} akun dapat memakai WhatsApp; ` +
    `${accounts.length - approved.length} belum disetujui, ${empty} tanpa nomor.`;
  if (usable > 0) return { status: 'ok', text };
  return { status: 'error', text, fix: 'Tautkan nomor dan setujui akunnya di portal SAPA (docs/sop-support.md).' };
}

function describeInvalid(accounts: readonly Account[]): Finding[] {
  const invalid = accounts.filter(({ written, number }) => written !== null && number === null);
  if (invalid.length === 0) return [];
  const shown = invalid.map(({ id, written }) => `${id} (${maskText(written ?? '')})`);
  return [
    {
      status: 'warning',
      title: 'Nomor tidak sah',
      text: `${invalid.length} akun: ${listSome(shown)}. Nomornya disamarkan.`,
      fix: 'Perbaiki phone_number akun itu di SAPA, misalnya menjadi 62812….',
    },
  ];
}

/** Two approved accounts with one number: neither gets answers, because either could see the other's data. */
function describeShared(accounts: readonly Account[]): Finding[] {
  const approved = accounts.filter((account) => account.approved && account.number !== null);
  const groups = Map.groupBy(approved, ({ number }) => number ?? '');
  const shared = [...groups].filter(([, members]) => members.length > 1);
  if (shared.length === 0) return [];
  const shown = shared.map(([number, members]) => `${maskPhone(number)} pada ${members.length} akun`);
  return [
    {
      status: 'warning',
      title: 'Nomor ganda',
      text: `${shared.length} nomor tidak dijawab, karena dipakai beberapa akun yang disetujui: ${listSome(shown)}.`,
      fix: 'Kosongkan nomor pada akun yang keliru (docs/runbook/ambiguous-user.md).',
    },
  ];
}

function listSome(items: readonly string[]): string {
  const others = items.length - MAX_SHOWN;
  return `${items.slice(0, MAX_SHOWN).join('; ')}${others > 0 ? `; dan ${others} lainnya` : ''}`;
}

/** Masks a text that should be a number but may be anything: shows its length, its separators and its first four digits. */
function maskText(written: string): string {
  const text = [...written.slice(0, 20)].map((character, index) =>
    /[+\s().-]/.test(character) || (index < 4 && /\d/.test(character)) ? character : '*',
  );
  return `${text.join('').trim()}${written.length > 20 ? '…' : ''}`;
}
