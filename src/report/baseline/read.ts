/**
 * Reads an earlier `check --json`, an untrusted file, as the types that a comparison expects, or refuses it with a
 * location.
 */
import { PgoptError } from '../../base/errors.ts';
import {
  expectedAt,
  isRecord,
  type JsonPath,
  type JsonSource,
  readJson,
  refusedAt,
} from '../../base/json.ts';
import { FORMAT, FORMAT_VERSION } from '../document.ts';
import type { Comparable, ComparableNode, ComparableQuery, ComparableSide } from './baseline.ts';

const LARGE = /^-?(?:\d{16,}|\d+(?:\.\d+)?[eE]\+?\d+)$/;

/** A missing field is undefined; optional readers return null, because older documents have fewer fields. */
class Field {
  readonly source: JsonSource;
  readonly value: unknown;
  readonly path: JsonPath;

  constructor(source: JsonSource, value: unknown, path: JsonPath = []) {
    this.source = source;
    this.value = value;
    this.path = path;
  }

  at(key: string): Field {
    const own = isRecord(this.value) && Object.hasOwn(this.value, key) ? this.value[key] : undefined;
    return new Field(this.source, own, [...this.path, key]);
  }

  get isMissing(): boolean {
    return this.value === undefined || this.value === null;
  }

  object(): Field {
    if (!isRecord(this.value)) throw this.expected('an object');
    return this;
  }

  text(): string {
    if (typeof this.value !== 'string') throw this.expected('a text');
    return this.value;
  }

  /**
   * Accepts any number, because a server may report -1 for unknown. The JSON reader keeps numbers beyond 2^53 as
   * text.
   */
  number(): number {
    const { value } = this;
    const number = typeof value === 'string' && LARGE.test(value) ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isFinite(number)) throw this.expected('a number');
    return number;
  }

  flag(): boolean {
    if (typeof this.value !== 'boolean') throw this.expected('true or false');
    return this.value;
  }

  /** Empty if it is missing. */
  list(most = Number.POSITIVE_INFINITY): readonly Field[] {
    if (this.isMissing) return [];
    if (!Array.isArray(this.value) || this.value.length > most)
      throw this.expected(most === Number.POSITIVE_INFINITY ? 'a list' : `a list of at most ${most}`);
    return this.value.map((item, position) => new Field(this.source, item, [...this.path, position]));
  }

  orNull<T>(read: (field: Field) => T): T | null {
    return this.isMissing ? null : read(this);
  }

  refused(message: string, next?: string): PgoptError {
    return refusedAt('baseline-invalid', this, message, next);
  }

  private expected(what: string): PgoptError {
    return expectedAt('baseline-invalid', this, what);
  }
}

/** Documents have about ten levels. */
const DEEPEST = 100;
const MOST_QUERIES = 10_000;
/** Measurements have about five runs. */
const MOST_RUNS = 1000;

/**
 * @param file The file's name for errors.
 * @throws PgoptError 'baseline-invalid' with line and caret
 */
export function readBaseline(text: string, file: string): Comparable {
  const root = new Field({ text, file }, parse(text, file));
  const isCheck = root.at('format').orNull(field => field.text()) === FORMAT;
  if (!isCheck)
    throw root
      .at('format')
      .refused(`this is not a result of \`check --json\`: its format is not "${FORMAT}"`);
  const version = root.at('version').number();
  if (version !== FORMAT_VERSION)
    throw root
      .at('version')
      .refused(
        `version ${version} of the format, and this program knows version ${FORMAT_VERSION}`,
        version > FORMAT_VERSION ? 'update pgopt-explore, or write a new baseline' : 'write a new baseline',
      );
  const target = root.at('target');
  const budgets = root.at('workload').at('budgets');
  const queries = root.at('queries');
  if (queries.list(MOST_QUERIES).length === 0)
    throw queries.refused('it contains no query', 'write a new baseline');
  return {
    program: root.at('program').orNull(field => field.text()),
    at: root.at('at').orNull(field => field.text()),
    target: {
      embedded: target.at('embedded').orNull(field => field.flag()),
      scale: target.at('scale').orNull(field => field.number()),
      serverVersion: target.at('serverVersion').orNull(field => field.text()),
      tables: target
        .at('tables')
        .list()
        .map(table => ({
          schema: table.at('schema').orNull(field => field.text()) ?? undefined,
          name: table.at('name').text(),
          rows: table.at('rows').orNull(field => field.number()) ?? 0,
          bytes: table.at('bytes').orNull(field => field.number()) ?? undefined,
          counted: table.at('counted').orNull(field => field.flag()) ?? undefined,
        })),
    },
    workload: {
      budgets: {
        workMemBytes: budgets.at('workMemBytes').orNull(field => field.number()),
        timeoutMs: budgets.at('timeoutMs').orNull(field => field.number()),
      },
    },
    settings: root
      .at('settings')
      .list()
      .map(setting => ({ name: setting.at('name').text(), value: setting.at('value').text() })),
    proposals: root
      .at('proposals')
      .list()
      .map(proposal => ({
        id: proposal.at('id').text(),
        kind: proposal.at('kind').text(),
        on: proposal.at('on').flag(),
      })),
    queries: queries.list().map(queryOf),
    requirements: root
      .at('requirements')
      .list()
      .map(requirement => ({
        id: requirement.at('id').text(),
        title: requirement.at('title').text(),
        after: {
          state: requirement.at('after').at('state').text(),
          text:
            requirement
              .at('after')
              .at('text')
              .orNull(field => field.text()) ?? '',
        },
      })),
  };
}

/** Converts the plan reader's error into one about a baseline. */
function parse(text: string, file: string): unknown {
  try {
    return readJson(text, file, { deepest: DEEPEST });
  } catch (error) {
    if (!(error instanceof PgoptError)) throw error;
    const { message, location } = error;
    throw new PgoptError('baseline-invalid', message, location === undefined ? {} : { location });
  }
}

function queryOf(query: Field): ComparableQuery {
  const id = query.at('id').text();
  return {
    id,
    title: query.at('title').orNull(field => field.text()) ?? id,
    number: query.at('number').orNull(field => field.number()),
    targetMs: query.at('targetMs').orNull(field => field.number()),
    before: sideOf(query.at('before').object()),
    after: sideOf(query.at('after').object()),
    samePlan: query.at('samePlan').orNull(field => field.flag()) ?? false,
    answers: query
      .at('answers')
      .list()
      .map(answer => ({ rewrite: answer.at('rewrite').text(), verdict: answer.at('verdict').text() })),
  };
}

function sideOf(side: Field): ComparableSide {
  return {
    medianMs: side.at('medianMs').orNull(field => field.number()),
    runsMs: side
      .at('runsMs')
      .list(MOST_RUNS)
      .map(field => field.number()),
    timedOutAfterMs: side.at('timedOutAfterMs').orNull(field => field.number()),
    meetsTarget: side.at('meetsTarget').orNull(field => field.flag()),
    failure: side.at('failure').orNull(field => field.text()),
    unknown: side.at('unknown').orNull(field => field.text()),
    rewrite: side.at('rewrite').orNull(field => field.text()),
    fingerprint: side.at('fingerprint').orNull(field => field.text()),
    findings: side
      .at('findings')
      .list()
      .map(finding => ({ rule: finding.at('rule').text(), text: finding.at('text').text() })),
    plan: side.at('plan').list().map(nodeOf),
  };
}

function nodeOf(node: Field): ComparableNode {
  return {
    depth: node.at('depth').number(),
    label: node.at('label').text(),
    nodeType: node.at('nodeType').text(),
    relation: node.at('relation').orNull(field => field.text()),
    index: node.at('index').orNull(field => field.text()),
    buffers: node
      .at('buffers')
      .orNull(field => ({ tempWritten: field.at('tempWritten').orNull(one => one.number()) ?? 0 })),
  };
}
