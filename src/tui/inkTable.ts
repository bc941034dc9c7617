/**
 * ink-table is CommonJS and requires `ink`, which is an ES module with a top-level await: require fails. It gets the
 * Ink (and React) that are already imported, from the require cache, under the paths it resolves them to.
 */
import { createRequire, Module } from 'node:module';
import * as ink from 'ink';
import type { ComponentType, ReactNode } from 'react';
import * as react from 'react';

interface TableCellProps {
  /** Column number, from 0. */
  readonly column: number;
  readonly children?: ReactNode;
}

/** Our own: ink-table's types use a global JSX namespace that is gone. */
interface TableProps<Row extends Readonly<Record<string, string>>> {
  readonly data: readonly Row[];
  readonly columns?: readonly (keyof Row & string)[];
  /** Blanks on both sides of a cell. */
  readonly padding?: number;
  readonly header?: ComponentType<{ readonly children?: ReactNode }>;
  readonly cell?: ComponentType<TableCellProps>;
  readonly skeleton?: ComponentType<{ readonly children?: ReactNode }>;
}

function seeded(require: NodeJS.Require, name: string, exports: unknown): void {
  const path = require.resolve(name);
  if (require.cache[path] !== undefined) return;
  const module = new Module(path);
  module.filename = path;
  module.loaded = true;
  module.exports = exports;
  require.cache[path] = module;
}

function load(): ComponentType<TableProps<Record<string, string>>> {
  const here = createRequire(import.meta.url);
  // Paths as ink-table sees them: it may have copies of its own.
  const require = createRequire(here.resolve('ink-table'));
  seeded(require, 'ink', ink);
  seeded(require, 'react', react);
  const exported = require(here.resolve('ink-table')) as {
    default: ComponentType<TableProps<Record<string, string>>>;
  };
  return exported.default;
}

export const Table = load();
