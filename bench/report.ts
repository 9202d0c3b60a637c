/** Rows of the largest report that SAPA holds. */
export const REPORT_ROWS = 10_000;

const ITEMS = ['Konsumsi rapat', 'Penggandaan dan penjilidan', 'Bahan komputer dan ATK', 'Tiket perjalanan dinas'];
const ACCOUNTS = ['511111', '521111', '521211', '521811', '522151', '524111', '524119', '532111', '533111'];

/** A report as PostgREST gives its `processed_data` and `account_name_map`: one JSON object, ASCII; invented. */
export function bigReport(rows = REPORT_ROWS): string {
  const names: Record<string, string> = { '52': 'Belanja Barang', '53': 'Belanja Modal' };
  for (const account of ACCOUNTS) names[account] = `Belanja akun ${account}`;
  const processed_data = Array.from({ length: rows }, (_, row) => {
    const account = ACCOUNTS[row % ACCOUNTS.length];
    const item = String(row).padStart(6, '0');
    const uraian = `${ITEMS[row % ITEMS.length]} kegiatan ${row}`;
    names[item] = uraian;
    const pagu = 1_000_000 + ((row * 7919) % 90_000) * 1000;
    const spent = Math.round(pagu * ((row % 101) / 100));
    const output = `EBA.${900 + (row % 90)}.${100 + (row % 70)}.0${'ABCD'[row % 4]}`;
    return [`WA.6336.${output}.${account}.${item}`, uraian, pagu, 0, spent >> 1, spent - (spent >> 1), spent];
  });
  return JSON.stringify({ processed_data, account_name_map: names });
}
