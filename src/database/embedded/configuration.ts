/** The server's postgresql.conf and pg_hba.conf: throwaway data, one machine, steady measurements. */
import type { Machine } from './machine.ts';
import { type Major, OWN_MAJOR } from './options.ts';

const MB = 1024 * 1024;
const GB = 1024 * MB;

export type Transport =
  | { readonly kind: 'socket'; readonly folder: string }
  | { readonly kind: 'tcp'; readonly port: number };

/** pg_hba.conf: always the password, and no line for the other transport. */
export function accessRules(transport: Transport): string {
  return transport.kind === 'socket'
    ? 'local all all scram-sha-256\n'
    : 'host all all 127.0.0.1/32 scram-sha-256\n';
}

/** postgresql.conf. Sizes depend on the machine; the rest is fixed, so that plans are comparable. */
export function serverConfiguration(
  machine: Machine,
  transport: Transport,
  accessFile: string,
  major: Major = OWN_MAJOR,
): string {
  const lines = [
    '# Written by pgopt-explore at each start of the server; changes are lost.',
    ...reach(transport, accessFile),
    ...memory(machine),
    ...parallelism(machine),
    ...durability(machine, major),
    ...planner(machine),
    ...SURROUNDINGS,
  ];
  return `${lines.join('\n')}\n`;
}

function reach(transport: Transport, accessFile: string): string[] {
  const places =
    transport.kind === 'socket'
      ? [
          `listen_addresses = ''`,
          // A list of folders: the inner quotes keep a comma or a blank in the name from splitting it.
          `unix_socket_directories = ${quote(`"${transport.folder.replaceAll('"', '""')}"`)}`,
          'unix_socket_permissions = 0700',
        ]
      : [`listen_addresses = '127.0.0.1'`, `port = ${transport.port}`, `unix_socket_directories = ''`];
  return [
    ...places,
    `hba_file = ${quote(accessFile)}`,
    'max_connections = 40',
    'superuser_reserved_connections = 3',
  ];
}

function memory({ memoryBytes }: Machine): string[] {
  return [
    // A quarter is the usual start. Above 2 GB a start takes visibly longer, and dropping an index scans all of it.
    `shared_buffers = ${megabytes(memoryBytes / 4, 64 * MB, 2 * GB)}`,
    `effective_cache_size = ${megabytes((memoryBytes * 3) / 4, 128 * MB, 1024 * GB)}`,
    `maintenance_work_mem = ${megabytes(memoryBytes / 16, 64 * MB, GB)}`,
    // What a server of this size would have for a dashboard; a workload may set its own.
    `work_mem = ${megabytes(memoryBytes / 256, 4 * MB, 64 * MB)}`,
    // Huge pages are few, and reserved for other databases.
    'huge_pages = off',
  ];
}

function parallelism({ cpus, sharedMemoryBytes }: Machine): string[] {
  const perGather = cpus < 4 ? Math.min(cpus, 2) : Math.min(4, Math.ceil(cpus / 2));
  const lines = [
    `max_worker_processes = ${Math.max(8, cpus + 4)}`,
    `max_parallel_workers = ${Math.max(2, cpus)}`,
    `max_parallel_workers_per_gather = ${perGather}`,
    `max_parallel_maintenance_workers = ${perGather}`,
  ];
  // A container's /dev/shm is often 64 MB: too little for the hash tables that parallel workers share.
  if (sharedMemoryBytes !== undefined && sharedMemoryBytes < 512 * MB)
    lines.push('dynamic_shared_memory_type = mmap');
  return lines;
}

/** Durability is off on purpose: a crash of the machine only means that the demo is loaded again. */
function durability({ platform }: Machine, major: Major): string[] {
  const lines = [
    'fsync = off',
    'synchronous_commit = off',
    'full_page_writes = off',
    'wal_level = minimal',
    'max_wal_senders = 0',
    'max_wal_size = 4GB',
    'checkpoint_timeout = 1h',
    // Return disk space after a load instead of keeping files to write again.
    'wal_recycle = off',
    'wal_init_zero = off',
    // The loader vacuums and analyzes its tables, which then do not change. But every rolled back probe leaves dead
    // rows in the catalog, which would grow without autovacuum. One worker every 15 minutes is enough for that.
    'autovacuum = on',
    'autovacuum_naptime = 15min',
    'autovacuum_max_workers = 1',
  ];
  // The query of a killed explorer must not run on with its locks. PostgreSQL 13 has no such setting.
  if (platform !== 'win32' && major >= 14) lines.push('client_connection_check_interval = 2s');
  return lines;
}

function planner({ platform }: Machine): string[] {
  const lines = [
    // Disks are SSDs by now, and the demo fits in memory at its default scale. The default of 4, made for spinning
    // disks, would make the planner avoid indexes that are faster on this machine.
    'random_page_cost = 1.1',
    'track_io_timing = on',
  ];
  // Other platforms lack posix_fadvise, where any value but 0 keeps the server from starting.
  if (platform === 'linux') lines.push('effective_io_concurrency = 200', 'maintenance_io_concurrency = 200');
  return lines;
}

const SURROUNDINGS: readonly string[] = [
  `timezone = 'UTC'`,
  `log_timezone = 'UTC'`,
  `datestyle = 'ISO, MDY'`,
  `lc_messages = 'C'`,
  `lc_monetary = 'C'`,
  `lc_numeric = 'C'`,
  `lc_time = 'C'`,
  `default_text_search_config = 'pg_catalog.english'`,
  `password_encryption = 'scram-sha-256'`,
  // The log outlives the session, so it must not hold the text of queries.
  'log_min_error_statement = panic',
  `log_line_prefix = '%m [%p] '`,
];

function megabytes(bytes: number, least: number, most: number): string {
  return `${Math.floor(Math.min(most, Math.max(least, bytes)) / MB)}MB`;
}

/** A string in the syntax of postgresql.conf. */
function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
