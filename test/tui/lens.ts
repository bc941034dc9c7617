/** The shop's lens, as the explorer meets it. */
import type { LensFacts } from '../../src/session/events.ts';
import type { Script } from '../helpers/fakeSession.ts';

/** Of production: a hundred times the rows and bytes, and other plans for the second and the fourth query. */
export function lensOf(script: Script, lens?: LensFacts): Script {
  const other = new Set(['02-top-products-by-category', '04-inventory-turnover']);
  return {
    ...script,
    plannedOnly: true,
    opened: {
      ...script.opened,
      lens,
      tables: script.opened.tables.map(table => ({
        ...table,
        rows: table.rows * 100,
        bytes: table.bytes * 100,
      })),
    },
    build: id => {
      const built = script.build(id);
      if (typeof built === 'string') return built;
      const objects = built.objects.map(object => ({
        ...object,
        bytes: object.bytes * 100,
        rows: object.rows * 100,
      }));
      return { ...built, objects, bytes: built.bytes * 100, projected: true };
    },
    plan: (queryId, effective) => {
      const planned = script.plan(queryId, effective);
      if (typeof planned === 'string' || !other.has(queryId)) return planned;
      return { ...planned, plan: { ...planned.plan, fingerprint: `${planned.plan.fingerprint}-there` } };
    },
  };
}
