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

function drawn(collapsed: readonly number[] = []): readonly string[] {
  return treeLines(plan, new Set(collapsed)).map(
    line => `${line.guide}${line.node.nodeType}${line.collapsed ? ` +${line.hidden}` : ''}`,
  );
}

describe('the tree', () => {
  it('draws strokes as wide as they are deep', () => {
    expect(drawn()).toEqual([
      'Hash Join',
      '├─ Append',
      '│  ├─ A',
      '│  └─ B',
      '└─ Hash',
      '   └─ Sort',
      '      └─ C',
    ]);
  });

  it('hides what is under a collapsed node and says how much', () => {
    expect(drawn([1, 4])).toEqual(['Hash Join', '├─ Append +2', '└─ Hash +2']);
    expect(drawn([0])).toEqual(['Hash Join +6']);
    // A leaf has nothing to hide.
    expect(drawn([6])).toEqual(drawn());
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
