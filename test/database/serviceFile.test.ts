import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parametersFromService, serviceIn } from '../../src/database/serviceFile.ts';
import { folderWith } from '../helpers/folder.ts';
import { refusalOf } from '../helpers/refusal.ts';

const FILE = `# ours
[shop]
host=db.example
 port = 5433
dbname=my shop
dbname=not this
keepalives_idle=3

[other]
  color=blue
pasword=s3cret
[shop]
user=late
`;

describe('pg_service.conf', () => {
  it('gives the parameters of the first section of the name, and looks at no other', () => {
    expect(serviceIn('f', FILE, 'shop')).toEqual({ host: 'db.example', port: ' 5433', dbname: 'my shop' });
    expect(serviceIn('f', FILE, 'sho')).toBeUndefined();
  });

  it('says where a parameter is that it does not know, without what it is set to', async () => {
    const refusal = await refusalOf(() => serviceIn('f.conf', FILE, 'other'));
    expect(refusal).toMatch(/^f\.conf:10:3: the parameter "color" is not known here: known are host, /);
    expect(refusal).toMatch(/\n {4}color=\n {4}\^$/);
    const secret = await refusalOf(() => serviceIn('f', '[x]\npasword=s3cret', 'x'));
    expect(secret).toMatch(
      /^f:2:1: the parameter "pasword" is not known here: .*, password\n {2}pasword=\n {2}\^$/,
    );
    expect(await refusalOf(() => serviceIn('f', '[x]\ns3cret', 'x'))).toBe(
      'f:2:1: this is not a parameter: write it as name=value\n  …\n  ^',
    );
    expect(await refusalOf(() => serviceIn('f', '[x]\nservice=y', 'x'))).toMatch(/cannot name another one/);
  });

  it('is looked for at home, where PGSERVICEFILE says, and in the system’s folder', async () => {
    const home = await folderWith({
      '.pg_service.conf': '[a]\nhost=home\n',
      named: '[a]\nhost=named\n',
      'etc/pg_service.conf': '[a]\nhost=system\n[b]\nhost=system\n',
    });
    const PGSYSCONFDIR = join(home, 'etc');
    const PGSERVICEFILE = join(home, 'named');
    expect(await parametersFromService('a', { PGSYSCONFDIR }, home)).toEqual({ host: 'home' });
    expect(await parametersFromService('a', { PGSYSCONFDIR, PGSERVICEFILE }, home)).toEqual({
      host: 'named',
    });
    expect(await parametersFromService('b', { PGSYSCONFDIR, PGSERVICEFILE }, home)).toEqual({
      host: 'system',
    });
    expect(await refusalOf(() => parametersFromService('c', { PGSYSCONFDIR }, home))).toBe(
      `pgopt-explore: there is no service "c": define [c] in ${home}/.pg_service.conf or ${home}/etc/pg_service.conf`,
    );
    const gone = { PGSERVICEFILE: join(home, 'gone') };
    expect(await refusalOf(() => parametersFromService('a', gone, home))).toMatch(
      /cannot be read \(ENOENT\)/,
    );
  });
});
