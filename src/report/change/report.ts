/** Everything that speaks for a change → report.md, for the person who approves it. Pure. */
import { table, text } from '../markdown.ts';
import { aheadSection } from './ahead.ts';
import { environmentSection, methodSection } from './method.ts';
import { plansSection } from './plans.ts';
import { keptSection, notKeptSection } from './proposals.ts';
import { answersSection, queriesSection } from './queries.ts';
import { configurationsSection, summarySection } from './summary.ts';
import type { Evidence } from './types.ts';

export function changeReport(evidence: Evidence): string {
  const sections = [
    summarySection(evidence),
    queriesSection(evidence),
    keptSection(evidence),
    configurationsSection(evidence),
    requirementsSection(evidence),
    aheadSection(evidence),
    answersSection(evidence),
    notKeptSection(evidence),
    plansSection(evidence),
    environmentSection(evidence),
    methodSection(evidence),
  ];
  return `${sections.filter(section => section !== '').join('\n\n')}\n`;
}

function requirementsSection({ requirements }: Evidence): string {
  if (requirements.length === 0) return '';
  const state = (value: string) => (value === 'fail' ? '**FAIL**' : value);
  const rows = requirements.map(line => [
    text(line.id),
    text(line.text),
    state(line.before),
    state(line.after),
    text(line.evidence),
  ]);
  return `## Requirements\n\n${table(['', 'requirement', 'before', 'after', 'evidence'], rows)}`;
}
