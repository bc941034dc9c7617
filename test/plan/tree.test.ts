import { describe, expect, it } from 'vitest';
import { treeLines } from '../../src/plan/tree.ts';
import { fixture, node, planOf } from './plans.ts';

const plan = planOf(
  node(
    'Hash Join',
    {},
    node('Append', {}, node('A'), node('B')),
    node('Hash', {}, node('Sort', {}, node('C'))),
  ),
);

describe('the tree', () => {
  it('draws strokes as wide as they are deep', () => {
    expect(treeLines(plan).map(({ guide, node: { nodeType } }) => guide + nodeType)).toEqual([
      'Hash Join',
      '├─ Append',
      '│  ├─ A',
      '│  └─ B',
      '└─ Hash',
      '   └─ Sort',
      '      └─ C',
    ]);
  });

  it('continues beside what follows', () => {
    expect(treeLines(plan).map(({ continuation }) => continuation)).toEqual([
      '│  ',
      '│  │  ',
      '│  │     ',
      '│        ',
      '   │  ',
      '      │  ',
      '            ',
    ]);
  });

  it('has a line for every node of a recorded plan, in order', () => {
    const lines = treeLines(fixture('lateral-limit.analyzed'));
    expect(lines.map(line => line.node.id)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(lines.map(line => line.guide.length)).toEqual(lines.map(line => 3 * line.node.depth));
  });
});
