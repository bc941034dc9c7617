/**
 * Functions whose effects reach beyond the transaction. All else a proposal or a query does is undone by ROLLBACK;
 * these act on other sessions, on the server, its files or other databases, or on the very transaction that holds it
 * all together. Only what is written in the file is seen: what a function of the database's own calls is not.
 */
import { entriesOf, type ParsedStatement } from './grammar.ts';
import { throwAll } from './problems.ts';
import { refuse } from './refuse.ts';

/** Names, or beginnings of names where they end in `*`. */
const REFUSED: readonly string[] = [
  // other sessions, and locks that outlive a savepoint
  'pg_terminate_backend',
  'pg_cancel_backend',
  'pg_advisory_*',
  'pg_try_advisory_*',
  'pg_notify',
  // settings: they could lift the timeout or the read-only mode
  'set_config',
  // the server as a whole
  'pg_reload_conf',
  'pg_rotate_logfile*',
  'pg_log_*',
  'pg_stat_reset*',
  'pg_stat_statements_reset',
  'pg_switch_wal',
  'pg_wal_replay_*',
  'pg_promote',
  'pg_start_backup',
  'pg_stop_backup',
  'pg_backup_start',
  'pg_backup_stop',
  'pg_logical_*',
  'pg_replication_*',
  'pg_copy_logical_replication_slot',
  'pg_copy_physical_replication_slot',
  'pg_create_*',
  'pg_drop_*',
  // the server's files
  'lo_export',
  'pg_file_*',
  'pg_read_*',
  'pg_ls_*',
  'pg_stat_file',
  // other databases
  'dblink*',
];

/** The server's read-only mode, which every query runs under, refuses these itself; a build may write. */
const REFUSED_IN_PROPOSALS: readonly string[] = ['nextval', 'setval', 'lo_*', 'lowrite'];

interface FuncCall {
  readonly funcname?: readonly { readonly String?: { readonly sval?: string } }[];
  readonly location?: number;
}

/** @throws PgoptError 'workload-invalid' with file, line and a caret under the function's name, for each of them. */
export function refuseEffects(
  file: string,
  text: string,
  { tree, offsetOf }: ParsedStatement,
  kind: 'query' | 'proposal',
): void {
  const refused = kind === 'query' ? REFUSED : [...REFUSED, ...REFUSED_IN_PROPOSALS];
  const found = [...entriesOf(tree)]
    .filter(([key]) => key === 'FuncCall')
    .map(([, call]) => call as FuncCall)
    .map(({ funcname = [], location = 0 }) => ({
      names: funcname.map(part => part.String?.sval ?? ''),
      offset: offsetOf(location),
    }))
    .filter(({ names }) => isRefused(names, refused))
    .sort((a, b) => a.offset - b.offset);
  throwAll(
    found.map(({ names, offset }) => {
      const message = `a ${kind} may not call ${names.at(-1)}(): it acts beyond the transaction`;
      return refuse(file, text, offset, message, 'remove it');
    }),
  );
}

/** A function of the same name in a schema of the user's own is another one; extensions are put into any schema. */
function isRefused(names: readonly string[], refused: readonly string[]): boolean {
  const name = names.at(-1) ?? '';
  const builtIn = names.length === 1 || names.at(-2) === 'pg_catalog';
  if (!builtIn && !/^(dblink|pg_stat_statements)/.test(name)) return false;
  return refused.some(entry => (entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : name === entry));
}
