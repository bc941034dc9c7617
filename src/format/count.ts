/** Numbers of rows and of anything else that is counted. */

const UNITS = ['', ' k', ' M', ' G', ' T'] as const;

/** At most five columns wide: `0`, `0.25`, `950`, `12.3 k`, `1.50 M`, `50 M`. What is not a count is `–`. */
export function formatCount(count: number): string {
  if (!Number.isFinite(count) || count < 0) return '–';
  if (count < 9.995 && !Number.isInteger(count)) return trimmed(count.toFixed(2));
  let amount = count;
  let unit = 0;
  while (amount >= 999.5 && unit < UNITS.length - 1) {
    amount /= 1000;
    unit++;
  }
  if (unit === 0) return String(Math.round(amount));
  return `${threeDigits(amount)}${UNITS[unit]}`;
}

/** Every digit: `1,500,000`. Fractions (rows per loop from PostgreSQL 18) keep two places: `0.25`. */
export function formatThousands(count: number): string {
  if (!Number.isFinite(count)) return '–';
  const [whole = '', fraction] = trimmed(count.toFixed(2)).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** `1.50`, `12.3`, `50`, `950`: a whole number from ten on needs no `.0`. */
function threeDigits(amount: number): string {
  if (amount < 9.995) return amount.toFixed(2);
  if (amount < 99.95) return amount.toFixed(1).replace(/\.0$/, '');
  return String(Math.round(amount));
}

function trimmed(fixed: string): string {
  return fixed.replace(/\.?0+$/, '') || '0';
}
