/** Random trees, printed as EXPLAIN prints them and read back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRecord, type Json } from '../../../src/base/json.ts';
import { children, root } from './reading.ts';

interface Tree {
  readonly heading: string;
  readonly type: string;
  /** What the text must give, `Parent Relationship` aside. */
  readonly fields: Json;
  readonly lines: readonly string[];
  readonly children: readonly { readonly name: string | undefined; readonly tree: Tree }[];
}

const name = fc.oneof(
  fc.constantFrom('orders', 'o', 'Order', 'a b', 'say "hi"', 'on', 'x.y', "it's"),
  fc.string({ minLength: 1, maxLength: 8 }).filter(text => /^[^\s\p{C}]+$/u.test(text)),
);
const quoted = (text: string) => (/^[a-z_][a-z0-9_]*$/.test(text) ? text : `"${text.replaceAll('"', '""')}"`);

const scan = fc
  .record({ relation: name, alias: name, schema: fc.option(name, { nil: undefined }) })
  .map(({ relation, alias, schema }) => ({
    heading: `Seq Scan on ${schema === undefined ? '' : `${quoted(schema)}.`}${quoted(relation)}${alias === relation ? '' : ` ${quoted(alias)}`}`,
    type: 'Seq Scan',
    fields: { 'Relation Name': relation, Alias: alias, ...(schema === undefined ? {} : { Schema: schema }) },
  }));
const inner = fc.constantFrom(
  { heading: 'Sort', type: 'Sort', fields: {} },
  { heading: 'Hash Left Join', type: 'Hash Join', fields: { 'Join Type': 'Left' } },
  {
    heading: 'Partial HashAggregate',
    type: 'Aggregate',
    fields: { Strategy: 'Hashed', 'Partial Mode': 'Partial' },
  },
  { heading: 'Append', type: 'Append', fields: { 'Subplans Removed': 0 } },
);
const condition = fc.constantFrom(
  "(a = 'x: -> y'::text)",
  '(b > (SubPlan 1))',
  "((a <> b) AND (c ~~ '%(%'::text))",
  '(x = 1.5)',
);
const figures = fc
  .record({ cost: fc.nat(9_999_999), rows: fc.nat(), loops: fc.integer({ min: 1, max: 999 }) })
  .map(({ cost, rows, loops }) => ({
    text: `  (cost=${(cost / 100).toFixed(2)}..${(cost / 50).toFixed(2)} rows=${rows} width=8) (actual time=0.500..${(cost / 1000).toFixed(3)} rows=${rows} loops=${loops})`,
    fields: {
      'Startup Cost': cost / 100,
      'Total Cost': Number((cost / 50).toFixed(2)),
      'Plan Rows': rows,
      'Plan Width': 8,
      'Actual Startup Time': 0.5,
      'Actual Total Time': Number((cost / 1000).toFixed(3)),
      'Actual Rows': rows,
      'Actual Loops': loops,
    },
  }));

/** As many as a node of that type has; subplans besides. */
const INPUTS: Readonly<Record<string, readonly [number, number]>> = {
  'Seq Scan': [0, 0],
  Sort: [1, 1],
  Aggregate: [1, 1],
  'Hash Join': [2, 2],
  Append: [1, 3],
};

const LEAF: Tree = {
  heading: 'Seq Scan on leaf  (cost=0.00..1.00 rows=1 width=8) (actual time=0.500..1.000 rows=1 loops=1)',
  type: 'Seq Scan',
  fields: { 'Relation Name': 'leaf', 'Plan Rows': 1 },
  lines: [],
  children: [],
};

/** With as many inputs as its type has. */
function fitted(type: string, drawn: Tree['children']): Tree['children'] {
  const [least, most] = INPUTS[type] ?? [0, 0];
  const own = drawn.filter(({ name }) => name === undefined);
  const missing = Array.from({ length: Math.max(0, least - own.length) }, () => ({
    name: undefined,
    tree: LEAF,
  }));
  const spare = new Set(own.slice(most));
  return [...drawn.filter(child => !spare.has(child)), ...missing];
}

const { tree } = fc.letrec<{ tree: Tree; child: Tree['children'][number] }>(tie => ({
  child: fc.record({
    name: fc.constantFrom(undefined, undefined, 'SubPlan 1', 'InitPlan 2 (returns $0)', 'CTE a b'),
    tree: tie('tree'),
  }),
  tree: fc
    .record({
      head: fc.oneof(scan, inner),
      figures,
      filter: fc.option(condition, { nil: undefined }),
      children: fc.oneof({ maxDepth: 4 }, fc.constant([]), fc.array(tie('child'), { maxLength: 3 })),
    })
    .map(({ head, figures, filter, children }) => ({
      heading: head.heading + figures.text,
      type: head.type,
      fields: { ...head.fields, ...figures.fields, ...(filter === undefined ? {} : { Filter: filter }) },
      lines: filter === undefined ? [] : [`Filter: ${filter}`],
      children: fitted(head.type, children),
    })),
}));

function rendered(node: Tree, indent: number): readonly string[] {
  const blanks = ' '.repeat(indent);
  return [
    ...node.lines.map(line => blanks + line),
    ...node.children.flatMap(child => {
      const under = child.name === undefined ? indent : indent + 2;
      return [
        ...(child.name === undefined ? [] : [blanks + child.name]),
        `${' '.repeat(under)}->  ${child.tree.heading}`,
        ...rendered(child.tree, under + 6),
      ];
    }),
  ];
}

function check(read: Json, node: Tree): void {
  expect(read).toMatchObject({ 'Node Type': node.type, ...node.fields });
  expect(children(read).map(child => child['Subplan Name'])).toEqual(node.children.map(child => child.name));
  children(read).forEach((child, i) => {
    const next = node.children[i]?.tree;
    if (next !== undefined) check(child, next);
  });
}

describe('a random tree', () => {
  it('is read as it was printed', () => {
    fc.assert(
      fc.property(tree, fc.constantFrom('', ' ', '\t'), (node, margin) => {
        const text = [node.heading, ...rendered(node, 2), 'Planning Time: 0.5 ms']
          .map(line => margin + line)
          .join('\n');
        const plan = root(text);
        expect(isRecord(plan)).toBe(true);
        check(plan, node);
      }),
      { numRuns: 300 },
    );
  });
});
