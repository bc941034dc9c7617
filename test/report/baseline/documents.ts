/** Documents of `check --json` with only what a comparison looks at. */
import type {
  Comparable,
  ComparableNode,
  ComparableQuery,
  ComparableSide,
} from '../../../src/report/baseline/baseline.ts';

/** `Seq Scan on orders`, indented by two blanks a level; the index of a scan is behind `using`, or `on` of a bitmap's. */
export function planOf(tree: string, tempWritten: number | null = 0): ComparableNode[] {
  return tree
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => {
      const label = line.trim();
      const nodeType = label.replace(/^Parallel /, '').replace(/ (using|on) .*$/, '');
      const target = / on (\S+)/.exec(label)?.[1] ?? null;
      const bitmap = nodeType === 'Bitmap Index Scan';
      return {
        depth: (line.length - line.trimStart().length) / 2,
        label,
        nodeType,
        relation: bitmap ? null : target,
        index: bitmap ? target : (/ using (\S+)/.exec(label)?.[1] ?? null),
        buffers: tempWritten === null ? null : { tempWritten },
      };
    });
}

export function side(tree: string, over: Partial<ComparableSide> = {}): ComparableSide {
  const plan = planOf(tree);
  return {
    medianMs: 10,
    runsMs: [10, 10, 10, 10],
    timedOutAfterMs: null,
    meetsTarget: true,
    failure: null,
    rewrite: null,
    fingerprint: tree,
    findings: [],
    plan,
    ...over,
  };
}

export function query(
  id: string,
  after: ComparableSide,
  over: Partial<ComparableQuery> = {},
): ComparableQuery {
  return {
    id,
    title: id,
    number: 1,
    targetMs: 2000,
    before: after,
    after,
    samePlan: true,
    answers: [],
    ...over,
  };
}

export function checked(queries: readonly ComparableQuery[], over: Partial<Comparable> = {}): Comparable {
  return {
    program: '0.1.0',
    at: '2026-11-20T09:12:00.000Z',
    target: {
      embedded: false,
      scale: null,
      serverVersion: '15.18',
      tables: [{ name: 'orders', rows: 1000 }],
    },
    workload: { budgets: { workMemBytes: 4 * 1024 ** 2, timeoutMs: 30_000 } },
    proposals: [],
    queries,
    requirements: [],
    ...over,
  };
}
