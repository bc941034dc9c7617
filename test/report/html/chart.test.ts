import { describe, expect, it } from 'vitest';
import { type ChartPoint, frontierChart } from '../../../src/report/html/chart.ts';

const MB = 1024 ** 2;
const point = (netBytes: number, totalMs: number, kind: ChartPoint['kind'], label = ''): ChartPoint => ({
  ...{ netBytes, totalMs, kind, label },
});
const heights = (svg: string) => [...svg.matchAll(/cy="(\d+)"/g)].map(([, y]) => Number(y));

describe('the chart of the frontier', () => {
  it('has a logarithmic scale: equal factors are equal distances', () => {
    const svg = frontierChart(
      [10, 100, 1000].map(ms => point(ms * MB, ms, 'frontier')),
      'time',
    ).toString();
    const [low = 0, middle = 0, high = 0] = heights(svg);
    expect(low - middle).toBe(middle - high);
    expect(low).toBeGreaterThan(high);
  });

  it('labels the points that matter, none over another, and says where labels have no room', () => {
    const many = Array.from({ length: 40 }, (_, at) =>
      point(at * 100, 1000 - at, 'frontier', `ABCDEFGHIJ${at}`),
    );
    const svg = frontierChart([...many, point(90 * MB, 2, 'kept', 'AB')], 'time').toString();
    expect(svg).toContain('>AB</text>');
    expect(svg).toContain('Labels without room are in the table.');
    const few = frontierChart(
      [point(0, 900, 'frontier', 'baseline'), point(MB, 9, 'kept', 'A')],
      't',
    ).toString();
    expect(few).toContain('>baseline</text>');
    expect(few).not.toContain('without room');
  });

  it('draws thousands of configurations as the places that they share', () => {
    const all = Array.from({ length: 4096 }, (_, at) => point((at % 7) * MB, 1 + (at % 5), 'beaten'));
    const svg = frontierChart(all, 'time').toString();
    expect(svg.match(/<circle/g)).toHaveLength(35);
  });

  it.each([
    ['nothing', []],
    ['one point', [point(1, 1, 'kept')]],
    ['one place', [point(1, 1, 'kept'), point(1, 1, 'beaten')]],
    ['times of 0', [point(1, 0, 'kept'), point(2, 0, 'beaten')]],
  ])('draws nothing of %s', (_, points) => {
    expect(frontierChart(points, 'time').toString()).toBe('');
  });
});
