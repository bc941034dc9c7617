/** Where the figures come from: without it a ratio cannot be read. */
import { cpus, loadavg, totalmem } from 'node:os';
import { formatBytes } from '../src/base/format.ts';

/** `2 cores (…), 24 GB, load 0.3, Node 20.19.0, PostgreSQL 15.18`. */
export function machineText(serverVersion: string): string {
  const cores = cpus();
  const model = cores[0]?.model.trim() ?? 'unknown';
  return [
    `${cores.length} core${cores.length === 1 ? '' : 's'} (${model})`,
    formatBytes(totalmem()),
    `load ${(loadavg()[0] ?? 0).toFixed(1)} at the start`,
    `Node ${process.versions.node}`,
    `PostgreSQL ${serverVersion}`,
  ].join(', ');
}
