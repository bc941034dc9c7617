/** Which database a command works on: settled before anything is started or drawn, since it may ask for a password. */
import { homedir, userInfo } from 'node:os';
import { namesDatabase } from '../database/parameters.ts';
import { resolveSettings } from '../database/settings.ts';
import type { ConnectionSettings } from '../database/types.ts';
import { PgoptError } from '../errors.ts';
import { sanitize } from '../format/sanitize.ts';
import type { Io, TargetOptions } from '../run.ts';
import { askPassword } from './password.ts';
import { tell } from './write.ts';

/** undefined is the embedded server with its demo. */
export type Choice = ConnectionSettings | undefined;

const NAMED = ['url', 'service', 'password'] as const;
const OF_DEMO = ['demo', 'scale', 'fresh'] as const;

/**
 * Without any option: the database that PGSERVICE, PGHOST, PGHOSTADDR or PGDATABASE name, as in psql; else the demo.
 * @throws PgoptError 'usage', or 'cancelled' for Ctrl-C at the question for the password.
 */
export async function chooseDatabase(options: TargetOptions, io: Io): Promise<Choice> {
  refuseConflicts(options);
  const named = options.url !== undefined || options.service !== undefined || namesDatabase(io.env);
  if (OF_DEMO.some(name => options[name] !== undefined) || !named) {
    if (options.password === true)
      throw new PgoptError('usage', 'the demo needs no --password', {
        next: 'name a database with --url, --service or PG* variables',
      });
    return undefined;
  }
  const { settings, warnings } = await resolveSettings({
    url: options.url,
    service: options.service,
    env: io.env,
    userName: userInfo().username,
    homeFolder: io.env.HOME || homedir(),
    platform: io.platform,
    askPassword: options.password === true,
  });
  for (const warning of warnings) tell(io, `pgopt-explore: warning: ${sanitize(warning)}`);
  if (options.password !== true) return settings;
  return { ...settings, password: await askPassword(`Password for user ${sanitize(settings.user)}: `, io) };
}

/** Said here and not to commander: an option may stand before `check` or behind it. */
function refuseConflicts(options: TargetOptions): void {
  const given = (names: readonly (keyof TargetOptions)[]) =>
    names.filter(name => options[name] !== undefined);
  const [named] = given(NAMED);
  const [demo] = given(OF_DEMO);
  const [one, other] =
    options.url !== undefined && options.service !== undefined
      ? (['url', 'service'] as const)
      : [demo, named];
  if (one === undefined || other === undefined) return;
  throw new PgoptError('usage', `--${one} and --${other} exclude each other`, {
    next: 'leave one of them out',
  });
}
