import type { Tables } from '../sapa-schema.ts';

/** A user of the demo. */
export interface Person {
  /** Digits, international. */
  phone: string;
  name: string;
  unit: string;
  /** Special property of this number, in Indonesian; may be empty. */
  remark: string;
  /** The masked number, as in the service's log. */
  masked: string;
}

/** A number that no sample user has. */
export const UNLINKED_PHONE = '6281200000099';

/** Lists the users of the sample data in their order, then one unlinked number. */
export function listPeople({ users, processed_results }: Tables): Person[] {
  const owners = new Set(processed_results.map((report) => report.user_id));
  const linked = users.map((user): Person => {
    const stored = String(user.phone_number ?? '');
    const phone = stored.replace(/\D/g, '').replace(/^0/, '62');
    const remarks = [
      user.is_approved === true ? '' : 'belum disetujui admin',
      stored === phone ? '' : `tersimpan sebagai ${stored}`,
      user.role === 'admin' ? 'admin' : '',
      user.is_approved === true && !owners.has(user.id) ? 'tanpa data' : '',
    ];
    const remark = remarks.filter(Boolean).join(' · ');
    return { phone, name: String(user.name ?? ''), unit: String(user.unit ?? ''), remark, masked: maskPhone(phone) };
  });
  const stranger = { phone: UNLINKED_PHONE, name: 'Nomor asing', unit: '', remark: 'tidak terhubung dengan SAPA' };
  return [...linked, { ...stranger, masked: maskPhone(UNLINKED_PHONE) }];
}

/** Masks a number as the service's log does: `62812****6789`. */
function maskPhone(phone: string): string {
  return `${phone.slice(0, 5)}****${phone.slice(-4)}`;
}
