/** What has a name in a schema, and how it is written for a person or as a key: `shop.orders`, without quotes. */

export interface Named {
  readonly schema: string;
  readonly name: string;
}

export const plainName = ({ schema, name }: Named): string => `${schema}.${name}`;

/** Of a map: no two names have the same one, whatever is in them. */
export const keyOf = ({ schema, name }: Named): string => JSON.stringify([schema, name]);
