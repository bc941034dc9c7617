/** Parses, edits and saves written proposals, and answers with actions. */
import { CATALOG, formatError, PgoptError } from '../base/errors.ts';
import type { Proposing } from './effects.ts';
import type { ProposalPart } from './explorer.ts';
import type { Action } from './state/state.ts';

interface Screen {
  readonly hide: () => void;
  readonly show: () => void;
}

export function proposeWith(
  part: ProposalPart,
  dispatch: (action: Action) => void,
  screen: Screen,
): Proposing {
  return {
    submit: (text, edited, taken) => {
      part.parse(text, edited, taken).then(
        proposal => dispatch({ type: 'proposal:written', proposal }),
        error => dispatch({ type: 'proposal:refused', lines: linesOf(error) }),
      );
    },
    edit: text => {
      screen.hide();
      part
        .editor(text)
        .then(
          typed => dispatch({ type: 'proposal:typed', text: typed }),
          error => dispatch({ type: 'proposal:refused', lines: linesOf(error) }),
        )
        .finally(screen.show);
    },
    save: (proposal, wasWritten) => {
      const hasFile = wasWritten || proposal.file.endsWith('.sql');
      part.save(proposal, hasFile).then(
        file => dispatch({ type: 'proposal:saved', id: proposal.id, file }),
        error => dispatch({ type: 'message:said', text: linesOf(error).join(' ') }),
      );
    },
  };
}

/** Without the program's name in front: it is on the program's own screen. */
function linesOf(error: unknown): string[] {
  if (!(error instanceof PgoptError)) throw error;
  return [error, ...error.others].flatMap(one =>
    formatError(here(one))
      .replace(/^pgopt-explore: /, '')
      .split('\n'),
  );
}

/** Advice about a file means something else where its text is being written. */
function here({ code, message, location, next }: PgoptError): PgoptError {
  const said = next === CATALOG['workload-invalid'].next ? 'correct it here; enter tries it again' : next;
  return new PgoptError(code, message, { ...(location === undefined ? {} : { location }), next: said });
}
