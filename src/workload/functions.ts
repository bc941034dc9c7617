/**
 * Which functions a query or a proposal may call. A built-in or extension function that is VOLATILE, or that runs SQL given
 * as text, needs an entry in ALLOWED. This file has the table and the check without a server; session/functions.ts checks
 * in the catalog what a statement reaches through views, SQL functions and operators.
 */
import { callsIn } from './callsIn.ts';
import type { ParsedStatement } from './grammar.ts';
import { refuse, throwAll } from './problems.ts';

/**
 * PostgreSQL's VOLATILE functions of all majors from 13 to 18 that are not in ALLOWED, so that a file that calls one
 * is refused before there is a server to ask. test/majors/functions.test.ts compares this list with the servers.
 * Without `binary_upgrade_*`, which isRefused() matches by prefix.
 */
export const VOLATILE_BUILTINS: ReadonlySet<string> = new Set(
  `
  amvalidate brin_desummarize_range brin_summarize_new_values brin_summarize_range currtid currtid2 cursor_to_xml
  cursor_to_xmlschema gin_clean_pending_list lo_close lo_creat lo_create lo_export lo_from_bytea lo_import lo_lseek lo_lseek64
  lo_open lo_put lo_tell lo_tell64 lo_truncate lo_truncate64 lo_unlink loread lowrite nextval pg_advisory_lock
  pg_advisory_lock_shared pg_advisory_unlock pg_advisory_unlock_all pg_advisory_unlock_shared pg_advisory_xact_lock
  pg_advisory_xact_lock_shared pg_available_wal_summaries pg_backup_start pg_backup_stop pg_cancel_backend pg_clear_attribute_stats
  pg_clear_relation_stats pg_copy_logical_replication_slot pg_copy_physical_replication_slot pg_create_logical_replication_slot
  pg_create_physical_replication_slot pg_create_restore_point pg_current_logfile pg_drop_replication_slot pg_export_snapshot
  pg_extension_config_dump pg_hba_file_rules pg_ident_file_mappings pg_import_system_collations
  pg_isolation_test_session_is_blocked pg_log_backend_memory_contexts pg_log_standby_snapshot pg_logical_emit_message
  pg_logical_slot_get_binary_changes pg_logical_slot_get_changes pg_logical_slot_peek_binary_changes pg_logical_slot_peek_changes
  pg_ls_archive_statusdir pg_ls_dir pg_ls_logdir pg_ls_logicalmapdir pg_ls_logicalsnapdir pg_ls_replslotdir pg_ls_summariesdir
  pg_ls_tmpdir pg_ls_waldir pg_nextoid pg_notify pg_promote pg_read_binary_file pg_read_file pg_read_file_old pg_reload_conf
  pg_replication_origin_advance pg_replication_origin_create pg_replication_origin_drop pg_replication_origin_progress
  pg_replication_origin_session_progress pg_replication_origin_session_reset pg_replication_origin_session_setup
  pg_replication_origin_xact_reset pg_replication_origin_xact_setup pg_replication_slot_advance pg_restore_attribute_stats
  pg_restore_relation_stats pg_rotate_logfile pg_rotate_logfile_old pg_show_all_file_settings pg_start_backup
  pg_stat_clear_snapshot pg_stat_file pg_stat_force_next_flush pg_stat_reset pg_stat_reset_backend_stats
  pg_stat_reset_replication_slot pg_stat_reset_shared pg_stat_reset_single_function_counters pg_stat_reset_single_table_counters
  pg_stat_reset_slru pg_stat_reset_subscription_stats pg_stop_backup pg_stop_making_pinned_objects pg_switch_wal
  pg_sync_replication_slots pg_terminate_backend pg_try_advisory_lock pg_try_advisory_lock_shared pg_try_advisory_xact_lock
  pg_try_advisory_xact_lock_shared pg_wal_replay_pause pg_wal_replay_resume pg_wal_summary_contents query_to_xml
  query_to_xml_and_xmlschema query_to_xmlschema set_config setval ts_rewrite ts_stat
`
    .trim()
    .split(/\s+/),
);

/** Names from `--trust-functions`, with or without a schema. */
export type TrustedFunctions = ReadonlySet<string>;

export const TRUST_NONE: TrustedFunctions = new Set();

/** Harmless VOLATILE functions: why → the names; `extension.name` for functions of an extension. */
const HARMLESS: Readonly<Record<string, string>> = {
  'returns random values or the time':
    'random random_normal setseed gen_random_uuid uuidv4 uuidv7 array_sample array_shuffle clock_timestamp timeofday timezone ' +
    'pgcrypto.gen_random_bytes pgcrypto.gen_random_uuid pgcrypto.gen_salt pgcrypto.pgp_sym_encrypt pgcrypto.pgp_sym_encrypt_bytea ' +
    'pgcrypto.pgp_pub_encrypt pgcrypto.pgp_pub_encrypt_bytea uuid-ossp.uuid_generate_v1 uuid-ossp.uuid_generate_v1mc ' +
    'uuid-ossp.uuid_generate_v4 tablefunc.normal_rand postgis.st_generatepoints',
  'only waits; statement_timeout ends it': 'pg_sleep pg_sleep_for pg_sleep_until',
  'reads a state of this session': 'currval lastval current_query pg_replication_origin_session_is_setup',
  'reads rows or sizes, and changes nothing':
    'pg_sequence_last_value pg_get_sequence_data lo_get pg_relation_size pg_table_size pg_indexes_size pg_total_relation_size ' +
    'pg_database_size pg_tablespace_size pg_partition_tree pg_partition_ancestors',
  'reads the state of the server, and changes nothing':
    'pg_is_in_recovery pg_is_in_backup pg_is_wal_replay_paused pg_get_wal_replay_pause_state pg_current_wal_lsn ' +
    'pg_current_wal_insert_lsn pg_current_wal_flush_lsn pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_last_xact_replay_timestamp ' +
    'pg_last_committed_xact pg_xact_status txid_status pg_xact_commit_timestamp pg_xact_commit_timestamp_origin ' +
    'pg_get_multixact_members pg_lock_status pg_blocking_pids pg_safe_snapshot_blocking_pids pg_prepared_xact ' +
    'pg_show_replication_origin_status pg_notification_queue_usage pg_get_backend_memory_contexts pg_get_shmem_allocations ' +
    'pg_get_shmem_allocations_numa pg_get_wait_events pg_get_aios pg_get_loaded_modules pg_get_wal_resource_managers ' +
    'pg_get_wal_summarizer_state pg_jit_available pg_stat_have_stats pg_control_checkpoint pg_control_init pg_control_recovery ' +
    'pg_control_system pg_collation_actual_version pg_database_collation_actual_version pg_stat_get_recovery_prefetch ' +
    'pg_stat_get_io pg_stat_get_backend_io pg_stat_get_backend_wal pg_stat_get_xact_blocks_fetched pg_stat_get_xact_blocks_hit ' +
    'pg_stat_get_xact_function_calls pg_stat_get_xact_function_self_time pg_stat_get_xact_function_total_time ' +
    'pg_stat_get_xact_numscans pg_stat_get_xact_tuples_deleted pg_stat_get_xact_tuples_fetched ' +
    'pg_stat_get_xact_tuples_hot_updated pg_stat_get_xact_tuples_inserted pg_stat_get_xact_tuples_newpage_updated ' +
    'pg_stat_get_xact_tuples_returned pg_stat_get_xact_tuples_updated ' +
    'pg_stat_statements.pg_stat_statements pg_stat_statements.pg_stat_statements_info',
  'only marks a place in the query for its extension':
    'timescaledb.time_bucket_gapfill timescaledb.locf timescaledb.interpolate intagg.int_agg_state intagg.int_agg_final_array',
};

/** Name → why it is allowed although it is VOLATILE. */
export const ALLOWED: ReadonlyMap<string, string> = new Map(
  Object.entries(HARMLESS).flatMap(([why, names]) => names.split(' ').map(name => [name, why] as const)),
);

/** Refused even if not VOLATILE: the SQL that they run is not in the statement. */
const RUNS_TEXT =
  /^((query|table|cursor|schema|database)_to_xml|ts_stat$|crosstab\d*$|connectby$|xpath_table$|pgr_|dblink)/;

/** The first match gives the reason. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^dblink/, 'it runs SQL through a connection of its own'],
  [RUNS_TEXT, 'it runs SQL that it is given as text'],
  [/^ts_rewrite$/, 'with two arguments it runs SQL that it is given as text'],
  [/^(nextval|setval)$/, 'ROLLBACK does not undo a change of a sequence'],
  [/^pg_(terminate|cancel)_backend$/, 'it acts on other sessions'],
  [/^pg_(try_)?advisory_/, 'it takes or frees locks that other programs rely on'],
  [/^pg_notify$/, 'it sends a message to other sessions'],
  [/^(set_config|set_limit)$/, 'it changes settings, also those that keep the session safe'],
  [/^(brin_|gin_clean|heap_force_|pg_truncate_visi)/, 'ROLLBACK does not undo what it does to pages'],
  [/^lo_|^lowrite$|^loread$/, 'it opens, changes or exports large objects'],
  [/_slot|^pg_logical_|^pg_replication_/, 'ROLLBACK does not undo a change of replication'],
  [/^pg_stat_.*reset|^pg_stat_(clear|force)/, 'ROLLBACK does not bring statistics back'],
  [
    /^(pg_(clear|restore)_(relation|attribute)_stats)$/,
    'ROLLBACK does not undo all of a change of statistics',
  ],
  [
    /^pg_(read_|ls_|stat_file|file_|current_logfile|hba_|ident_|show_all_file)/,
    'it reads or writes files of the server',
  ],
  [
    /wal|^pg_(backup|start_backup|stop_backup|promote|create_restore|export_snap|log_|rotate|reload)/,
    'it acts on the whole server',
  ],
];

const UNKNOWN = 'it is VOLATILE, and not known to be harmless';

/** A built-in or extension function from the catalog. */
interface ForeignFunction {
  readonly name: string;
  /** undefined: built in. */
  readonly extension: string | undefined;
  readonly volatile: boolean;
  /** A procedural function with EXECUTE in its body. */
  readonly buildsSql: boolean;
}

/** Why a statement may not call it, a clause; undefined: it may. */
export function objectionTo({ name, extension, volatile, buildsSql }: ForeignFunction): string | undefined {
  if (!volatile && !RUNS_TEXT.test(name))
    return buildsSql ? 'it builds SQL from its arguments and runs it' : undefined;
  if (ALLOWED.has(extension === undefined ? name : `${extension}.${name}`)) return undefined;
  return reasonFor(name);
}

const reasonFor = (name: string): string => REASONS.find(([names]) => names.test(name))?.[1] ?? UNKNOWN;

/** @param schema undefined: not known or not written. */
export const isTrusted = (trusted: TrustedFunctions, name: string, schema: string | undefined): boolean =>
  trusted.has(name) || (schema !== undefined && trusted.has(`${schema}.${name}`));

/**
 * Refuses what needs no server to decide: PostgreSQL's own functions by name, and dblink's in any schema.
 * @throws PgoptError 'workload-invalid' with file, line and a caret under the name of each such function
 */
export function refuseFunctions(
  file: string,
  text: string,
  { tree, offsetOf }: ParsedStatement,
  kind: 'query' | 'proposal',
  trusted: TrustedFunctions = TRUST_NONE,
): void {
  const found = callsIn(tree)
    .filter(
      call => call.kind === 'function' && isRefused(call) && !isTrusted(trusted, call.name, call.schema),
    )
    .map(({ name, offset = 0 }) => ({ name, offset: offsetOf(offset) }))
    .sort((a, b) => a.offset - b.offset);
  throwAll(
    found.map(({ name, offset }) =>
      refuse(file, text, offset, mayNotCall(kind, name, reasonFor(name)), adviceFor(name)),
    ),
  );
}

const mayNotCall = (kind: 'query' | 'proposal', name: string, reason: string): string =>
  `a ${kind} may not call ${name}(): ${reason}`;

export const adviceFor = (name: string): string => `remove it, or give --trust-functions ${name}`;

function isRefused({
  schema,
  name,
  args,
}: {
  schema?: string | undefined;
  name: string;
  args?: number | undefined;
}): boolean {
  if (name.startsWith('dblink') || name === 'pg_stat_statements_reset') return true;
  if (schema !== undefined && schema !== 'pg_catalog') return false;
  if (name === 'ts_rewrite') return args === 2;
  return (
    VOLATILE_BUILTINS.has(name) || /^((query|table|cursor|schema|database)_to_xml|binary_upgrade_)/.test(name)
  );
}
