/** A lens is a database and the role that looks through it, of one name; beside it the base that it was copied from, and its maker. */

const PREFIX = 'lens_';
const BASE = '_base';

/** @param token Unique, of [0-9a-z]. */
export const lensName = (token: string): string => `${PREFIX}${token}`;
export const baseName = (lens: string): string => `${lens}${BASE}`;

/** The lens that a database or role belongs to; undefined of any other. */
export function lensOf(name: string): string | undefined {
  return /^(lens_[0-9a-z]+)(_base)?$/.exec(name)?.[1];
}
