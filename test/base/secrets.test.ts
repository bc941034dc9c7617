import { expect, it } from 'vitest';
import { formatError, PgoptError } from '../../src/base/errors.ts';
import { rememberSecrets, withoutPasswords } from '../../src/base/secrets.ts';

it.each([
  ['postgresql://u:secret@h/db', 'postgresql://u:***@h/db'],
  ['postgres://:secret@h', 'postgres://:***@h'],
  ['mysql://u:secret@h/db', 'mysql://u:***@h/db'],
  ['postgresq//u:secret@h', 'postgresq//u:***@h'],
  ['postgres:u:secret@h', 'postgres:***@h'],
  ['postgres:/u:secret@h', 'postgres:***@h'],
  ['u:secret@h/db', 'u:***@h/db'],
  ['postgresql://u:se@cr/et@h', 'postgresql://u:***@h'],
  ['postgresql%3A%2F%2Fu%3Asecret%40h', 'postgresql%3A%2F%2Fu%3A***%40h'],
  ['postgresql://h/db?user=u&password=secret&x=y', 'postgresql://h/db?user=u&password=***&x=y'],
  ["host=h password='my secret' user=u", 'host=h password=*** user=u'],
  ['host=h password = secret', 'host=h password = ***'],
])('%s is printed as %s', (text, shown) => {
  expect(withoutPasswords(text)).toBe(shown);
  expect(formatError(new PgoptError('usage', `no folder ${text} here`))).not.toMatch(/se?.?cr.?et/);
});

it.each([
  'write it like postgresql://user@host:5432/database (the password goes into PGPASSWORD)',
  'cannot connect to database shop as me at h:5432: refused',
  'a.sql:3:5: no such column: correct it',
  'postgresql%3A%2F%2Fu%40h',
])('%s is printed as it is', text => expect(withoutPasswords(text)).toBe(text));

it('a password with blanks is known from where it was given', () => {
  rememberSecrets(['check', 'postgresql://u:my own secret@h/db'], { PGHOST: 'postgres://u:an other one@h' });
  expect(withoutPasswords('no folder postgresql://u:my own secret@h/db')).toBe(
    'no folder postgresql://u:***@h/db',
  );
  expect(withoutPasswords('no host postgres://u:an other one@h')).toBe('no host postgres://u:***@h');
});
