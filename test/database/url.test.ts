import { describe, expect, it } from 'vitest';
import { parametersFromUrl } from '../../src/database/url.ts';
import { refusalOf } from '../helpers/refusal.ts';

const refusal = (url: string) => refusalOf(() => parametersFromUrl(url));

describe('--url', () => {
  it('shows every part but the password', () => {
    expect(parametersFromUrl('postgresql://me:p%23%2F%40@db.example:5433/shop?application_name=x')).toEqual({
      host: 'db.example',
      port: '5433',
      user: 'me',
      password: 'p#/@',
      dbname: 'shop',
      application_name: 'x',
    });
    expect(parametersFromUrl('postgres://h')).toEqual({ host: 'h' });
    expect(parametersFromUrl('postgresql://[::1]:5433/shop')).toMatchObject({ host: '::1', port: '5433' });
  });

  it('names a socket by its folder and port', () => {
    const socket = { host: '/run/pg', port: '5544', user: 'me', dbname: 'shop' };
    expect(parametersFromUrl('postgresql://me@/shop?host=%2Frun%2Fpg&port=5544')).toEqual(socket);
    expect(parametersFromUrl('postgresql://me@%2Frun%2Fpg:5544/shop')).toEqual(socket);
  });

  it('takes the parameters of libpq and leaves alone what changes nothing', () => {
    const query =
      'sslmode=verify-ca&sslrootcert=%2Fca.crt&options=-c%20work_mem%3D1MB&keepalives=1&connect_timeout=3';
    expect(parametersFromUrl(`postgresql://h/db?${query}`)).toEqual({
      host: 'h',
      dbname: 'db',
      sslmode: 'verify-ca',
      sslrootcert: '/ca.crt',
      options: '-c work_mem=1MB',
      connect_timeout: '3',
    });
    expect(parametersFromUrl('postgresql://h/db?ssl=true').sslmode).toBe('require');
  });

  it('may be key=value pairs, with quotes and backslashes', () => {
    expect(
      parametersFromUrl(" host = db.example dbname='my \\'shop\\'' user=a\\ b sslmode=require "),
    ).toEqual({
      host: 'db.example',
      dbname: "my 'shop'",
      user: 'a b',
      sslmode: 'require',
    });
  });

  it.each(["host=h dbname='shop", 'host=h s3cret', "host=h user='a'b", 'mysql://h/s3cret', ''])(
    'is nothing else: %j',
    async text => {
      expect(await refusal(text)).toMatch(/^pgopt-explore: --url must start with postgres:/);
      expect(await refusal(text)).not.toContain('s3cret');
    },
  );

  it.each(['postgresql://a,b/db', 'postgresql://me:p,w@a:1,b:2/db'])('names one host: %s', async url =>
    expect(await refusal(url)).toBe('pgopt-explore: --url names several hosts: name the one to work on'),
  );

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
    ['sslcrl=%2Fcrl', /parameter "sslcrl" is not known here: known are host, /],
    ['target_session_attrs=any', /parameter "target_session_attrs" is not known here: known are host, /],
    ['password=s3c&ret', /parameter "password" is not known here: put the password into PGPASSWORD$/],
    ['constructor=1', /parameter "constructor" is not known here: known are host, /],
  ])('refuses ?%s by name', async (query, says) =>
    expect(await refusal(`postgresql://h/db?${query}`)).toMatch(says),
  );

  it('takes no password among the pairs either', async () => {
    expect(await refusal('host=h password=s3cret')).toMatch(
      /"password" is not known here: put .* PGPASSWORD$/,
    );
    expect(await refusal('host=h password=s3cret')).not.toContain('s3cret');
  });
});
