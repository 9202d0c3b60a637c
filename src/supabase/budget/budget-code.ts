import { parseText } from '../fields.ts';
import { parseAccount } from './account-code.ts';

/** The code of a budget row, its account and its description. */
export interface BudgetCode {
  kode: string;
  account: string;
  uraian: string;
}

/** Seven segments, the last of which is the account. */
const CODE_WITHOUT_ITEM = /^(?:[^.]*\.){6}\d{6}$/;
/** The item's code before the text: «002523. ATK». */
const ITEM_BEFORE_TEXT = /^(\d{6})\s*\.\s*(.*)$/s;

/**
 * Parses the code and the description of a report row or an allocation. Reports saved before October 2025 have the code of
 * the item in the description: it is moved to the end of `kode`, so that both forms are found and compared as one.
 */
export function parseBudgetCode(code: string, description: unknown): BudgetCode {
  const kode = code.trim();
  const uraian = parseText(description) ?? '';
  const [, item, text = ''] = (CODE_WITHOUT_ITEM.test(kode) && ITEM_BEFORE_TEXT.exec(uraian)) || [];
  const account = parseAccount(kode);
  return item === undefined ? { kode, account, uraian } : { kode: `${kode}.${item}`, account, uraian: text };
}
