/** Bytes in PostgreSQL's units: kB, MB, GB, TB of 1024. */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `0 B`, `512 B`, `8 kB`, `1.5 MB`, `46 MB`, `1.94 GB`, `19.4 GB`. What is not a size is `–`. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes) || bytes < 0) return '–';
  let amount = bytes;
  let unit = 0;
  // 1023.6 kB would read 1024 kB: that is 1.00 MB.
  while (amount >= 1023.5 && unit < UNITS.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${digits(amount, unit)} ${UNITS[unit]}`;
}

/** Below a gigabyte a tenth is precise enough; above, a budget is judged by hundredths. */
function digits(amount: number, unit: number): string {
  if (unit === 0) return String(Math.round(amount));
  if (unit === 1)
    return amount < 9.95 && !isWhole(amount, 1) ? amount.toFixed(1) : String(Math.round(amount));
  if (unit === 2) return amount < 9.95 ? amount.toFixed(1) : String(Math.round(amount));
  if (amount < 9.995) return amount.toFixed(2);
  return amount < 99.95 ? amount.toFixed(1) : String(Math.round(amount));
}

function isWhole(amount: number, places: number): boolean {
  return Number(amount.toFixed(places)) === Math.round(amount);
}

/** PostgreSQL's blocks are 8 kB wherever it was not compiled otherwise. */
export const BLOCK_BYTES = 8192;

/** Blocks of 8 kB as bytes: `1.2 MB`. */
export function formatBlocks(blocks: number): string {
  return formatBytes(blocks * BLOCK_BYTES);
}
