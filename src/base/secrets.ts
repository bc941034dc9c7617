/** Passwords are never printed: not those of a URL that stands where a folder should, nor one that an error quotes. */

/** `user:password@`, behind a scheme, a misspelled one or none; its marks may be percent-encoded. */
const IN_URL = /([^\s:@/]*)(:|%3a)(?!\/\/|%2f%2f)(\S*)(@|%40)/gi;
/** In a URL's parameters, and in key=value pairs. */
const NAMED = /(password\s*(?:=|%3d)\s*)('(?:[^'\\]|\\.)*'|[^\s&'"]+)/gi;

/** Those with blanks in them: an error does not show where they end. */
const withBlanks = new Set<string>();

/** Called once, with all that may hold a password. */
export function rememberSecrets(argv: readonly string[], env: NodeJS.ProcessEnv): void {
  const named = Object.entries(env).filter(([name]) => name.startsWith('PG'));
  for (const text of [...argv, ...named.map(([, value]) => value ?? '')]) {
    const [, secret = ''] = /:(?!\/\/)([^@]*\s.*)@/s.exec(text.replace(/^[^:/@]*:\/\//, '')) ?? [];
    if (secret !== '') withBlanks.add(secret);
  }
}

export function hushed(text: string): string {
  return [...withBlanks]
    .reduce((before, secret) => before.replaceAll(secret, '***'), text)
    .replace(IN_URL, '$1$2***$4')
    .replace(NAMED, '$1***');
}
