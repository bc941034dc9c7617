import { describe, expect, it } from 'vitest';
import { root, shape } from './reading.ts';

describe('the tree', () => {
  it('nests by the column of the arrows, and names what stands under names', () => {
    const text = `
 Limit  (cost=1.00..2.00 rows=1 width=4)
   InitPlan 1 (returns $0,$1)
     ->  Result  (cost=0.00..0.01 rows=1 width=4)
   CTE my cte
     ->  Recursive Union  (cost=0.00..0.01 rows=1 width=4)
           ->  Result  (cost=0.00..0.01 rows=1 width=4)
           ->  WorkTable Scan on "my cte"  (cost=0.00..0.01 rows=1 width=4)
   ->  Hash Join  (cost=1.00..2.00 rows=1 width=4)
         Hash Cond: (a.x = b.x)
         ->  Append  (cost=1.00..2.00 rows=1 width=4)
               ->  Seq Scan on a  (cost=0.00..0.01 rows=1 width=4)
                     Filter: (NOT (hashed SubPlan 2))
                     SubPlan 2
                       ->  Subquery Scan on s  (cost=0.00..0.01 rows=1 width=4)
                             ->  Result  (cost=0.00..0.01 rows=1 width=4)
               ->  CTE Scan on "my cte"  (cost=0.00..0.01 rows=1 width=4)
         ->  Hash  (cost=0.00..0.01 rows=1 width=4)
               ->  Custom Scan (Two)  (cost=0.00..0.01 rows=1 width=4)
                     ->  Result  (cost=0.00..0.01 rows=1 width=4)
                     ->  Result  (cost=0.00..0.01 rows=1 width=4)
 Planning Time: 0.5 ms`;
    expect(shape(root(text))).toBe(
      'Limit(InitPlan InitPlan 1 (returns $0,$1): Result, ' +
        'InitPlan CTE my cte: Recursive Union(Outer Result, Inner WorkTable Scan), ' +
        'Outer Hash Join(Outer Append(' +
        'Member Seq Scan(SubPlan SubPlan 2: Subquery Scan(Subquery Result)), Member CTE Scan), ' +
        'Inner Hash(Outer Custom Scan(children Result, children Result))))',
    );
  });

  it('has a MERGE on one plan, and what old versions had: one plan a table', () => {
    expect(shape(root('Update on t\n  ->  Result'))).toBe('ModifyTable(Outer Result)');
    expect(shape(root('Update on t\n  Update on t1\n  Update on t2\n  ->  Result\n  ->  Result'))).toBe(
      'ModifyTable(Member Result, Member Result)',
    );
  });

  it.each([
    [
      'the first line without its blank',
      'Sort',
      '   Sort Key: a',
      '   ->  Seq Scan on t',
      '         Filter: b',
    ],
    ['the first line with more', '      Sort', '  Sort Key: a', '  ->  Seq Scan on t', '        Filter: b'],
    ['doubled', '  Sort', '      Sort Key: a', '      ->    Seq Scan on t', '                  Filter: b'],
    ['tabs', 'Sort', '\tSort Key: a', '\t->\tSeq Scan on t', '\t\t\tFilter: b'],
    ['one blank after the arrow', 'Sort', '  Sort Key: a', '  -> Seq Scan on t', '      Filter: b'],
    ['trailing blanks', 'Sort   ', '  Sort Key: a   ', '  ->  Seq Scan on t\t', '        Filter: b  '],
    ['blank lines between', 'Sort\n', '  Sort Key: a\n', '  ->  Seq Scan on t\n', '        Filter: b\n'],
  ])('copes with indentation that suffered: %s', (_what, ...text) => {
    expect(root(text.join('\n'))).toMatchObject({
      'Node Type': 'Sort',
      'Sort Key': ['a'],
      Plans: [{ 'Node Type': 'Seq Scan', 'Relation Name': 't', Filter: 'b' }],
    });
  });
});
