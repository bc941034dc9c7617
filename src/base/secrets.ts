/** Removes passwords from output: from URLs in the wrong argument, and from errors that quote them. */

/** `user:password@` after a correct, misspelled or missing scheme; separators may be percent-encoded. */
const IN_URL = /([^\s:@/]*)(:|%3a)(?!\/\/|%2f%2f)(\S*)(@|%40)/gi;
/** In URL parameters and key=value pairs. */
const NAMED = /(password\s*(?:=|%3d)\s*)('(?:[^'\\]|\\.)*'|[^\s&'"]+)/gi;

/** Passwords with blanks, which the patterns cannot delimit in an error. */
const withBlanks = new Set<string>();

/** Called once at the start. */
export function rememberSecrets(argv: readonly string[], env: NodeJS.ProcessEnv): void {
  const named = Object.entries(env).filter(([name]) => name.startsWith('PG'));
  for (const text of [...argv, ...named.map(([, value]) => value ?? '')]) {
    const [, secret = ''] = /:(?!\/\/)([^@]*\s.*)@/s.exec(text.replace(/^[^:/@]*:\/\//, '')) ?? [];
    if (secret !== '') withBlanks.add(secret);
  }
}

export function withoutPasswords(text: string): string {
  return [...withBlanks]
    .reduce((before, secret) => before.replaceAll(secret, '***'), text)
    .replace(IN_URL, '$1$2***$4')
    .replace(NAMED, '$1***');
}
