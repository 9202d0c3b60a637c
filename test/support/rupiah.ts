/** Writes an amount as the service does: «Rp1.234.568». */
export const rupiah = (amount: number): string => `Rp${new Intl.NumberFormat('id-ID').format(Math.round(amount))}`;
