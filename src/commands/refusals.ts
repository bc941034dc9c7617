/** What the server's catalog says against texts of the workload, as errors of its files are printed. */
import { formatError } from '../errors.ts';
import type { Io } from '../run.ts';
import { type ExplorerSession, openedBy } from '../session/events.ts';
import { tell } from './write.ts';

export function tellRefusals(session: ExplorerSession, io: Io): void {
  for (const refusal of openedBy(session)?.refusals ?? []) tell(io, formatError(refusal));
}
