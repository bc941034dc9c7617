/** `500MB`, `4096kB`, `65536`: sizes as PostgreSQL's settings have them. */

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1024,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
  TB: 1024 ** 4,
};

/** Bytes; undefined for what is no size. @param unit Of a bare number: `kB` for work_mem. */
export function bytesOfSetting(text: string | undefined, unit = 'kB'): number | undefined {
  const [, digits, name = ''] = /^\s*(\d+(?:\.\d+)?)\s*(B|kB|MB|GB|TB)?\s*$/.exec(text ?? '') ?? [];
  const factor = UNITS[name === '' ? unit : name];
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}
