/**
 * The functions that a workload's texts reach through views, row security, SQL functions, operators, casts, aggregates
 * and domains. Read from the catalog before any text is planned, because planning already runs functions.
 */

import { PgoptError } from '../base/errors.ts';
import { append } from '../base/lists.ts';
import {
  type CatalogFunction,
  type DefaultedColumn,
  type Edge,
  edgesOf,
  functionFacts,
  type Named,
  type Node,
  resolveNames,
  SCHEMAS_ON_PATH,
  schemasOf,
} from '../database/functions.ts';
import type { Link } from '../database/link.ts';
import { type Call, callsIn } from '../workload/callsIn.ts';
import {
  adviceFor,
  isTrusted,
  objectionTo,
  TRUST_NONE,
  type TrustedFunctions,
} from '../workload/functions.ts';
import { type ParsedStatement, parseStatements } from '../workload/grammar.ts';
import { findParameters, withPlaceholders } from '../workload/parameters.ts';
import { refuse } from '../workload/problems.ts';
import { verb, writesWith } from '../workload/selects.ts';
import { isSent } from '../workload/statementKinds.ts';
import type { Workload } from '../workload/workload.ts';
import { type WrittenTable, writtenTables } from '../workload/writtenTables.ts';

/** A text that is sent to the server, and its file. */
export interface TextToCheck {
  /** A `write` is run and may write; writeTo() makes one that puts rows into a table. */
  readonly kind: 'query' | 'proposal' | 'write';
  readonly sql: string;
  readonly file: string;
  /** The file's text. */
  readonly text: string | undefined;
  /** It reads rows of the relations that it names. DDL that only builds on them applies no policy. */
  readonly reads: boolean;
}

interface FunctionsOfText {
  /** The first refused call, with its position in the file. */
  readonly refusal: PgoptError | undefined;
  /** Functions with queries of their own, whose plans EXPLAIN does not show. */
  readonly hiddenPlans: readonly string[];
  /** User-defined functions that are VOLATILE, or in a language that can leave the database. */
  readonly unbound: readonly string[];
  /** User-defined functions whose body was not checked: those in other languages than SQL, and trusted ones. */
  readonly unseen: readonly string[];
}

const NO_FUNCTIONS: FunctionsOfText = { refusal: undefined, hiddenPlans: [], unbound: [], unseen: [] };

export class FunctionCheck {
  private readonly known = new Map<string, FunctionsOfText>();
  private readonly read = new Set<number>();

  private constructor(
    private readonly path: readonly string[],
    private readonly trusted: TrustedFunctions,
  ) {}

  /** @param path All schemas that unqualified names in the workload's texts may be in. @throws DatabaseError */
  static async open(
    link: Pick<Link, 'query'>,
    workload: Workload,
    path: readonly string[],
  ): Promise<FunctionCheck> {
    return FunctionCheck.ofTexts(link, textsOf(workload), path, workload.trusted);
  }

  static async ofTexts(
    link: Pick<Link, 'query'>,
    texts: readonly TextToCheck[],
    path: readonly string[],
    trusted = TRUST_NONE,
  ): Promise<FunctionCheck> {
    const check = new FunctionCheck(path, trusted);
    await check.add(link, texts);
    return check;
  }

  /** Looks up the texts that are new. @throws DatabaseError */
  async add(link: Pick<Link, 'query'>, texts: readonly TextToCheck[]): Promise<void> {
    const fresh = texts.filter(text => !this.known.has(keyOf(text)));
    if (fresh.length === 0) return;
    const { found, tables } = await inspect(link, fresh, this.path, this.trusted);
    for (const oid of tables) this.read.add(oid);
    for (const [at, functions] of found.entries()) {
      const text = fresh[at];
      if (text !== undefined) this.known.set(keyOf(text), functions);
    }
  }

  knows(text: Pick<TextToCheck, 'kind' | 'sql'>): boolean {
    return this.known.has(keyOf(text));
  }

  /** @throws PgoptError 'workload-invalid' if the text reaches a refused function. */
  admit(text: Pick<TextToCheck, 'kind' | 'sql'>): void {
    const known = this.known.get(keyOf(text));
    if (known === undefined) throw new Error(`not looked up: ${text.sql}`);
    if (known.refusal !== undefined) throw known.refusal;
  }

  admits(texts: readonly Pick<TextToCheck, 'kind' | 'sql'>[]): boolean {
    return texts.every(text => this.knows(text) && this.of(text).refusal === undefined);
  }

  of(text: Pick<TextToCheck, 'kind' | 'sql'>): FunctionsOfText {
    return this.known.get(keyOf(text)) ?? NO_FUNCTIONS;
  }

  /** Oids of the relations that queries name. */
  get tables(): readonly number[] {
    return [...this.read];
  }

  /** Without duplicates by file, line and message. */
  get refusals(): readonly PgoptError[] {
    const all = [...this.known.values()].flatMap(({ refusal }) => refusal ?? []);
    return [
      ...new Map(
        all.map(error => [`${error.location?.file}:${error.location?.line}:${error.message}`, error]),
      ).values(),
    ];
  }

  /** For all admitted texts. */
  get unseen(): readonly string[] {
    const admitted = [...this.known.values()].filter(({ refusal }) => refusal === undefined);
    return [...new Set(admitted.flatMap(({ unseen }) => unseen))].sort();
  }

  /** User-defined functions that are VOLATILE or in an untrusted language → the queries that reach them. */
  unbound({ queries }: Workload): readonly { readonly name: string; readonly queryIds: readonly string[] }[] {
    const callers = new Map<string, string[]>();
    for (const [id, names] of this.reachedBy(queries, 'unbound'))
      for (const name of names) append(callers, name, id);
    return [...callers].map(([name, queryIds]) => ({ name, queryIds }));
  }

  /** Query id → functions in it or in its rewrites whose plans EXPLAIN does not show. Queries without any are left out. */
  hiddenPlans({ queries }: Workload): ReadonlyMap<string, readonly string[]> {
    return this.reachedBy(queries, 'hiddenPlans');
  }

  private reachedBy(queries: Workload['queries'], kind: 'hiddenPlans' | 'unbound') {
    return new Map(
      queries.flatMap(({ id, sql, rewrites }) => {
        const texts = [sql, ...rewrites.map(rewrite => rewrite.sql)];
        const names = new Set(texts.flatMap(one => this.of({ kind: 'query', sql: one })[kind]));
        return names.size === 0 ? [] : [[id, [...names]] as const];
      }),
    );
  }
}

/** A text that stands for a write to the table. @param table Quoted, with its schema. */
export const writeTo = (table: string): string => `TABLE ${table}`;

/**
 * Why these writes are not allowed: a function that they call, or that constraints, indexes, generated columns or
 * policies of the tables run; undefined where none is refused.
 * @param writes Statements, or results of writeTo(). @param path As in FunctionCheck.open().
 */
export async function whyNotWritten(
  link: Pick<Link, 'query'>,
  writes: readonly string[],
  trusted: TrustedFunctions | undefined,
  path?: readonly string[],
): Promise<string | undefined> {
  const texts = writes.map(sql => ({ kind: 'write', reads: true, sql, file: '', text: undefined }) as const);
  const own = path ?? schemasOf(await link.query(SCHEMAS_ON_PATH));
  const check = await FunctionCheck.ofTexts(link, texts, own, trusted);
  return texts.map(text => check.of(text).refusal?.message).find(reason => reason !== undefined);
}

const keyOf = ({ kind, sql }: Pick<TextToCheck, 'kind' | 'sql'>): string => `${kind} ${sql}`;

export function textsOf({ queries, proposals }: Workload): TextToCheck[] {
  return [
    ...queries.flatMap(({ sql, file, text, rewrites }): TextToCheck[] => [
      { kind: 'query', reads: true, sql, file, text },
      ...rewrites.map(rewrite => ({
        kind: 'query' as const,
        reads: true,
        sql: rewrite.sql,
        file: rewrite.file,
        text: rewrite.text,
      })),
    ]),
    ...proposals.flatMap(proposalTexts),
  ];
}

export const proposalTexts = ({ statements, file, ddl }: Workload['proposals'][number]): TextToCheck[] =>
  statements.filter(isSent).map(({ kind, sql }) => ({
    kind: 'proposal',
    reads: kind === 'create-materialized-view',
    sql,
    file,
    text: ddl,
  }));

/** The part of the graph of objects and called functions that was read so far. */
class Graph {
  readonly facts = new Map<Node, CatalogFunction>();
  readonly edges = new Map<Node, Edge[]>();
  readonly unreadable = new Set<Node>();
  /** A function in SQL → a command in its body that is neither a query nor a write: COPY, NOTIFY … */
  readonly commands = new Map<Node, string>();
}

async function inspect(
  link: Pick<Link, 'query'>,
  texts: readonly TextToCheck[],
  path: readonly string[],
  trusted: TrustedFunctions,
): Promise<{ readonly found: readonly FunctionsOfText[]; readonly tables: readonly number[] }> {
  const graph = new Graph();
  const statements = await Promise.all(texts.map(({ sql }) => statementsIn(sql)));
  const calls = statements.map(callsOf);
  const distinct = new Map(calls.flatMap(own => own ?? []).map(call => [nameKey(call), call]));
  const names = [...distinct.keys()];
  const resolved = await resolveNames(link, [...distinct.values()].map(named), path);
  const nodes = new Map(names.map((name, at) => [name, resolved.get(at) ?? []]));
  await explore(link, graph, [...nodes.values()].flat(), path);
  const findings: FunctionsOfText[] = [];
  for (const [at, text] of texts.entries()) {
    const own = calls[at];
    if (own === undefined) findings.push(NO_FUNCTIONS);
    else {
      const all = statements[at] ?? [];
      const writes = all.some(statement => writesWith(statement) !== undefined);
      const written = all.flatMap(({ type, tree }) => writtenTables(type, tree));
      findings.push(await judge(text, own, { graph, nodes, trusted, writes, written }));
    }
  }
  const queried = texts.flatMap(({ kind }, at) => (kind === 'query' ? (calls[at] ?? []) : []));
  const relations = queried
    .filter(({ kind }) => kind === 'relation')
    .flatMap(call => nodes.get(nameKey(call)) ?? []);
  return { found: findings, tables: relations.map(node => Number(node.slice(1))) };
}

/** Reads every object that these nodes reach. */
async function explore(
  link: Pick<Link, 'query'>,
  graph: Graph,
  from: readonly Node[],
  path: readonly string[],
): Promise<void> {
  /** Schemas on the search_path of functions that set one: functions that they call see these, too. */
  const attached = new Set<string>();
  const pathless: { readonly from: Node; readonly calls: readonly Call[] }[] = [];
  let frontier = [...new Set(from)];
  const add = (all: readonly Edge[]): void => {
    for (const edge of all) graph.edges.get(edge.from)?.push(edge);
    frontier = [...new Set(all.map(({ to }) => to))].filter(node => !graph.edges.has(node));
  };
  const resolvedFrom = async (node: Node, calls: readonly Call[], own: readonly string[]) => {
    const found = await resolveNames(link, calls.map(named), own);
    return [...found.values()].flat().map((to): Edge => ({ from: node, to, when: 'run' }));
  };
  for (let looked = 0; frontier.length > 0 || attached.size > looked; ) {
    if (frontier.length === 0) {
      looked = attached.size;
      const schemas = [...attached];
      add((await Promise.all(pathless.map(one => resolvedFrom(one.from, one.calls, schemas)))).flat());
      continue;
    }
    const [facts, edges] = await Promise.all([functionFacts(link, frontier), edgesOf(link, frontier)]);
    for (const node of frontier) graph.edges.set(node, []);
    const bodies = await Promise.all(
      facts.map(async fact => {
        graph.facts.set(fact.node, fact);
        if (fact.body === undefined || fact.builtIn) return [];
        const statements = await statementsIn(fact.body);
        if (statements === undefined) graph.unreadable.add(fact.node);
        const command = statements?.find(
          ({ type }) => !/^(Select|Insert|Update|Delete|Merge)Stmt$/.test(type),
        );
        if (command !== undefined) graph.commands.set(fact.node, verb(command));
        const calls = (statements ?? []).flatMap(({ tree }) => callsIn(tree));
        if (fact.path === undefined) pathless.push({ from: fact.node, calls });
        for (const schema of fact.path ?? []) attached.add(schema);
        const own = fact.path?.includes('$user') === true ? [...fact.path, ...path] : fact.path;
        return resolvedFrom(fact.node, calls, own ?? path);
      }),
    );
    add([...edges, ...bodies.flat()]);
  }
}

interface Lookup {
  readonly graph: Graph;
  readonly nodes: ReadonlyMap<string, readonly Node[]>;
  readonly trusted: TrustedFunctions;
  /** The text changes rows: it is planned with the defaults, rules and checks of its relations. */
  readonly writes: boolean;
  readonly written: readonly WrittenTable[];
}

async function judge(text: TextToCheck, calls: readonly Call[], lookup: Lookup): Promise<FunctionsOfText> {
  const { nodes } = lookup;
  const reached = { hiddenPlans: new Set<string>(), unbound: new Set<string>(), unseen: new Set<string>() };
  const coerces = text.reads || calls.some(({ kind }) => kind !== 'relation');
  let refusal: PgoptError | undefined;
  for (const [at, call] of calls.entries()) {
    const isTable = call.kind === 'relation';
    const targets = lookup.written.filter(
      ({ schema, name }) => isTable && schema === call.schema && name === call.name,
    );
    const takesDefault = ({ name, position }: DefaultedColumn) =>
      targets.some(target => target.takesDefault(name, position));
    const inFrom = call.inFrom === true;
    const how = { inFrom, planning: isTable && !text.reads, coerces, takesDefault };
    const refused = reach(nodes.get(nameKey(call)) ?? [], how, text.kind, lookup, reached);
    if (refused !== undefined) refusal ??= await refusalAt(text, at, call, refused);
  }
  const { hiddenPlans, unbound, unseen } = reached;
  return { refusal, hiddenPlans: [...hiddenPlans], unbound: [...unbound], unseen: [...unseen] };
}

interface Refused {
  readonly fact: CatalogFunction;
  readonly reason: string;
  /** The statement names another object, which leads to it. */
  readonly indirect: boolean;
}

function reach(
  roots: readonly Node[],
  how: {
    readonly inFrom: boolean;
    readonly planning: boolean;
    readonly coerces: boolean;
    /** Whether a written row takes the default of a column of the relation itself. */
    readonly takesDefault: (column: DefaultedColumn) => boolean;
  },
  kind: TextToCheck['kind'],
  { graph, trusted, writes }: Lookup,
  { hiddenPlans, unbound, unseen }: Readonly<Record<'hiddenPlans' | 'unbound' | 'unseen', Set<string>>>,
): Refused | undefined {
  let refused: Refused | undefined;
  const seen = new Set<string>();
  const queue = roots.map(node => ({ node, planning: how.planning, depth: 0 }));
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { node, planning, depth } = next;
    if (seen.has(node) || seen.has(`${node} ${planning}`)) continue;
    // A function that is run covers the case that it is only planned.
    seen.add(planning ? `${node} ${planning}` : node);
    const fact = graph.facts.get(node);
    if (fact !== undefined) {
      if (isTrusted(trusted, fact.name, fact.schema)) {
        unseen.add(fact.name);
        continue;
      }
      const reason = objection(fact, kind, planning, graph);
      if (reason !== undefined) refused ??= { fact, reason, indirect: depth > 0 };
      const own = !fact.builtIn && fact.extension === undefined;
      if (own && (fact.volatile || !fact.trustedLanguage)) unbound.add(fact.name);
      const isSeen = fact.language === 'sql' ? !graph.unreadable.has(node) : fact.language === 'internal';
      if (own && !fact.aggregate && !isSeen) unseen.add(fact.name);
      if (own && !planning && hidesPlans(fact, how.inFrom && depth === 0, graph)) hiddenPlans.add(fact.name);
    }
    for (const { to, when, column } of graph.edges.get(node) ?? []) {
      if ((when === 'policy' && planning) || (when === 'write' && kind !== 'write')) continue;
      const isOfWrites = when === 'writing' || when === 'default';
      if (isOfWrites && !writes) continue;
      if (kind === 'write' && column !== undefined && (depth > 0 || !how.takesDefault(column))) continue;
      // Planning runs no volatile function, such as nextval(). A user-defined one may be mislabeled, so it still
      // counts.
      if (kind !== 'write' && isOfWrites && graph.facts.get(to)?.builtIn === true) continue;
      const isPlanning = planning || ((when === 'planning' || isOfWrites) && kind !== 'write');
      const onlyPlanned = when === 'cast' ? !how.coerces : isPlanning;
      queue.push({ node: to, planning: onlyPlanned, depth: depth + 1 });
    }
  }
  return refused;
}

function objection(
  fact: CatalogFunction,
  kind: TextToCheck['kind'],
  planning: boolean,
  graph: Graph,
): string | undefined {
  const { builtIn, extension, language, volatile, aggregate, name, buildsSql, node } = fact;
  if (builtIn || extension !== undefined) return objectionTo({ name, extension, volatile, buildsSql });
  const command = graph.commands.get(node);
  if (command !== undefined) return `it runs ${command}`;
  // Queries run read-only. Aggregates and aliases of built-ins are judged by the functions that they call.
  if (kind === 'query' || planning || aggregate || language === 'internal') return undefined;
  if (volatile) return 'it is VOLATILE, and what runs it can write';
  if (language !== 'sql') return `it is written in ${language}, and what runs it can write`;
  return graph.unreadable.has(node) ? 'its body cannot be read here' : undefined;
}

/** Its queries have plans that EXPLAIN does not show. A SQL function that reads no table has no plan that matters. */
function hidesPlans(
  { language, node, aggregate, inlinedInFrom }: CatalogFunction,
  inFrom: boolean,
  graph: Graph,
): boolean {
  if (aggregate || language === 'internal' || language === 'c') return false;
  if (language !== 'sql' || graph.unreadable.has(node)) return true;
  const reads = (graph.edges.get(node) ?? []).some(({ to, when }) => to.startsWith('r') && when === 'run');
  return reads && !(inFrom && inlinedInFrom);
}

/** @param at Position among the calls. */
async function refusalAt(
  { kind, file, text, sql }: TextToCheck,
  at: number,
  call: Call,
  { fact, reason, indirect }: Refused,
): Promise<PgoptError> {
  const { name, schema, builtIn } = fact;
  const shown = builtIn ? name : `${schema}.${name}`;
  const through = call.kind === 'operator' ? `operator ${call.name}` : call.name;
  const indirectly = indirect || call.kind !== 'function';
  const message = `a ${kind} may not ${indirectly ? 'reach' : 'call'} ${shown}()${indirectly ? ` through ${through}` : ''}: ${reason}`;
  return refuse(file, text ?? sql, await offsetOf({ kind, text, sql }, at, call), message, adviceFor(shown));
}

/** Position of the call in the file's text. */
async function offsetOf(
  { kind, text, sql }: Pick<TextToCheck, 'kind' | 'text' | 'sql'>,
  at: number,
  call: Call,
): Promise<number> {
  // The tree with placeholders has the same calls as the tree with values, except for casts of the values.
  const shown =
    kind === 'query' && text !== undefined ? withPlaceholders(text, await findParameters(text)) : sql;
  const [parsed] = await parseStatements('', shown);
  if (parsed === undefined) return 0;
  const alike = (calls: readonly Call[]) => calls.filter(one => nameKey(one) === nameKey(call));
  const before = alike((callsOf(await statementsIn(sql)) ?? []).slice(0, at)).length;
  const offset = parsed.offsetOf(alike(callsIn(parsed.tree))[before]?.offset ?? 0);
  return kind === 'proposal' ? Math.max(0, text?.indexOf(sql) ?? 0) + offset : offset;
}

const callsOf = (statements: readonly ParsedStatement[] | undefined): readonly Call[] | undefined =>
  statements?.flatMap(({ tree }) => callsIn(tree));

/** undefined for a text that the grammar cannot read. */
async function statementsIn(sql: string): Promise<readonly ParsedStatement[] | undefined> {
  try {
    return await parseStatements('', sql);
  } catch (error) {
    if (error instanceof PgoptError) return undefined;
    throw error;
  }
}

const named = ({ kind, schema, name, args }: Call): Named => ({
  kind,
  schema,
  name,
  ...(args === undefined ? {} : { args }),
});

const nameKey = (call: Call): string => JSON.stringify(named(call));
