import { describe, expect, it } from 'vitest';
import { settingsFromUrl } from '../../src/database/url.ts';
import { refusalOf } from '../helpers/refusal.ts';

const ENV = { PGUSER: 'env_user', PGPASSWORD: 'env_password' };
const settings = (url: string, env: NodeJS.ProcessEnv = {}) => settingsFromUrl(url, env, 'system');

const refusal = (url: string) => refusalOf(() => settings(url));

describe('--url', () => {
  it('says all there is to say', () => {
    expect(settings('postgresql://me:p%23%2F%40@db.example:5433/shop?application_name=x', ENV)).toEqual({
      host: 'db.example',
      port: 5433,
      user: 'me',
      password: 'p#/@',
      database: 'shop',
    });
  });

  it('falls back to the environment, then to the account, for what it leaves out', () => {
    expect(settings('postgresql://h/shop', ENV)).toMatchObject({
      user: 'env_user',
      password: 'env_password',
    });
    expect(settings('postgresql://h')).toEqual({ host: 'h', port: 5432, user: 'system', database: 'system' });
  });

  it('names a socket by its folder and port', () => {
    expect(settings('postgresql://me@/shop?host=%2Frun%2Fpg&port=5544')).toMatchObject({
      host: '/run/pg',
      port: 5544,
      user: 'me',
      database: 'shop',
    });
  });

  it.each([
    'postgresql://me:12#s3cret@h/db',
    'postgresql://me:12/s3cret@h/db',
    'postgresql://me:12?s3cret@h/db',
    'postgresql://me:12?s3cret=@h/db',
    'postgresql://me@h/12@s3cret',
    'postgresql://h/db/s3cret',
    'postgresql://h/db#s3cret',
  ])('does not guess, and repeats nothing of %s', async url => {
    expect(await refusal(url)).toContain('percent-encode special characters in the user name and password');
    expect(await refusal(url)).not.toMatch(/s3cret|12/);
  });

  it.each([
    ['options=-c%20work_mem=1', /parameter "options" is not known here: set it for the role or the database/],
    ['target_session_attrs=any', /parameter "target_session_attrs" is not known here: known are host, /],
    ['password=s3c&ret', /parameter "password" is not known here: put the password into PGPASSWORD$/],
    ['constructor=1', /parameter "constructor" is not known here: known are host, /],
  ])('refuses ?%s by name', async (query, says) =>
    expect(await refusal(`postgresql://h/db?${query}`)).toMatch(says),
  );
});
