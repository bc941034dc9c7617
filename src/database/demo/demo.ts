/** The demo shop's loader: options, result, and the check for Ctrl-C. */
import { PgoptError } from '../../base/errors.ts';
import type { ConnectionSettings, LoadEvent } from '../connectionSettings.ts';

/** @throws PgoptError 'cancelled' */
export function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new PgoptError('cancelled', 'loading the demo shop was cancelled');
}

export const TABLES = ['customers', 'categories', 'products', 'inventory', 'orders', 'order_items'] as const;
export type Table = (typeof TABLES)[number];
export type Rows = Readonly<Record<Table, number>>;

export interface DemoShopOptions {
  /** A superuser's connection to the database `postgres`. */
  readonly settings: ConnectionSettings;
  /** 1 is production's size. */
  readonly scale: number;
  /** A whole number from 0 to 1,000,000; another seed is another shop. Default 1. */
  readonly seed?: number;
  /** Connections that load in parallel. Default: one for each core. */
  readonly parallelism?: number;
  /** The package's schema/ folder. */
  readonly schemaFolder: string;
  readonly now?: () => Date;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: LoadEvent) => void;
  /** The server's data directory, whose disk is checked before loading. Not checked when undefined. */
  readonly dataDirectory?: string;
  readonly freeBytes?: (directory: string) => Promise<number>;
}

export interface DemoShop {
  /** The same server and user, the shop's database. */
  readonly settings: ConnectionSettings;
  /** The day of loading, `2025-06-11`, in the server's time zone. Orders end at that day's first midnight. */
  readonly loadedOn: string;
  readonly reused: boolean;
  readonly rows: Rows;
}
