/** pg_service.conf: an INI file that names sets of parameters, shared with psql and all users of libpq. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PgoptError } from '../base/errors.ts';
import { hasNoEffect, isParameter, KNOWN, type Parameters } from './parameters.ts';

/** The default of PGSYSCONFDIR in Debian's libpq. */
const SYSTEM_FOLDER = '/etc/postgresql-common';

/**
 * The parameters of a service: from the user's file, else from the system's.
 * @throws PgoptError 'usage' when no file has it, or the file cannot be read.
 */
export async function parametersFromService(
  service: string,
  env: NodeJS.ProcessEnv,
  homeFolder: string,
): Promise<Parameters> {
  const own = env.PGSERVICEFILE || join(homeFolder, '.pg_service.conf');
  const files = [own, join(env.PGSYSCONFDIR || SYSTEM_FOLDER, 'pg_service.conf')];
  for (const file of files) {
    const text = await textOf(file, file === env.PGSERVICEFILE);
    const found = text === undefined ? undefined : serviceIn(file, text, service);
    if (found !== undefined) return found;
  }
  throw new PgoptError('usage', `there is no service ${JSON.stringify(service)}`, {
    next: `define [${service}] in ${files.join(' or ')}`,
  });
}

/** @param named The user named the file, so it must exist. */
async function textOf(file: string, named: boolean): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!named && code === 'ENOENT') return undefined;
    throw new PgoptError('usage', `the service file ${file} cannot be read (${code})`, {
      next: 'correct PGSERVICEFILE, or the rights of the file',
    });
  }
}

/** @returns undefined when the text has no such section. @throws PgoptError 'usage' with line and caret. */
export function serviceIn(file: string, text: string, service: string): Parameters | undefined {
  let parameters: Record<string, string> | undefined;
  let inside = false;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const entry = line.trim();
    if (entry === '' || entry.startsWith('#')) continue;
    if (entry.startsWith('[')) {
      // As with libpq, the first section of a name counts.
      if (inside) break;
      inside = entry === `[${service}]`;
      if (inside) parameters = {};
      continue;
    }
    if (!inside || parameters === undefined) continue;
    const at = entry.indexOf('=');
    const name = at < 0 ? entry : entry.slice(0, at).trimEnd();
    const refuse = (what: string, next: string): never => {
      // Never the value: a misspelt `password` is an unknown parameter, too.
      const shown = at < 0 ? line.replace(/\S.*/, '…') : line.slice(0, line.indexOf('=') + 1);
      const column = line.length - line.trimStart().length + 1;
      throw new PgoptError('usage', what, { location: { file, line: index + 1, column, text: shown }, next });
    };
    if (at < 0) refuse('this is not a parameter', 'write it as name=value');
    if (name === 'service') refuse('a service cannot name another one', 'write its parameters here');
    if (hasNoEffect(name)) continue;
    if (!isParameter(name))
      refuse(
        `the parameter ${JSON.stringify(name)} is not known here`,
        `known are ${KNOWN.join(', ')}, password`,
      );
    parameters[name] ??= entry.slice(at + 1);
  }
  return parameters;
}
