import { identifier } from '../base/sql.ts';
/** Names of relations as statements write them, and as the catalog has them. Pure. */

export interface NameInSchema {
  readonly schema: string;
  readonly name: string;
}

/** As a statement writes it. */
export interface WrittenName {
  readonly schema: string | undefined;
  readonly name: string;
}

export const writtenKey = ({ schema, name }: WrittenName): string => JSON.stringify([schema ?? null, name]);

/** For to_regclass, or a statement. */
export const asWritten = ({ schema, name }: WrittenName): string =>
  schema === undefined ? identifier(name) : `${identifier(schema)}.${identifier(name)}`;
