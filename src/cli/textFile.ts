/** Reads text files that the user names: size limit, encoding, errors. */
import { createReadStream } from 'node:fs';

/**
 * Also reads pipes (`<(git show main:plans.json)`), whose size is not known before.
 * @returns undefined: larger than `mostBytes`.
 * @throws the error of reading
 */
export async function readUpTo(path: string, mostBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > mostBytes) return undefined;
  }
  return Buffer.concat(chunks);
}

/**
 * Decodes UTF-8, or UTF-16 with a byte order mark, as Windows' shells write it.
 * @returns undefined: not text.
 */
export function decode(bytes: Buffer): string | undefined {
  const mark = bytes.subarray(0, 2).toString('hex');
  if (mark === 'fffe') return new TextDecoder('utf-16le').decode(bytes);
  if (mark === 'feff') return new TextDecoder('utf-16be').decode(bytes);
  // Drop the byte order mark, as TextDecoder does.
  return bytes.subarray(0, 8192).includes(0) ? undefined : bytes.toString('utf8').replace(/^\ufeff/, '');
}
