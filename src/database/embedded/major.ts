/** The major versions of PostgreSQL that the embedded server can be. */

export const MAJORS = [13, 14, 15, 16, 17, 18] as const;
export type Major = (typeof MAJORS)[number];

/** The one whose binaries are installed with the program, and that has the demo. */
export const OWN_MAJOR = 15;

export function isMajor(number: number): number is Major {
  return (MAJORS as readonly number[]).includes(number);
}
