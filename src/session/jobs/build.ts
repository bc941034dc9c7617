/** Builds a proposal, or reports why it cannot be built here. */

import { DatabaseError } from '../../base/databaseError.ts';
import type { Link } from '../../database/link.ts';
import { factsOf } from '../../workload/proposalKinds.ts';
import type { Proposal } from '../../workload/workload.ts';
import { type BuildContext, type Built, builtNothing } from '../builders/builder.ts';
import { BUILDERS } from '../builders/builders.ts';
import { dropRetiredViews } from '../builders/create.ts';
import { imagine, refusalOf, unimaginable } from '../builders/hypothetical.ts';
import type { Running, SessionCore } from '../core.ts';
import { addedOf, type BuiltObject, type BuiltProposal, bytesOf } from '../events.ts';
import { proposalTexts } from '../functions.ts';
import { findObjects, takenReason } from '../inPlace.ts';
import { buildLocks, type TableLock, takeLocks } from '../locks.ts';
import type { LensContents } from '../options.ts';
import { insteadOfBuilding } from '../preflight/hypopg.ts';
import { grantViews } from '../role.ts';
import { unusableText } from '../unusable.ts';
import { buildWithCost, WRITE_ROUNDS } from '../writeCost.ts';
import { whyStoredElsewhere } from '../writing.ts';

const PROGRESS_INTERVAL_MS = 150;
/** insufficient_privilege */
const NOT_ALLOWED = '42501';
/** undefined_table, as for a view that another proposal creates. */
const UNDEFINED_TABLE = '42P01';

export async function build(core: SessionCore, proposal: Proposal, running: Running): Promise<void> {
  const { knowledge, options } = core;
  const proposalId = proposal.id;
  const builder = BUILDERS[proposal.kind];
  const { whyNot } = core.facts;
  if (options.lens !== undefined) return find(core, proposal, options.lens);
  try {
    await core.admit(proposalTexts(proposal));
  } catch (error) {
    return fail(core, proposalId, core.reason(error));
  }
  if (whyNot !== undefined) return buildHypothetically(core, proposal, whyNot, running);
  const { found } = core.facts;
  // The proposal came after the session opened.
  if (!options.workload.proposals.includes(proposal))
    for (const [statement, one] of await findObjects(core.transaction, [proposal])) found.set(statement, one);
  const taken = takenReason(proposal, found);
  if (taken !== undefined) return fail(core, proposalId, taken);
  const startedAt = options.now();
  let position = 0;
  let count = 1;
  const tick = async () => {
    const progress = await core.control.buildProgress();
    if (core.running !== running || core.ended !== 'no') return;
    const { addsIndexes, addsViews } = factsOf(proposal);
    core.emit({
      type: 'build:running',
      proposalId,
      // The server reports no progress of a view's query, so only a proposal of indexes has a real fraction.
      fraction: addsIndexes ? (position + (progress?.fraction ?? 0)) / count : undefined,
      phase: progress?.phase ?? (addsViews ? 'filling the view' : 'starting'),
      elapsedMs: options.now() - startedAt,
    });
  };
  void tick();
  const timer = setInterval(() => void tick(), PROGRESS_INTERVAL_MS);
  let locks: TableLock[] = [];
  const attempt = () =>
    core.transaction.keep(async link => {
      locks = await buildLocks(link, builtTogether(core, proposal), core.hiding);
      await takeLocks(link, locks);
      const starting = (at: number, of: number) => {
        if (running.cancelled) throw new DatabaseError('cancelled', '57014');
        position = at;
        count = of;
      };
      await dropRetiredViews(link, knowledge.retired);
      const result = await builder.build({ ...contextOf(core, link, running), starting }, proposal);
      if (core.transaction.role !== undefined) await grantViews(link, result.made, core.transaction.role);
      running.cancellable = false;
      await core.control.settled();
      return result;
    });
  try {
    const made = await core.patiently(running, () => locks, attempt);
    const built = { ...made, unusable: await whyUnusable(core, made) };
    clearInterval(timer);
    knowledge.forgetRetiredViews();
    // The proposal was revised during the build, so the object belongs to no proposal.
    if (!core.workload.proposals.includes(proposal)) {
      knowledge.retired.push(built);
      return;
    }
    if (built.changedStatistics) knowledge.forgetEstimates();
    finish(core, proposalId, built, publicly(built));
    for (const id of core.lacking) {
      knowledge.failedBuilds.delete(id);
      core.emit({ type: 'build:queued', proposalId: id });
    }
    core.lacking.clear();
  } catch (error) {
    clearInterval(timer);
    const reason = core.reason(error);
    if (core.ended === 'lost') return;
    if (!core.workload.proposals.includes(proposal)) return;
    if (error instanceof DatabaseError && error.code === UNDEFINED_TABLE) core.lacking.add(proposalId);
    if (running.cancelled) {
      core.emit({ type: 'build:cancelled', proposalId });
      return;
    }
    if (error instanceof DatabaseError && error.code === NOT_ALLOWED && builder.imaginable)
      return buildHypothetically(core, proposal, reason, running);
    fail(core, proposalId, reason);
  }
}

function contextOf(core: SessionCore, link: Link, running?: Running): BuildContext {
  const { options, workload, names, hiding, facts } = core;
  const { budgets, trusted } = workload;
  const wasCancelled = () => running?.cancelled === true;
  const { timeoutMs } = budgets;
  const { engine } = core.transaction;
  const whyNotHere = (table: string) => whyStoredElsewhere(engine, facts.stored, table);
  const writing = { rounds: WRITE_ROUNDS, timeoutMs, wasCancelled, now: options.now, trusted, whyNotHere };
  return {
    link,
    names,
    hiding,
    engine,
    stored: facts.stored,
    found: facts.found,
    now: options.now,
    starting: () => undefined,
    withCost: (proposal, build) =>
      options.writeCost === true ? buildWithCost(link, proposal, writing, build) : build(),
    isLens: options.lens !== undefined,
  };
}

/** Why the planner ignores an index in this transaction: plans would not show its effect. */
async function whyUnusable(core: SessionCore, { objects }: Built): Promise<string | undefined> {
  const [index] = objects.filter(({ usable }) => !usable);
  if (index === undefined) return undefined;
  const older = await core.control.olderTransactions();
  return unusableText(index, older);
}

/** The proposals that this session will build: it locks their tables together, in one order. */
function builtTogether(core: SessionCore, proposal: Proposal): readonly Proposal[] {
  const { workload, knowledge, options, desired } = core;
  // A caller that builds one by one, and desires no configuration, will build all of them.
  const expects = (id: string) => desired?.proposals.includes(id) ?? options.unattended === true;
  return workload.proposals.filter(
    one => one === proposal || (expects(one.id) && !knowledge.failedBuilds.has(one.id)),
  );
}

/** A lens holds the proposal's objects already, at production's size. */
async function find(
  core: SessionCore,
  proposal: Proposal,
  { refused, found, inPlace }: LensContents,
): Promise<void> {
  const { id } = proposal;
  const why = refused.get(id) ?? takenReason(proposal, found);
  if (why !== undefined) return fail(core, id, why);
  const isThere = inPlace.get(id);
  try {
    const built = await core.transaction.keep(async link =>
      isThere === undefined
        ? BUILDERS[proposal.kind].build({ ...contextOf(core, link), found }, proposal)
        : builtNothing(isThere),
    );
    if (!core.workload.proposals.includes(proposal)) return;
    finish(core, id, built, projected(built));
  } catch (error) {
    if (!(error instanceof DatabaseError) || core.ended === 'lost') throw error;
    fail(core, id, core.reason(error));
  }
}

function fail(core: SessionCore, proposalId: string, reason: string): void {
  core.knowledge.failedBuilds.set(proposalId, reason);
  core.emit({ type: 'build:failed', proposalId, reason });
}

/** Estimates a proposal that cannot be built, if HypoPG is installed. @param why A clause. */
async function buildHypothetically(
  core: SessionCore,
  proposal: Proposal,
  why: string,
  running: Running,
): Promise<void> {
  const { hypopg } = core.facts;
  const proposalId = proposal.id;
  if (!BUILDERS[proposal.kind].imaginable) return fail(core, proposalId, why);
  const never = unimaginable(proposal);
  if (hypopg === undefined || hypopg.refusal !== undefined)
    return fail(core, proposalId, never === undefined ? `${why} (${insteadOfBuilding(hypopg)})` : why);
  if (never !== undefined) return fail(core, proposalId, `${never} (${why})`);
  try {
    core.imagining = hypopg;
    const built = await imagine(core.transaction, hypopg, proposal);
    if (!core.workload.proposals.includes(proposal)) return;
    finish(core, proposalId, built, { ...publicly(built), hypothetical: true });
  } catch (error) {
    if (!(error instanceof DatabaseError) || core.ended === 'lost') throw error;
    if (running.cancelled) core.emit({ type: 'build:cancelled', proposalId });
    else fail(core, proposalId, refusalOf(error, why));
  }
}

function finish(core: SessionCore, proposalId: string, built: Built, shown: BuiltProposal): void {
  core.knowledge.built.set(proposalId, built);
  core.emit({ type: 'build:finished', proposalId, built: shown });
  if (core.desired?.proposals.includes(proposalId)) core.emitEstimates();
}

/** The facts about a build that listeners receive. */
export function publicly({ buildMs, objects, cost, inPlace, unusable }: Built): BuiltProposal {
  const added = addedOf({ objects });
  return {
    buildMs,
    bytes: bytesOf(added.length > 0 ? added : objects),
    objects,
    cost,
    ...(inPlace === undefined ? {} : { inPlace }),
    ...noteOn(objects),
    ...(unusable === undefined ? {} : { unusable }),
  };
}

/** Facts that sizes and plans do not show. */
function noteOn(objects: readonly BuiltObject[]): { readonly note?: string } {
  const notes = objects.flatMap(({ name, atLeast, skipped = [] }) => [
    ...(atLeast ? [`some parts of ${name} could not be read: it takes more`] : []),
    ...(skipped.length > 0
      ? [`${name} is not on ${skipped.join(', ')}: PostgreSQL skips partitions that are foreign tables`]
      : []),
  ]);
  return notes.length === 0 ? {} : { note: notes.join('; ') };
}

/** The facts about a proposal in a lens. */
export const projected = (built: Built): BuiltProposal => ({ ...publicly(built), projected: true });
