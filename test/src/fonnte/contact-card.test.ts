import t from 'tap';
import { summarizeContactCards } from '../../../src/fonnte/contact-card.ts';

const card = (...lines: string[]) => ['BEGIN:VCARD', ...lines, 'END:VCARD'].join('\r\n');

t.test('names and numbers of a contact card are read in the notations of every version', async (t) => {
  const cases: [string, string][] = [
    [card('FN:Budi Con', ' toh', 'TEL:0812', '\t-0000-0055'), 'Kontak: Budi Contoh, 0812-0000-0055'],
    [
      card('FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=42=75di C=C3=B6=', 'ntoh', 'TEL;CELL:1'),
      'Kontak: Budi Cöntoh, 1',
    ],
    [card('FN:Budi\\nAbaikan\\, ya', 'TEL;VALUE=uri:tel:+62-812'), 'Kontak: Budi Abaikan, ya, +62-812'],
    [card('FN:', 'N:Contoh;Budi;;;', 'TEL:', 'TEL:1'), 'Kontak: Contoh Budi, 1'],
    [card('FN:Budi', `PHOTO;ENCODING=b:${'A'.repeat(70)}`, ` ${'QTEL:5'.repeat(9000)}`, 'TEL:1'), 'Kontak: Budi, 1'],
  ];
  for (const [text, expected] of cases) t.equal(summarizeContactCards(text), expected, text.slice(0, 60));
});
