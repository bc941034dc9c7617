/** Opens both connections, begins the transaction, and reads what this server can do. */
import { DatabaseError } from '../base/databaseError.ts';
import { PgoptError } from '../base/errors.ts';
import { serverFacts, tableColumns, tableFacts } from '../database/catalog.ts';
import { SCHEMAS_ON_PATH, schemasOf } from '../database/functions.ts';
import { existingIndexes, type IndexFacts } from '../database/indexes.ts';
import { FATAL } from '../database/link.ts';
import type { Statement } from '../workload/workload.ts';
import { Control, PATIENCE_MS } from './control.ts';
import { SessionCore } from './core.ts';
import { indexesWithStored, partsBeside, type StoredTables, withStored } from './engines/engine.ts';
import type { ExplorerSession, SessionEvent } from './events.ts';
import { FunctionCheck, proposalTexts } from './functions.ts';
import { chooseHiding } from './hide.ts';
import { type Found, findObjects, inPlaceAmong, takenNames } from './inPlace.ts';
import { Ledger, recorded } from './ledger.ts';
import { likenesses } from './likeness.ts';
import type { SessionNames } from './names.ts';
import { type SessionOptions, sessionSettings } from './options.ts';
import { findHypopg } from './preflight/hypopg.ts';
import { nothingCanBeBuilt, requirePostgres, whyNothingCanBeBuilt } from './preflight/server.ts';
import { asQueries, roleScope, rowSecurityBypassed } from './role.ts';
import { Session } from './session.ts';
import { requireAccepted } from './settingFacts.ts';
import { WorkTransaction } from './transaction.ts';
import { catalogState } from './verify.ts';
import { readLasting, SILENCE_MS } from './watch.ts';
import { Writing, whyStoredElsewhere } from './writing.ts';

/** Opening's statements are trivial for the server, so a longer wait means that it does not answer. */
const OPENING_MS = 30_000;

/**
 * Connects and opens the transaction.
 * @throws PgoptError 'connection-refused', 'connection-lost', 'server-unsupported', 'session-refused' or 'cancelled';
 *   'usage' for a setting that the server refuses.
 */
export async function openSession(options: SessionOptions): Promise<ExplorerSession> {
  const { settings, workload, now } = options;
  const late = AbortSignal.timeout(options.openingMs ?? OPENING_MS);
  const signal = AbortSignal.any([late, ...(options.signal === undefined ? [] : [options.signal])]);
  let transaction: WorkTransaction | undefined;
  let control: Control | undefined;
  // Set once there is a session.
  let broken: () => void = () => undefined;
  const giveUp = () => void transaction?.link.end(0);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    const ledger = new Ledger(now);
    transaction = await WorkTransaction.open(settings, signal, {
      timeouts: options.timeouts,
      planner: sessionSettings(options),
      record: link => recorded(link, 'work', ledger),
    });
    await requireAccepted(transaction, options.intended ?? []);
    const openedAt = now();
    const patienceMs = Math.min(PATIENCE_MS, options.silenceMs ?? SILENCE_MS);
    control = await Control.open(settings, transaction.backend, () => broken(), {
      signal,
      patienceMs,
      record: link => recorded(link, 'control', ledger),
    });
    const { link } = transaction;
    const role =
      options.role === undefined
        ? undefined
        : await roleScope(link, options.role, transaction.engine, sessionSettings(options));
    if (role !== undefined) transaction.role = { scope: role, ownSchema: '' };
    const { queryScope } = transaction;
    // One round trip: these statements share the pipeline. In a lens the roles limit what functions may do.
    const path =
      options.lens === undefined
        ? Promise.all([link.query(SCHEMAS_ON_PATH), asQueries(link, queryScope, SCHEMAS_ON_PATH)])
        : undefined;
    const [
      { version, database, user },
      mayHide,
      whyNot,
      hypopg,
      ,
      tables,
      columns,
      indexes,
      catalog,
      functions,
    ] = await Promise.all([
      serverFacts(link),
      chooseHiding(link),
      whyNothingCanBeBuilt(link),
      findHypopg(link),
      requirePostgres(link),
      tableFacts(link),
      tableColumns(link),
      existingIndexes(link),
      catalogState(link),
      path?.then(rows => FunctionCheck.open(link, workload, rows.flatMap(schemasOf))),
    ]);
    const { engine } = transaction;
    const ask = options.lens === undefined ? engine.stored : undefined;
    const stored: StoredTables =
      ask === undefined ? new Map() : await control.aside(transaction, aside => ask(aside.link));
    const lasting = await readLasting(transaction);
    const bypassed = await rowSecurityBypassed(link, queryScope, functions?.tables ?? []);
    const hiding = engine.hiding ?? options.hiding ?? mayHide;
    const mayBuild = options.lens === undefined && whyNot === undefined;
    // Texts that reach a refused function are never sent.
    const admitted = workload.proposals.filter(
      proposal => functions?.admits(proposalTexts(proposal)) ?? true,
    );
    const { found, likeness } = mayBuild
      ? // A trial build there would be the first write of the session's own transaction.
        await control.aside(transaction, async aside => {
          const objects = await findObjects(aside, admitted);
          return { found: objects, likeness: await likenesses(aside, admitted, objects) };
        })
      : { found: new Map<Statement, Found>(options.lens?.found), likeness: undefined };
    const [reading, opening] = [control, transaction];
    const writing =
      (options.writeCost ?? false) !== false && functions !== undefined
        ? await Writing.open(link, workload.queries, {
            catalog: { query: (text, values) => reading.ask(text, values) },
            scope: () => opening.queryScope,
            path: ((await path) ?? []).flatMap(schemasOf),
            trusted: workload.trusted,
            whyNotHere: table => whyStoredElsewhere(engine, stored, table),
          })
        : undefined;
    const opened: Extract<SessionEvent, { type: 'session:opened' }> = {
      type: 'session:opened',
      serverVersion: version,
      database,
      user,
      hiding,
      openedAt,
      cannotBuild: nothingCanBeBuilt(whyNot, hypopg),
      lens: options.lens?.facts,
      hypopg: hypopg?.refusal === undefined ? hypopg?.version : undefined,
      refusals: [...(functions?.refusals ?? []), ...takenNames(workload.proposals, found)],
      likeness,
      inPlace: options.lens?.inPlace ?? inPlaceAmong(workload.proposals, found),
      role: role && { name: role.role, missing: role.missing },
      rowSecurityBypassed: bypassed,
      writing: writing?.reasons,
      hiddenPlans: functions?.hiddenPlans(workload),
      tables: [...withStored(tables, stored), ...partsBeside(tables, stored)],
      indexes:
        options.lens === undefined
          ? indexesWithStored(indexes, stored)
          : ofDatabase(indexes, options.lens.names),
      columns,
      settings: sessionSettings(options),
    };
    const facts = { whyNot, hypopg, catalog, lasting, stored, writing, functions, found };
    const core = new SessionCore(options, transaction, control, hiding, facts);
    const session = new Session(core, ledger, opened);
    broken = () => session.lose('the control connection is lost and cannot be opened again');
    return session;
  } catch (error) {
    await Promise.all([transaction?.link.end(), control?.close()]);
    if (options.signal?.aborted === true) throw new PgoptError('cancelled', 'interrupted while connecting');
    if (late.aborted) throw new PgoptError('connection-refused', 'the server does not answer');
    if (!(error instanceof DatabaseError)) throw error;
    if (FATAL.test(error.code)) throw new PgoptError('connection-lost', `connection lost (${error.message})`);
    throw new PgoptError('session-refused', `the server refused the session: ${error.message}`);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/** A lens holds the proposals' indexes from the start, and counts no scans. */
const ofDatabase = (indexes: readonly IndexFacts[], names: SessionNames): readonly IndexFacts[] =>
  indexes.filter(({ name }) => names.original(name) === name).map(index => ({ ...index, scans: undefined }));
