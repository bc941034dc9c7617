/** A lens is a database and a role of one name, with a base beside it that it was copied from. */

const PREFIX = 'lens_';
const BASE = '_base';

/** @param token Unique, of [0-9a-z]. */
export const lensName = (token: string): string => `${PREFIX}${token}`;
export const baseName = (lens: string): string => `${lens}${BASE}`;

/** The lens that a database or role belongs to; undefined of any other. */
export function lensOf(name: string): string | undefined {
  return /^(lens_[0-9a-z]+)(_base)?$/.exec(name)?.[1];
}
